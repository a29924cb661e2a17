"""Asking who it is once more, before something that a password and an open screen are not enough for."""

import datetime as dt

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic.models import User

HOLDS_FOR = dt.timedelta(minutes=5)


def ask_who_it_is(request: HttpRequest) -> HttpResponse | None:
    """The page that asks for the second step, unless this session gave it within minutes.

    Who has no second step yet (`STAFF_MFA=optional`) is asked for the password. allauth keeps what a form sent
    and carries on with it.
    """
    if not isinstance(request.user, User):
        return None
    method, page = "password", "account_reauthenticate"
    if is_mfa_enabled(request.user):
        method, page = "mfa", "mfa_reauthenticate"
        if not is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]):
            page = "mfa_reauthenticate_webauthn"
    given = (
        float(record["at"])
        for record in get_authentication_records(request, request.user)
        if record.get("method") == method
    )
    if timezone.now().timestamp() - max(given, default=0) < HOLDS_FOR.total_seconds():
        return None
    return suspend_request(request, reverse(page))
