"""From a subject's name (`intake.request:<uuid>`) to the admin page that shows it, and from words to such names.

So the tables that name a subject without a foreign key (tasks, messages, consents) can be searched
by the person's name or reference, although the post room knows nobody.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

MOST_FOUND = 200  # of each kind, so that one letter does not become a query of megabytes

Search = Callable[[str], "QuerySet[Any, uuid.UUID]"]

_url_names: dict[str, str] = {}
_searches: dict[str, Search] = {}


def register(kind: str, url_name: str, *, search: Search | None = None) -> None:
    """Say which page shows a kind of subject, and how staff find one. Call from `ready()`.

    `url_name` takes the object's id; `search` gives the ids that fit a search term.
    """
    _url_names[kind] = url_name
    if search is not None:
        _searches[kind] = search


def matching(term: str) -> list[str]:
    """The names of the subjects that fit a search term, at most MOST_FOUND of each kind."""
    return [f"{kind}:{found}" for kind, search in _searches.items() for found in search(term)[:MOST_FOUND]]


def page_of(subject_ref: str) -> str:
    """The path of the page; empty when the kind has none."""
    kind, _, object_id = subject_ref.partition(":")
    try:
        return reverse(_url_names[kind], args=[object_id])
    except (KeyError, NoReverseMatch):
        return ""
