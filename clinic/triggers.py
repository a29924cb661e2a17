"""Database triggers that Django's migrations cannot hold.

Two uses: tables that only grow (`append_only`), and rules that one engine needs as triggers
(`install`, used by scheduling for SQLite's booking guard). All are put back after every migrate,
because a table rebuild on SQLite drops its triggers without a word; a system check reports a
missing one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One trigger on one table: the SQL that makes it, for each engine that needs it."""

    name: str
    table: str
    create_sql: dict[str, str]  # vendor -> statement(s) to run


_triggers: dict[str, Trigger] = {}

PG_FUNCTION = """
CREATE OR REPLACE FUNCTION clinic_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: no % here', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def register(trigger: Trigger) -> None:
    """Have a trigger installed after each migrate. Call from `AppConfig.ready()`."""
    _triggers[trigger.name] = trigger


def append_only(table: str) -> None:
    """Let a table only grow: UPDATE, DELETE (and TRUNCATE on PostgreSQL) fail with IntegrityError."""
    _refuse(table, "UPDATE")
    keep_rows(table)


def keep_rows(table: str) -> None:
    """Let no row of a table go away: DELETE (and TRUNCATE on PostgreSQL) fail with IntegrityError."""
    _refuse(table, "DELETE")
    name = f"{table}_no_truncate"
    register(
        Trigger(
            name=name,
            table=table,
            create_sql={
                "postgresql": f"{PG_FUNCTION} CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change()"
            },
        )
    )


def _refuse(table: str, action: str) -> None:
    name = f"{table}_no_{action.lower()}"
    register(
        Trigger(
            name=name,
            table=table,
            create_sql={
                "sqlite": f"CREATE TRIGGER {name} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END",
                "postgresql": f"{PG_FUNCTION} CREATE TRIGGER {name} BEFORE {action} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION clinic_refuse_change()",
            },
        )
    )


def is_append_only(table: str) -> bool:
    """Whether `append_only()` was asked for this table."""
    return f"{table}_no_update" in _triggers


def _for(connection: BaseDatabaseWrapper, table: str | None = None) -> Iterator[tuple[Trigger, str]]:
    """The triggers of this engine on tables that exist, or on one of them, with their SQL."""
    tables = set(connection.introspection.table_names())
    for trigger in _triggers.values():
        is_meant = trigger.table in tables if table is None else trigger.table == table
        if connection.vendor in trigger.create_sql and is_meant:
            yield trigger, trigger.create_sql[connection.vendor]


def _drop(connection: BaseDatabaseWrapper, trigger: Trigger) -> None:
    on_table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")


def install_all(connection: BaseDatabaseWrapper, table: str | None = None) -> None:
    """Put every registered trigger (of one table) in place, newest text, in one transaction."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for trigger, sql in _for(connection, table):
            _drop(connection, trigger)
            cursor.execute(sql)


def drop_all(connection: BaseDatabaseWrapper, table: str | None = None) -> None:
    """Take every registered trigger (of one table) away. Only for `lifted()`."""
    for trigger, _sql in _for(connection, table):
        _drop(connection, trigger)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of registered triggers that the database lacks."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {name for (name,) in cursor.fetchall()}
    return sorted(trigger.name for trigger, _sql in _for(connection) if trigger.name not in present)


def is_last_app(app_config: AppConfig) -> bool:
    """Whether `post_migrate` speaks of the last app, when every table and permission is there."""
    return app_config == list(apps.get_app_configs())[-1]


def install_after_migrate(*, using: str = DEFAULT_DB_ALIAS, app_config: AppConfig, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`; acts once, after the last app."""
    if is_last_app(app_config):
        install_all(connections[using])


@contextmanager
def lifted(connection: BaseDatabaseWrapper, table: str | None = None) -> Iterator[None]:
    """Run a block with the triggers (of one table) away, in one transaction.

    For the test flush, for erasure, and for writing old ciphertext again under a new key.
    """
    with transaction.atomic(using=connection.alias):
        drop_all(connection, table)
        yield
        install_all(connection, table)
