"""Writes every encrypted value again under the first key of FIELD_KEYS. May be stopped and run again."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast

from clinic import triggers
from clinic.crypto import DecryptError, EncryptedField, decrypt, encrypted_fields


class Command(BaseCommand):
    """After `FIELD_KEYS=k2:...,k1:...`: run this, and take k1 away when it says that nothing is left."""

    help = "Write encrypted values again under the first key of FIELD_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows held in memory at once")

    def handle(self, *_args: Any, batch: int, **_options: Any) -> None:
        unreadable = 0
        for model, field in encrypted_fields():
            changed, failed = rotate_column(model, field, batch=max(batch, 1))
            unreadable += failed
            self.stdout.write(f"{model._meta.label}.{field.name}: {changed} written again, {failed} unreadable")  # noqa: SLF001
        if unreadable:
            message = f"{unreadable} values cannot be read with the keys given. Keep the old keys and look for theirs."
            raise CommandError(message)
        self.stdout.write(self.style.SUCCESS(f"Everything is under the key {_first_key()}."))


def rotate_column(model: type[models.Model], field: EncryptedField, *, batch: int) -> tuple[int, int]:
    """Rotate one column; returns how many values were written again and how many could not be read.

    The UPDATE holds only where the old ciphertext still stands, so an edit made meanwhile wins: it
    was written under the first key anyway. A ledger's triggers are lifted for each value alone: what
    it says stays the same, only the key changes.
    """
    changed = failed = 0
    for pk, raw in _stale(model, field, batch):
        try:
            value = decrypt(raw, context=field.context)
        except DecryptError:
            failed += 1
            continue
        with triggers.lifted(connection, model._meta.db_table) if _only_grows(model) else nullcontext():  # noqa: SLF001
            changed += _with_raw(model, field).filter(pk=pk, raw=raw).update(**{field.name: value})
    return changed, failed


def _only_grows(model: type[models.Model]) -> bool:
    return triggers.is_append_only(model._meta.db_table)  # noqa: SLF001 - Django's documented name


def _first_key() -> str:
    return str(next(iter(settings.FIELD_KEYS)))


def _with_raw(model: type[models.Model], field: EncryptedField) -> models.QuerySet[Any]:
    return model._base_manager.annotate(raw=Cast(field.name, models.TextField()))  # noqa: SLF001 - no filters


def _stale(model: type[models.Model], field: EncryptedField, batch: int) -> Iterator[tuple[Any, str]]:
    """Primary key and ciphertext of what is not under the first key, in pages ordered by key."""
    rows = _with_raw(model, field).filter(raw__isnull=False).exclude(raw__startswith=f"{_first_key()}.")
    rows = rows.order_by("pk")
    after = Q()
    while page := list(rows.filter(after).values_list("pk", "raw")[:batch]):
        yield from page
        after = Q(pk__gt=page[-1][0])
