"""What stands between a login and the staff pages: the second factor, the idle lock, the end of the day.

allauth offers a second factor and does not insist on it; a session that was made without one reaches
nothing but the pages where it is set up.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from clinic.accounts import locking, session
from clinic.models import User
from clinic.public import is_public

SET_UP = "mfa_activate_totp"
SETTING_UP = {SET_UP, "account_reauthenticate", "admin:logout", "unlock"}


class StaffSessionMiddleware:
    """Stands behind the login check and before every staff view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Runs before each view."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if is_public(view) or not request.user.is_authenticated or name in {"admin:login", "admin:logout"}:
            return None
        if session.is_over(request):
            logout(request)
            return redirect_to_login(request.get_full_path(), "admin:login")
        return _second_factor(request, name) or _idle(request, name)


def _second_factor(request: HttpRequest, name: str) -> HttpResponseBase | None:
    if settings.STAFF_MFA == "optional" or session.is_past_second_factor(request):
        return None
    if name in SETTING_UP and name != SET_UP:
        return None
    if isinstance(request.user, User) and is_mfa_enabled(
        request.user
    ):  # a session that came in some other way, or before there was one: to the front door; it adds none of its own
        logout(request)
        return redirect_to_login(request.get_full_path(), "admin:login")
    return None if name == SET_UP else redirect(SET_UP)


def _idle(request: HttpRequest, name: str) -> HttpResponseBase | None:
    if name == "unlock":
        return None
    if session.is_locked(request):
        return locking.ask_again(request)
    if locking.BACKGROUND not in request.headers:
        session.note_use(request)
    return None
