"""System checks of the kernel. `manage.py check --database default` runs them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from clinic import crypto, triggers
from clinic.history import is_history


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


@register(Tags.models)
def check_encryption_contexts(**_kwargs: Any) -> list[CheckMessage]:
    """No two encrypted columns share a context: a value moved between them would not be noticed."""
    uses = Counter(field.context for model, field in crypto.encrypted_fields() if not is_history(model))
    return [
        Error(
            f"Two encrypted columns use the context {context!r}.",
            hint="Give each its own context, as app.model.column.",
            id="clinic.E003",
        )
        for context, count in uses.items()
        if context and count > 1
    ]
