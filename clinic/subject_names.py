"""A subject's name (`intake.request:<uuid>`) inside a query, so that a list is joined with tasks in one go.

PostgreSQL keeps an id as uuid, SQLite as 32 letters without dashes; the name is the same.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Expression, F, Func, UUIDField
from django.db.models.sql.compiler import SQLCompiler

DASHES = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


class SubjectName(Func):
    """`kind:<uuid>` of a column that holds an id. `kind` is a constant of ours."""

    arity = 1
    output_field = CharField()

    def __init__(self, kind: str, column: str | Expression | F) -> None:
        super().__init__(column)
        self.kind = kind

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, Any]:  # type: ignore[override]
        """The engine's own words."""
        sql, params = compiler.compile(self.source_expressions[0])
        if connection.vendor == "postgresql":
            return f"('{self.kind}:' || CAST({sql} AS text))", params
        parts = " || '-' || ".join(f"substr({sql}, {begin}, {length})" for begin, length in DASHES)
        return f"('{self.kind}:' || {parts})", [*params] * len(DASHES)


class SubjectId(Func):
    """The other way round: the id of a column that holds a subject's name. The rows must all hold one."""

    arity = 1
    output_field = UUIDField()

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any) -> tuple[str, Any]:  # type: ignore[override]
        """What stands after the colon, as the engine keeps ids."""
        sql, params = compiler.compile(self.source_expressions[0])
        if connection.vendor == "postgresql":
            return f"CAST(substr({sql}, strpos({sql}, ':') + 1) AS uuid)", [*params, *params]
        return f"replace(substr({sql}, instr({sql}, ':') + 1), '-', '')", [*params, *params]
