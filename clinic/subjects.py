"""From a subject's name (`intake.request:<uuid>`) to the admin page that shows it."""

from django.urls import NoReverseMatch, reverse

_url_names: dict[str, str] = {}


def register(kind: str, url_name: str) -> None:
    """Say which page shows a kind of subject; `url_name` takes the object's id. Call from `ready()`."""
    _url_names[kind] = url_name


def page_of(subject_ref: str) -> str:
    """The path of the page; empty when the kind has none."""
    kind, _, object_id = subject_ref.partition(":")
    try:
        return reverse(_url_names[kind], args=[object_id])
    except (KeyError, NoReverseMatch):
        return ""
