"""Encrypted columns: AES-256-GCM under a key ring, bound to the column they were written for.

The value is stored as JSON so that 0, False and "" come back as themselves; None is NULL. A wrong
key, a changed byte or a value moved to another column raises `DecryptError`; nothing is ever
returned in its place. Columns cannot be filtered on, other than for being NULL.
"""

import base64
import datetime as dt
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
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


class EncryptedDateField(EncryptedField):
    """An encrypted calendar date."""

    def to_python(self, value: Any) -> dt.date | None:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None
