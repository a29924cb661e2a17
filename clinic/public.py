"""The mark that lets people without a login see a page."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as public. Everything else needs a login: see `clinic.middleware.login_by_default`."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(view: Callable[..., Any]) -> bool:
    """Whether the view, or the class behind it, carries the mark."""
    return bool(getattr(view, "is_public", False) or getattr(getattr(view, "view_class", None), "is_public", False))
