"""Probes of a load balancer come by address, with any Host header."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PROBES = ("/livez", "/readyz")


class ProbesMiddleware:
    """Takes the health pages out of the Host check. Their answers hold no address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = urlsplit(settings.PUBLIC_BASE_URL).netloc
        return self.get_response(request)
