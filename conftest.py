"""Fixtures for every test."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from clinic import triggers
from clinic.tests import environment

environment.prepare()  # before anything reads the settings


def pytest_configure() -> None:
    """Load the settings now: pytest-django sets Django up when they are there."""
    assert settings.INSTALLED_APPS
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "options" in options:
        # Fifty racing threads share one interpreter here, so that each waits longer than in production, where
        # 10 s for a lock is an outage. The tests that start real processes keep the product's own limits.
        options["options"] = "-c statement_timeout=90000 -c lock_timeout=90000"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the production commands where there is no PostgreSQL to run them on."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    out = [item for item in items if item.get_closest_marker("production")]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


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
def _quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose; tests log in often."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
