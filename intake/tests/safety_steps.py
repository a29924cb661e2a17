"""People, staff and steps for the tests of the safety net."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from django.contrib.auth.models import Group
from django.db import transaction

from clinic.models import OnCallShift, User
from clinic.roles import Role
from intake.models import SafetyItem, SafetyLevel
from intake.safety import raise_item
from intake.safety.sweep import sweep
from intake.tests.factories import make_request
from notifications.models import Message

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = dt.datetime(2026, 11, 23, 10, tzinfo=CHICAGO)  # open: 8 to 17
NIGHT = dt.datetime(2026, 11, 23, 23, tzinfo=CHICAGO)


def staff(name: str, *roles: Role) -> User:
    """A member of staff with these roles."""
    user = User.objects.create_user(f"{name}@clinic.example", first_name=name.title(), last_name="Test")
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def clinician(name: str = "dana") -> User:
    """Who may settle an item."""
    return staff(name, Role.CLINICIAN)


def on_call(user: User, since: dt.datetime, until: dt.datetime, **changes: Any) -> OnCallShift:
    """A shift reached by text and e-mail."""
    said = {"phone": "+16125550171", "email": f"oncall-{user.email}", **changes}
    return OnCallShift.objects.create(user=user, starts_at=since, ends_at=until, **said)


def item_of(request: Any = None, *, now: dt.datetime = MONDAY, **changes: Any) -> SafetyItem:
    """An item as an answer raises it."""
    request = request or make_request()
    said = {"level": SafetyLevel.URGENT, "trigger": "phq9-item9", "detail": "Several days", **changes}
    with time_machine.travel(now, tick=False), transaction.atomic():
        return raise_item(patient=request.patient, request=request, **said)


ALERT = "intake.safety_alert"


def waiting():
    return sorted(Message.objects.filter(kind=ALERT, state="queued").values_list("channel", "address"))


def arrived():
    """The provider took every alert."""
    Message.objects.filter(kind=ALERT, state="queued").update(state="sent")


def sweep_at(now):
    with time_machine.travel(now, tick=False):
        sweep()


def rounds(item):
    return item.events.filter(kind="alerted").count()
