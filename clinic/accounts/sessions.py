"""Where staff are logged in. Django's session row is the truth; ours only says whose it is and by which browser."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from clinic.accounts import session as staff_session
from clinic.http import user_agent
from clinic.models import StaffSession, User

# The first that is in the text counts: browsers name each other.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("CrOS", "a Chromebook"),
    ("Windows", "Windows"), ("Macintosh", "a Mac"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One place where somebody is logged in. `is_covered`: nobody used it for a while, the password opens it."""

    row: StaffSession
    began_at: dt.datetime
    seen_at: dt.datetime
    is_here: bool
    is_covered: bool

    @property
    def device(self) -> str:
        """As `Chrome on Windows`."""
        return device_words(self.row.user_agent)


def note(request: HttpRequest, user: User) -> None:
    """Remember that this session is theirs. What was left of earlier days goes."""
    over = timezone.now() - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    StaffSession.objects.filter(user=user, created_at__lt=over).delete()
    StaffSession.objects.update_or_create(
        session_key=request.session.session_key, defaults={"user": user, "user_agent": user_agent(request)}
    )


def note_if_new(request: HttpRequest, user: User) -> None:
    """The same for a session that began before we remembered any."""
    if not StaffSession.objects.filter(session_key=request.session.session_key, user=user).exists():
        note(request, user)


def open_sessions(user: User, *, here: str | None = None) -> list[OpenSession]:
    """Where they are logged in now, the newest login first; two queries. `here` is the key of who asks."""
    rows = {row.session_key: row for row in StaffSession.objects.filter(user=user).order_by("-created_at", "-pk")}
    kept = Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now())
    inside = {one.session_key: one.get_decoded() for one in kept}
    found = (_read(row, inside[key], user, here) for key, row in rows.items() if key in inside)
    return [one for one in found if one is not None]


def end(rows: Iterable[StaffSession]) -> int:
    """Log these out; returns how many were still logged in. A request under way finds its session gone."""
    chosen = list(rows)
    ended, _by_model = Session.objects.filter(session_key__in=[row.session_key for row in chosen]).delete()
    StaffSession.objects.filter(pk__in=[row.pk for row in chosen]).delete()
    return ended


def end_others(request: HttpRequest, user: User, *, was: str | None) -> int:
    """After a new password: end all but this session, whose key was `was` before."""
    rows = StaffSession.objects.filter(user=user)
    ended = end(rows.exclude(session_key=was))
    rows.update(session_key=request.session.session_key)
    return ended


def ended_words(number: int) -> str:
    """How many, for a message."""
    return "One session is logged out." if number == 1 else f"{number} sessions are logged out."


def device_words(text: str) -> str:
    """A browser's name for itself in words a person knows."""
    browser = next((words for mark, words in BROWSERS if mark in text), "Another browser")
    system = next((words for mark, words in SYSTEMS if mark in text), "")
    return f"{browser} on {system}" if system else browser


def _read(row: StaffSession, inside: Mapping[str, Any], user: User, here: str | None) -> OpenSession | None:
    """None when it is somebody else's by now, or ended by a new password or the end of the day."""
    is_theirs = inside.get(SESSION_KEY) == str(user.pk)
    is_valid = constant_time_compare(inside.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    entered = float(inside.get(staff_session.ENTERED_AT) or row.created_at.timestamp())
    now = timezone.now().timestamp()
    if not is_theirs or not is_valid or now - entered > settings.SESSION_COOKIE_AGE:
        return None
    seen = float(inside.get(staff_session.SEEN_AT) or entered)
    is_here = row.session_key == here
    is_idle = now - seen > settings.STAFF_IDLE_MINUTES * 60
    return OpenSession(
        row=row,
        began_at=dt.datetime.fromtimestamp(entered, tz=dt.UTC),
        seen_at=dt.datetime.fromtimestamp(seen, tz=dt.UTC),
        is_here=is_here,
        is_covered=not is_here and (is_idle or bool(inside.get(staff_session.LOCKED))),
    )
