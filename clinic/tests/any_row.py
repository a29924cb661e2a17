"""Refuses tests that take the first of several rows which only their random ids put in an order.

Such a test takes another row in each run, and passes until the day it takes the wrong one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db.models import QuerySet, UUIDField

MEND = "any of several rows, in an order of random ids: get() the one that is meant, or order by what tells them apart"


class AnyRowError(AssertionError):
    """Raised in the test that asked."""


@contextmanager
def refused() -> Iterator[None]:
    """Watch `first()`, `last()` and an index, where a test itself calls them."""
    with (
        patch.object(QuerySet, "first", _watched(QuerySet.first)),
        patch.object(QuerySet, "last", _watched(QuerySet.last)),
        patch.object(QuerySet, "__getitem__", _watched(QuerySet.__getitem__)),
    ):
        yield


def _watched(method: Any) -> Any:
    def watched(rows: QuerySet[Any], *index: Any) -> Any:
        if _is_asked_by_a_test() and _only_ids_order(rows):
            raise AnyRowError(f"{rows.model.__name__}: {MEND}")
        return method(rows, *index)

    return watched


def _is_asked_by_a_test() -> bool:
    """Whether the caller, or who called the manager that passed it on, is a file of tests."""
    frame = sys._getframe(2)
    if frame.f_back and frame.f_code.co_filename.endswith("/django/db/models/manager.py"):
        frame = frame.f_back
    return Path(frame.f_code.co_filename).parent.parts[-1:] == ("tests",)


def _only_ids_order(rows: QuerySet[Any]) -> bool:
    """Whether several rows are alike in everything but their id that orders them. Expressions are trusted."""
    order = rows.query.order_by or rows.query.get_meta().ordering
    if not isinstance(rows.model._meta.pk, UUIDField) or not all(isinstance(name, str) for name in order):
        return False
    if rows.query.is_sliced:
        return False
    names = [name.lstrip("-") for name in order if name.lstrip("-") not in ("id", "pk")]
    plain = rows.order_by()
    number = plain.count()
    return number > 1 and (not names or plain.values(*names).distinct().count() < number)
