"""Encrypted columns: AES-256-GCM under a key ring, bound to the column they were written for.

The value is stored as JSON so that 0, False and "" come back as themselves; None is NULL. A wrong
key, a changed byte or a value moved to another column raises `DecryptError`; nothing is ever
returned in its place. Columns cannot be filtered on, other than for being NULL; sorting by one is possible and
makes no sense.
A value may be moved to another row of the same column by who can write the database: the key does
not know rows.
"""

import base64
import datetime as dt
import json
import os
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

NONCE_BYTES = 12


class DecryptError(Exception):
    """A stored value cannot be read: wrong key, wrong column or damaged. Never holds the value."""


def encrypt(value: Any, *, context: str) -> str:
    """Encrypt any JSON value under the first key of the ring; `context` must match when reading."""
    name, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    plain = json.dumps(value, cls=DjangoJSONEncoder).encode()
    sealed = AESGCM(key).encrypt(nonce, plain, context.encode())
    return f"{name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(text: str, *, context: str) -> Any:
    """Undo `encrypt()`. Raises DecryptError, which names the context and never the value."""
    try:
        name, encoded = text.split(".", 1)
        raw = base64.urlsafe_b64decode(encoded)
        plain = AESGCM(settings.FIELD_KEYS[name]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
        return json.loads(plain)
    except (InvalidTag, KeyError, ValueError) as error:
        raise DecryptError(context) from error


class EncryptedField(models.Field):  # type: ignore[type-arg]  # not subscriptable when running
    """A column holding one JSON value, encrypted.

    `context` is the associated data. It is written out and not taken from the table's name, so
    that renaming a table or column does not make old rows unreadable. Use `app.model.column`.
    """

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        self.context = context
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "context": self.context}

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        own = (
            []
            if self.context
            else [
                Error(
                    "An encrypted column needs a context.",
                    hint="Give context='app.model.column'.",
                    obj=self,
                    id="clinic.E002",
                )
            ]
        )
        return [*super().check(**kwargs), *own]

    def get_internal_type(self) -> str:
        return "TextField"

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(value, context=self.context)

    def from_db_value(self, value: str | None, _expression: object, _connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else self.to_python(decrypt(value, context=self.context))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        message = f"{self.name} is encrypted and cannot be filtered on"
        raise FieldError(message)

    def value_to_string(self, obj: models.Model) -> str:
        """For `dumpdata`, which would write answers into a plain file."""
        message = f"{self.name} is encrypted and is not exported"
        raise FieldError(message)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.JSONField, "encoder": DjangoJSONEncoder, **kwargs})


class EncryptedTextField(EncryptedField):
    """An encrypted text."""

    def formfield(self, **kwargs: Any) -> Any:
        plain = {"form_class": forms.CharField, "widget": forms.Textarea, "empty_value": None if self.null else ""}
        return models.Field.formfield(self, **{**plain, **kwargs})


class EncryptedDateField(EncryptedField):
    """An encrypted calendar date."""

    def to_python(self, value: Any) -> dt.date | None:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": forms.DateField, **kwargs})


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedField]]:
    """Each encrypted column of the product, with the model whose table holds it."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented name
            if isinstance(field, EncryptedField):
                yield model, field
