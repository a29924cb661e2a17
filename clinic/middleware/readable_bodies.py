"""Refuses what no page of ours sends, before anything reads it: huge bodies, foreign encodings, NUL.

Django limits the fields of a body and not its files, so without this a stranger could fill the disk.
A body without `Content-Length` is empty to WSGI. PostgreSQL refuses NUL in a value, which would be our 500.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from clinic.middleware.language import language_wished

FORM = "application/x-www-form-urlencoded"


class ReadableBodiesMiddleware:
    """413 for a body longer than `DATA_UPLOAD_MAX_MEMORY_SIZE`, 400 for a form that is not UTF-8 and for `?name=%00`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _refusal(request, 413)
        return _refusal(request, 400) if _is_foreign(request) else self.get_response(request)


def _length(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_foreign(request: HttpRequest) -> bool:
    """Whether a NUL stands in the query, or the form names an encoding over which Django would stumble twice."""
    if "%00" in request.META.get("QUERY_STRING", ""):
        return True
    if request.content_type != FORM:
        return False
    return (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8"


def _refusal(request: HttpRequest, status: int) -> HttpResponse:
    """The page needs neither session nor database; it stands outside LanguageMiddleware and asks for the language itself."""
    with translation.override(language_wished(request)):
        return HttpResponse(render_to_string("400.html"), status=status)
