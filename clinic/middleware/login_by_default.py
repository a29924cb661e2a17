"""Default deny: an address whose view is not marked public needs a member of staff."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from clinic.public import is_public


class LoginByDefaultMiddleware:
    """Sends everybody who is not logged-in staff from unmarked views to the login page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Runs before each view."""
        if is_public(view) or (request.user.is_authenticated and request.user.is_staff):
            return None
        match = request.resolver_match
        if match is not None and match.view_name == "admin:login":
            return None
        return redirect_to_login(request.get_full_path(), "admin:login")
