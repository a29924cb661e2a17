"""An address of staff that nobody can write to stops neither a patient's answer nor the letters to the others."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import DeskTask, OnCallShift, User
from intake import reviews
from intake.models import Review, SafetyEvent
from intake.tests.factories import make_request
from intake.tests.safety_steps import MONDAY, clinician, item_of, on_call
from notifications.models import Message

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ALERT = "intake.safety_alert"


def on_call_at(name, email):
    user = clinician(name)
    on_call(user, MONDAY - HOUR, MONDAY + HOUR, phone="", email=f"{name}@clinic.example")
    OnCallShift.objects.filter(user=user).update(email=email)
    return user


def alerted():
    return sorted(Message.objects.filter(kind=ALERT).values_list("address", flat=True))


def test_alert_goes_to_the_others_on_call():
    on_call_at("dana", "dana at clinic")
    lee = on_call_at("lee", "lee@home.example")

    item = item_of()

    assert alerted() == ["lee@home.example"]
    assert [event.to for event in item.events.filter(kind="alerted")] == [lee]


def test_circle_widens_when_nobody_on_call_can_be_written_to():
    on_call_at("dana", "dana at clinic")
    clinician("lee")

    item = item_of()

    assert alerted() == ["dana@clinic.example", "lee@clinic.example"]
    assert item.events.get(kind=SafetyEvent.Kind.ALERT_FAILED).note == {"why": "Nobody on call can be written to"}
    assert DeskTask.objects.get(kind="safety").title.startswith("Nobody on call can be written to: find a clinician")


def test_the_item_stands_although_nobody_at_all_can_be_written_to():
    on_call_at("dana", "dana at clinic")
    User.objects.update(email="dana at clinic")

    item = item_of()

    assert (alerted(), item.state, DeskTask.objects.filter(kind="safety").count()) == ([], "open", 1)


def test_reviewers_hear_although_the_address_of_one_is_bad():
    bad, good = clinician("dana"), clinician("lee")
    for user in (bad, good):
        Review.objects.create(
            request=make_request(name=f"Of {user}"), reviewed_by=user, at=timezone.now(), outcome="proceed",
            content_digest="x", is_current=False,
        )  # fmt: skip
    User.objects.filter(pk=bad.pk).update(email="dana at clinic")

    reviews.tell_reviewers(timezone.now())

    told = Message.objects.filter(kind="intake.review_again")
    assert list(told.values_list("address", flat=True)) == ["lee@clinic.example"]
