"""The booking guard of PostgreSQL. SQLite's guard is in `scheduling.guard`, as triggers."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model


class PostgresExclusion(ExclusionConstraint):
    """An exclusion constraint that other engines pass over."""

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        if schema_editor is None or schema_editor.connection.vendor != "postgresql":
            return None
        return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        if schema_editor is None or schema_editor.connection.vendor != "postgresql":
            return None
        return super().create_sql(model, schema_editor)

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        if schema_editor is None or schema_editor.connection.vendor != "postgresql":
            return None
        return super().remove_sql(model, schema_editor)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database: checking here first would be read-then-write."""
