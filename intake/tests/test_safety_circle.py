import datetime as dt
import smtplib

import pytest
import time_machine

from clinic.models import DeskTask
from clinic.roles import Role
from intake import safety
from intake.models import SafetyItem
from intake.safety import Attempt, Disposition, alerts
from intake.safety.sweep import alert_again, hand_over_to_who_is_on_call, widen_when_lost
from intake.tests.safety_steps import (
    ALERT,
    MONDAY,
    NIGHT,
    arrived,
    clinician,
    item_of,
    on_call,
    rounds,
    staff,
    sweep_at,
    waiting,
)
from notifications import delivery
from notifications.models import Message

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def dana():
    """On call the whole week."""
    user = clinician()
    on_call(user, MONDAY - dt.timedelta(days=3), MONDAY + dt.timedelta(days=4))
    return user


def test_owner_whose_shift_ended_is_relieved_by_who_is_on_call(dana):
    early = clinician("early")
    on_call(early, MONDAY - HOUR, MONDAY + HOUR, phone="+16125550172")
    item = safety.acknowledge(item=item_of(), by=early, now=MONDAY + MINUTE)
    safety.record_attempt(item=item, by=early, outcome=Attempt.REACHED, now=MONDAY + 2 * MINUTE)

    sweep_at(MONDAY + HOUR)

    item.refresh_from_db()
    assert (item.state, item.events.filter(kind="handed_over").count()) == ("open", 1)
    assert ("sms", "+16125550171") in waiting()


def test_owner_off_at_night_keeps_a_lower_tier_until_opening(dana):
    late = clinician("late")
    on_call(late, NIGHT - HOUR, NIGHT + HOUR)
    item = safety.acknowledge(item=item_of(now=NIGHT), by=late, now=NIGHT)

    sweep_at(NIGHT + 2 * HOUR)
    assert SafetyItem.objects.get().state == "acknowledged"
    sweep_at(NIGHT + 9 * HOUR)

    item.refresh_from_db()
    assert item.state == "open"


def test_nobody_on_call_tells_every_clinician_and_the_desk():
    clinician("dana")
    staff("sol", Role.MEDICAL_DIRECTOR)
    staff("robin", Role.FRONT_DESK)

    item_of()

    assert waiting() == [("email", "dana@clinic.example"), ("email", "sol@clinic.example")]
    assert "Nobody is on call" in DeskTask.objects.get(kind="safety").title


def break_mail_and_texts(monkeypatch, settings):
    def refuse(*_args, **_kwargs):
        raise smtplib.SMTPServerDisconnected("the mail server is dead")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    settings.EMAIL_CONFIGURED = True


def test_dead_mail_server_leaves_the_item_open_widens_the_circle_and_alerts_again(dana, monkeypatch, settings):
    break_mail_and_texts(monkeypatch, settings)
    lee = clinician("lee")
    with time_machine.travel(MONDAY, tick=False):
        item = item_of()
        for message in list(Message.objects.filter(kind=ALERT)):
            delivery.deliver(message.pk)
    states = set(Message.objects.filter(kind=ALERT, channel="email").values_list("state", flat=True))
    assert states <= {"queued", "unknown"}

    sweep_at(MONDAY + 6 * MINUTE)

    item.refresh_from_db()
    assert item.state == "open"
    assert item.events.filter(kind="alert_failed").count() == 1
    assert Message.objects.filter(kind=ALERT, staff_user=lee).count() == 1
    assert "An alert did not arrive" in DeskTask.objects.get(kind="safety").title
    sweep_at(MONDAY + 15 * MINUTE)
    assert Message.objects.filter(kind=ALERT, staff_user=dana).count() == 5  # twice by two ways, once wider


def test_alert_that_arrived_is_not_widened(dana):
    item = item_of()
    Message.objects.filter(kind=ALERT, channel="sms").update(state="sent")
    Message.objects.filter(kind=ALERT, channel="email").update(state="failed")

    sweep_at(MONDAY + 10 * MINUTE)

    assert item.events.filter(kind="alert_failed").count() == 0


def test_alert_that_got_lost_is_widened_once_although_the_wider_one_gets_lost_too(dana):
    item = item_of()
    for minutes in (1, 2, 3):
        Message.objects.filter(kind=ALERT).update(state="failed")
        sweep_at(MONDAY + minutes * MINUTE)

    assert item.events.filter(kind="alert_failed").count() == 1


def test_next_alert_that_gets_lost_is_widened_as_well(dana):
    lee, item = clinician("lee"), item_of()
    for moment in (MONDAY + MINUTE, MONDAY + 15 * MINUTE, MONDAY + 16 * MINUTE):
        Message.objects.filter(kind=ALERT).update(state="failed")
        sweep_at(moment)

    assert item.events.filter(kind="alert_failed").count() == 2
    assert Message.objects.filter(kind=ALERT, staff_user=lee).count() == 2


def test_closing_takes_back_the_alerts_that_still_wait(dana):
    item = safety.acknowledge(item=item_of(), by=dana, now=MONDAY)
    sweep_at(item.contact_due_at + MINUTE)
    assert waiting() != []

    newest = item.events.order_by("pk").last().pk
    safety.close(item=item, by=dana, seen=newest, disposition=Disposition.IN_ERROR, note="", now=MONDAY + HOUR)

    assert waiting() == []


@pytest.mark.parametrize(("state", "is_lost"), [("queued", True), ("sending", True), ("sent", False), ("failed", True)])
def test_alert_that_has_not_left_is_lost_when_the_time_for_it_has_passed(dana, state, is_lost):
    item = item_of()
    Message.objects.filter(kind=ALERT).update(state=state, created_at=MONDAY)

    in_time, late = (alerts.has_failed(item, now=MONDAY + alerts.LATE_AFTER + dt.timedelta(seconds=s)) for s in (0, 1))

    assert (in_time, late) == (state == "failed", is_lost)


def test_owner_who_was_never_on_the_roster_is_relieved_after_a_working_day(dana):
    guest = clinician("guest")
    item = safety.acknowledge(item=item_of(), by=guest, now=MONDAY)
    safety.record_attempt(item=item, by=guest, outcome=Attempt.REACHED, now=MONDAY + MINUTE)

    sweep_at(MONDAY + 6 * HOUR)
    assert SafetyItem.objects.get().state == "acknowledged"
    sweep_at(MONDAY + 8 * HOUR)
    assert SafetyItem.objects.get().state == "acknowledged"  # the clinic is closed: nobody is woken for this level
    sweep_at(MONDAY + 23 * HOUR)

    item.refresh_from_db()
    assert (item.state, item.events.filter(kind="handed_over").count()) == ("open", 1)


def test_item_without_any_alert_has_none_that_was_lost(dana):
    item = item_of()
    Message.objects.filter(kind=ALERT).update(state="withdrawn")

    assert alerts.has_failed(item, now=MONDAY + HOUR) is False


def test_what_another_sweep_took_is_left_alone(dana):
    item = item_of()
    stale = SafetyItem.objects.get(pk=item.pk)
    arrived()
    sweep_at(MONDAY + 15 * MINUTE)

    with time_machine.travel(MONDAY + 15 * MINUTE, tick=False):
        alert_again(stale, MONDAY + 15 * MINUTE)
        hand_over_to_who_is_on_call(stale, MONDAY + 15 * MINUTE)

    assert (rounds(item), item.events.filter(kind="handed_over").count()) == (2, 0)


def test_item_that_another_sweep_widened_is_not_widened_again(dana, monkeypatch):
    item = item_of()
    monkeypatch.setattr(alerts, "has_failed", lambda _item, *, now: True)
    answers = [False, True]  # another sweep was faster between the look and the lock
    monkeypatch.setattr(alerts, "was_widened", lambda _item: answers.pop(0))

    widen_when_lost(item, MONDAY + HOUR)

    assert item.events.filter(kind="alert_failed").count() == 0
