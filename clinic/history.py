"""Who changed what in the rows that staff edit: django-simple-history, set up one way for every desk.

A copy of the row is kept at each save; encrypted columns are copied as ciphertext. `.update()` and
`bulk_*` leave no copy, so a test forbids them on these tables (`clinic/tests/test_history.py`).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models
from simple_history.models import HistoricalChanges, HistoricalRecords

from clinic.crypto import EncryptedField


def kept(*, without: tuple[str, ...] = (), many: tuple[str, ...] = ()) -> Any:
    """The attribute `history` of a model. `without`: columns never copied; `many`: relations copied, too.

    The copies go when the row itself is deleted, so that erasing a person leaves none behind.
    """
    return HistoricalRecords(excluded_fields=list(without), m2m_fields=list(many), cascade_delete_history=True)


def is_history(model: type) -> bool:
    """Whether a table holds copies of another table's rows."""
    return issubclass(model, HistoricalChanges) or model.__name__.startswith("Historical")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of one column, in words. Columns that are encrypted say only that they changed."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One save: who, when, and what it changed. Nobody is named where the system itself or a patient saved."""

    at: dt.datetime
    by: str
    what: str
    about: str
    steps: list[Step]


def changes_of(copies: models.QuerySet[Any], *, newest: int = 100) -> list[Change]:
    """The newest changes of the rows whose copies are given, newest first."""
    found = list(copies.select_related("history_user").order_by("-history_date", "-history_id")[:newest])
    earlier: dict[Any, Any] = {}
    steps: dict[Any, list[Step]] = {}
    for copy in reversed(found):
        before = earlier.get(copy.instance.pk)
        steps[copy.pk] = _steps(copy, before) if before is not None else []
        earlier[copy.instance.pk] = copy
    return [
        Change(
            at=copy.history_date,
            by=str(copy.history_user or "the system"),
            what=copy.get_history_type_display(),
            about=str(copy.instance),
            steps=steps[copy.pk],
        )
        for copy in found
        if steps[copy.pk] or copy.history_type != "~"
    ]


def _steps(copy: Any, before: Any) -> list[Step]:
    delta = copy.diff_against(before, excluded_fields=["updated_at", "created_at"], foreign_keys_are_objs=False)
    fields = copy.instance_type._meta  # noqa: SLF001 - Django's documented name
    return [_step(fields.get_field(change.field), change.old, change.new) for change in delta.changes]


def _step(field: Any, old: Any, new: Any) -> Step:
    if isinstance(field, EncryptedField):
        old = new = "kept encrypted"
    return Step(column=str(field.verbose_name), before=_words(field, old), after=_words(field, new))


def _words(field: Any, value: Any) -> str:
    """A value as staff know it: a choice's label, the names behind ids."""
    if field.many_to_many:
        ids = [entry[field.m2m_reverse_field_name()] for entry in value]
        return ", ".join(sorted(map(str, field.related_model.objects.filter(pk__in=ids)))) or "none"
    if field.many_to_one and value is not None:
        return str(field.related_model.objects.filter(pk=value).first() or value)
    return str(dict(field.flatchoices).get(value, value)) if value not in (None, "") else "empty"
