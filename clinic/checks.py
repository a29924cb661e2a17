"""System checks of the kernel. `manage.py check --database default` runs them."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from clinic import triggers


@register(Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Each trigger the product relies on stands in the database."""
    return [
        Error(
            f"The database lacks the trigger {name}.",
            hint="Run manage.py migrate: it puts every trigger back.",
            id="clinic.E001",
        )
        for alias in databases or ()
        for name in triggers.missing(connections[alias])
    ]
