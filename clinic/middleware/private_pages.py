"""Keeps private pages out of caches and referrers: everything but plain public pages.

Staff pages hold no token in their address and keep the site's own referrer policy: from a `no-referrer`
page browsers send forms with a blank origin, which stays refused under /admin/ (see `null_origin`).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class PrivatePagesMiddleware:
    """`no-store` and `no-referrer` unless the view said that the page may be cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
            if not request.path.startswith("/admin/"):
                response["Referrer-Policy"] = "no-referrer"
            if request.resolver_match and "token" in request.resolver_match.kwargs:
                response["X-Robots-Tag"] = "noindex"  # a link that leaked into some page must not be found by its words
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
