"""Forms on `no-referrer` pages: browsers send them with `Origin: null`, which Django refuses.

The Fetch standard blanks the Origin of a POST from a page whose policy is `no-referrer`
(https://fetch.spec.whatwg.org/#append-a-request-origin-header). The CSRF token, its SameSite and
`__Host-` cookie still have to fit; a request that the browser says comes from elsewhere stays refused.
Staff pages are not `no-referrer`, so nothing of ours sends them a blank origin: there it stays refused.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

OURS = (None, "same-origin")  # older browsers do not say


class NullOriginMiddleware:
    """Stands before CsrfViewMiddleware and puts our origin where the browser blanked it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_blank = request.META.get("HTTP_ORIGIN") == "null" and not request.path.startswith("/admin/")
        if is_blank and request.META.get("HTTP_SEC_FETCH_SITE") in OURS:
            request.META["HTTP_ORIGIN"] = settings.PUBLIC_BASE_URL
        return self.get_response(request)
