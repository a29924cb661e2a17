"""What the middleware learned about a request, for the desks."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils import translation

from clinic import languages

View = TypeVar("View", bound=Callable[..., Any])
AnyForm = TypeVar("AnyForm", bound=forms.BaseForm)
SWITCH = "switch_language"  # the name of the button that asks for the page in another language
USER_AGENT_LENGTH = 300


def client_ip(request: HttpRequest) -> str:
    """The caller's IP address as `ClientAddressMiddleware` found it; empty behind a unix socket."""
    return str(getattr(request, "client_ip", ""))


def request_id(request: HttpRequest) -> str:
    """The id that stands in the log line of this request."""
    return str(getattr(request, "request_id", ""))


def user_agent(request: HttpRequest) -> str:
    """The browser's name for itself, shortened."""
    return request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]


def keeps_typed(view: View) -> View:
    """Mark a view that shows its form again, with what was typed, to who pressed the language button.

    It asks `switches_language()` before it does anything with a POST. Views without the mark are never called then:
    `LanguageMiddleware` leads back to the page, and nothing is sent.
    """
    view.keeps_typed = True  # type: ignore[attr-defined]
    return view


def view_keeps_typed(request: HttpRequest) -> bool:
    """Whether the view behind this address has that mark."""
    view = request.resolver_match.func if request.resolver_match else None
    return bool(getattr(getattr(view, "view_class", view), "keeps_typed", False))


def switches_language(request: HttpRequest) -> bool:
    """Whether this POST asks only for the same page in another language."""
    return request.method == "POST" and SWITCH in request.POST


def speak(request: HttpRequest, language: str) -> None:
    """Speak a person's own language on a page about them, unless this browser chose one by a button or a link."""
    if not getattr(request, "language_is_chosen", True) and languages.is_spoken(language):
        translation.activate(language)


def as_typed(form: AnyForm) -> AnyForm:
    """A form with what was typed into it, not judged: for who only asked for the page in another language."""
    typed = {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }
    form.initial = {**form.initial, **typed}
    form.is_bound = False
    return form
