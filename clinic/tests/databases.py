"""A migrated database for each test process, copied from one that an earlier run kept.

Migrating takes some fifteen seconds of a core on either engine. A run that had to migrate keeps what it got:
on SQLite as a file under `var/`, on PostgreSQL as a database beside its own. Copies are named after what
migrations say, so that a changed migration is a new database. Over a copy `migrate` still runs, finds nothing to
do, and puts triggers, permissions and roles in place as the code of today has them. The shipped questionnaires
count as well: drafts of an earlier version would stay in a copy beside those of today.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "test-databases"
QUESTIONNAIRES = ROOT / "intake" / "screening" / "definitions"
OUR_MODULES = re.compile(r"^(?:from|import) ((?:clinic|notifications|intake|scheduling)[\w.]*)", re.MULTILINE)


def migrations_hash() -> str:
    """Changes with any migration of any application, the modules of ours that migrations import, and the questionnaires."""
    files = {path for app in apps.get_app_configs() for path in Path(app.path, "migrations").glob("*.py")}
    named = {name for path in files for name in OUR_MODULES.findall(path.read_text())}
    files |= {path for name in named if (path := ROOT / f"{name.replace('.', '/')}.py").exists()}
    files |= set(QUESTIONNAIRES.glob("*.json"))
    texts = [django.get_version(), *(f"{path.name} {path.read_text()}" for path in sorted(files))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def put_copy_in_place(connection: BaseDatabaseWrapper) -> bool:
    """Whether a migrated database was kept; if so, this process's test database is now a copy of it."""
    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        kept = _kept_file()
        if kept.exists():
            _remove_file(name)
            shutil.copyfile(kept, name)
        return kept.exists()
    with contextlib.suppress(DatabaseError), _server(connection) as execute:  # another process may be at it: migrate
        if execute("SELECT 1 FROM pg_database WHERE datname = %s", [_kept_name(connection)]):
            execute(f'DROP DATABASE IF EXISTS "{name}"')
            execute(f'CREATE DATABASE "{name}" TEMPLATE "{_kept_name(connection)}"')
            return True
    return False


def copy_to(file: Path) -> None:
    """Give a product of its own a migrated SQLite database, where one was kept; else it migrates from nothing."""
    if (kept := _kept_file()).exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, file)


def keep_copy(connection: BaseDatabaseWrapper) -> None:
    """Keep the database that was just migrated, unless another process was first. Older ones go."""
    connection.close()
    if connection.vendor == "sqlite":
        kept, name = _kept_file(), str(connection.settings_dict["NAME"])
        KEPT.mkdir(parents=True, exist_ok=True)
        for old in set(KEPT.glob("*.sqlite3")) - {kept}:
            old.unlink(missing_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")  # another process may do the same now
        shutil.copyfile(name, unfinished)
        unfinished.rename(kept)
        return
    # Two processes that migrated at once both want to keep theirs, and one is second: whatever it is told then, it has
    # its own database.
    with contextlib.suppress(DatabaseError), _server(connection) as execute:
        kept = _kept_name(connection)
        all_kept = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s"
        for (old,) in execute(all_kept, [kept.rpartition("_")[0] + "_", kept]):
            execute(f'DROP DATABASE IF EXISTS "{old}"')
        execute(f'CREATE DATABASE "{kept}" TEMPLATE "{connection.settings_dict["NAME"]}"')


def remove(connection: BaseDatabaseWrapper) -> None:
    """Remove this process's copy."""
    connection.close()
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        _remove_file(name)
        return
    with _server(connection) as execute:
        execute(f'DROP DATABASE IF EXISTS "{name}"')


def _remove_file(name: str) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        Path(name + ending).unlink(missing_ok=True)


def _kept_file() -> Path:
    return KEPT / f"{migrations_hash()}.sqlite3"


def _kept_name(connection: BaseDatabaseWrapper) -> str:
    plain = re.sub(r"^test_|_gw\d+$", "", str(connection.settings_dict["NAME"]))
    return f"kept_{plain}_{migrations_hash()}"


@contextlib.contextmanager
def _server(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """Run statements outside our own database."""

    def execute(sql: str, parameters: list[str] | None = None) -> list[Any]:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        yield execute
