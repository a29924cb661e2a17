"""The pages for when we fail: they need neither database nor session.

A database that is down or busy is not a bug: it gets a 503 with `Retry-After`, says that nothing
was saved and, for a form, offers to send the same again.
"""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from clinic import pages
from clinic.http import request_id

RETRY_AFTER_SECONDS = 15
SECRET_FIELDS = ("csrfmiddlewaretoken", "password")
DATABASE_FAILURES = (OperationalError, InterfaceError)

logger = logging.getLogger("clinic.failures")


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form sent, as pairs to put into a new form; without passwords and the old CSRF token."""
    if request.method != "POST":
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not any(secret in name for secret in SECRET_FIELDS)
        for value in values
        if isinstance(value, str)
    ]


def _is_form(request: HttpRequest) -> bool:
    """Whether a patient sent it: staff pages start anew, and a provider's callback comes again by itself."""
    match = request.resolver_match
    is_exempt = match is None or getattr(match.func, "csrf_exempt", False)
    return request.method == "POST" and not is_exempt and not request.path.startswith("/admin/")


def unavailable(request: HttpRequest) -> HttpResponse:
    """The 503 page. Rendered without context processors: those would ask the database again."""
    logger.error("database unavailable", exc_info=sys.exc_info())
    is_form = _is_form(request)
    context = {
        "is_form": is_form,
        "typed": typed_fields(request) if is_form else [],
        "csrf_token": get_token(request),
        "request_id": request_id(request),
    }
    response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # so that the second try is known to be ours
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: a failing database anywhere outside a view ends here too."""
    return unavailable(request) if isinstance(sys.exc_info()[1], DATABASE_FAILURES) else pages.server_error(request)
