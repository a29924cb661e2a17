"""Fixtures for every test."""

import fcntl
import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from clinic import triggers
from clinic.tests import any_row, databases, environment, examples

environment.prepare()  # before anything reads the settings
examples.load_profile()  # before a module decorates a test


ONE_ORDER = 1


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the settings now: pytest-django sets Django up when they are there."""
    if config.getoption("randomly_seed", None) == "default":
        config.option.randomly_seed = ONE_ORDER  # a failing run fails again; `make shuffle` takes other orders
    assert settings.INSTALLED_APPS
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "options" in options:
        # Fifty racing threads share one interpreter here, so that each waits longer than in production, where
        # 10 s for a lock is an outage. The tests that start real processes keep the product's own limits.
        options["options"] = "-c statement_timeout=90000 -c lock_timeout=90000"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what runs on PostgreSQL only where there is none."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    out = {item for item in items if item.get_closest_marker("production") or item.get_closest_marker("postgres")}
    config.hook.pytest_deselected(items=list(out))
    items[:] = [item for item in items if item not in out]


def pytest_collection_finish() -> None:
    """Spare the collector what lives as long as the run, modules and tests: a tenth of the run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, django_db_blocker: Any) -> bool:
    """Whether a copy of a migrated database stands in place, so that pytest-django need not make one."""
    with django_db_blocker.unblock():
        return databases.put_copy_in_place(connection)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, django_db_blocker: Any) -> Iterator[None]:
    """The test database; the first one that was migrated is kept for the next runs."""
    with django_db_blocker.unblock():
        if not django_db_keepdb:
            databases.keep_copy(connection)
    yield
    with django_db_blocker.unblock():
        if django_db_keepdb:
            databases.remove(connection)


@pytest.fixture(autouse=True)
def _one_race_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Two races of fifty connections each, in two test processes, are more than a PostgreSQL out of the box lets in."""
    if connection.vendor == "sqlite" or not request.node.get_closest_marker("race"):
        yield
        return
    with Path(tempfile.gettempdir(), "clinic-races.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session", autouse=True)
def _flush_lifts_triggers() -> Iterator[None]:
    """Let Django's test flush empty tables that only grow: drop, flush, install, in one transaction."""
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def lifted_flush(self: Any, sql_list: list[str]) -> None:
        with triggers.lifted(self.connection):
            flush(self, sql_list)

    operations.execute_sql_flush = lifted_flush  # type: ignore[method-assign]
    yield
    operations.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _no_test_takes_any_row() -> Iterator[None]:
    """The first of rows with random ids is a row by chance."""
    with any_row.refused():
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose; tests log in often."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
