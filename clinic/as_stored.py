"""Columns read as the database hands them over, for passes over many thousand rows.

Django and the drivers turn each id and each instant into an object, which costs more than the pass itself. What is
read so serves as a key, and is turned into an instant once for all rows that share it. Nothing is written so.
"""

import datetime as dt
import uuid
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, TextField
from django.db.models.sql.compiler import SQLCompiler


class AsStored(Func):
    """The column as text, in the engine's own form."""

    arity = 1
    template = "%(expressions)s"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """An expression has no declared type, so that the driver parses nothing."""
        return self.as_sql(compiler, connection, template="(%(expressions)s || '')", **context)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """Text, which the driver hands over as it is."""
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS text)", **context)


def instant(stored: str) -> dt.datetime:
    """The instant (UTC) that was read `AsStored`."""
    moment = dt.datetime.fromisoformat(stored)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def identity(stored: str) -> uuid.UUID:
    """The id that was read `AsStored`."""
    return uuid.UUID(stored)
