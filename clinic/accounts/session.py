"""What a staff session remembers about itself: since when, last used, behind the second factor, locked."""

import datetime as dt

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from clinic.models import User

SEEN_AT = "staff_seen_at"
ENTERED_AT = "staff_entered_at"
LOCKED = "staff_locked"
SEEN_EVERY = 60  # seconds between two writes of "last used"


def is_past_second_factor(request: HttpRequest) -> bool:
    """Whether this session gave a second factor, not just whether the account has one."""
    if not isinstance(request.user, User):
        return False
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def enter(request: HttpRequest) -> None:
    """Begin the working day: called with the right password, before the session is the person's."""
    request.session[ENTERED_AT] = timezone.now().timestamp()


def _entered_at(request: HttpRequest) -> float:
    last_login = getattr(request.user, "last_login", None)
    return float(request.session.get(ENTERED_AT) or (last_login.timestamp() if last_login else 0))


def _seen_at(request: HttpRequest) -> float:
    return float(request.session.get(SEEN_AT) or _entered_at(request))


def is_over(request: HttpRequest) -> bool:
    """Whether the working day of this session has ended, however busy it is."""
    return timezone.now().timestamp() - _entered_at(request) > settings.SESSION_COOKIE_AGE


def is_locked(request: HttpRequest) -> bool:
    """Whether nobody used the session for a while. Once locked, it stays so until `unlock()`."""
    idle = dt.timedelta(minutes=settings.STAFF_IDLE_MINUTES).total_seconds()
    if timezone.now().timestamp() - _seen_at(request) > idle:
        request.session[LOCKED] = True
    return bool(request.session.get(LOCKED, False))


def note_use(request: HttpRequest) -> None:
    """Remember that a person did something now; written once a minute."""
    now = timezone.now().timestamp()
    if now - _seen_at(request) >= SEEN_EVERY:
        request.session[SEEN_AT] = now


def unlock(request: HttpRequest) -> None:
    """Go on where the person stopped."""
    request.session.pop(LOCKED, None)
    request.session[SEEN_AT] = timezone.now().timestamp()
