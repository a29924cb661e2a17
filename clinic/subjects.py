"""From a subject's name (`intake.request:<uuid>`) to the admin page that shows it, and from words to such names.

So the tables that name a subject without a foreign key (tasks, messages, consents) can be searched
by the person's name or reference, although the post room knows nobody.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

MOST_FOUND = 200  # of each kind, so that one letter does not become a query of megabytes

Search = Callable[[str], "QuerySet[Any, uuid.UUID]"]
When = Callable[[str], dt.datetime | None]

_url_names: dict[str, str] = {}
_searches: dict[str, Search] = {}
_whens: dict[str, When] = {}


def register(kind: str, url_name: str, *, search: Search | None = None, when: When | None = None) -> None:
    """Say which page shows a kind of subject, and how staff find one. Call from `ready()`.

    `url_name` takes the object's id; `search` gives the ids that fit a search term; `when` says, from an id, when
    that subject takes place.
    """
    _url_names[kind] = url_name
    if search is not None:
        _searches[kind] = search
    if when is not None:
        _whens[kind] = when


def takes_place_at(subject_ref: str) -> dt.datetime | None:
    """When the visit is that a subject names; None for what has no time."""
    kind, _, object_id = subject_ref.partition(":")
    return _whens[kind](object_id) if kind in _whens else None


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
