"""Gives each request an id and writes one log line for it, with the route and never the path."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clinic import logs

GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,36}")
logger = logging.getLogger("clinic.request")


class RequestLogMiddleware:
    """Stands behind ClientAddressMiddleware, which drops an id that no proxy of ours gave."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if GIVEN_ID.fullmatch(given) else str(uuid.uuid4())  # type: ignore[attr-defined]
        mark = logs.request_id.set(request.request_id)  # type: ignore[attr-defined]
        began = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
            route = request.resolver_match.route if request.resolver_match else "-"
            logger.info(
                "request",
                extra={
                    "method": request.method if request.method in {"GET", "POST", "HEAD", "OPTIONS"} else "other",
                    "route": route,
                    "status": response.status_code,
                    "seconds": round(time.monotonic() - began, 4),
                },
            )
            return response
        finally:
            logs.request_id.reset(mark)
