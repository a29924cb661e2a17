"""How names and e-mail addresses are compared: without case, accents and invisible characters."""

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models

UNSEEN = ("M", "C")  # Unicode categories: combining marks; control, format and unassigned characters


def name_key(name: str) -> str:
    """`  Zoë  Núñez ` -> `zoe nunez`. NFKD without marks, casefolded, single spaces."""
    spaced = " ".join(unicodedata.normalize("NFKD", name).split())
    seen = "".join(letter for letter in spaced if not unicodedata.category(letter).startswith(UNSEEN))
    return unicodedata.normalize("NFKD", seen.casefold())


def email_key(email: str) -> str:
    """Lower case, without spaces around. Accents stay: they are another address."""
    return email.strip().lower()


class _KeyField(models.CharField):  # type: ignore[type-arg]  # not subscriptable when running
    """Filled from another column on every save and bulk insert, so that the two cannot part."""

    source: str
    key: Callable[[str], str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 254, "blank": True, "editable": False, "db_index": True, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001 - Django's signature
        # A compatibility letter can become eighteen, so the key is cut to its column.
        value = self.key(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class NameKeyField(_KeyField):
    """`name_key()` of the column `name`."""

    source = "name"
    key = staticmethod(name_key)


class EmailKeyField(_KeyField):
    """`email_key()` of the column `email`."""

    source = "email"
    key = staticmethod(email_key)
