"""A day's numbers are of what happened on that day, by the clinic's clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from notifications import consent, delivery, selectors
from notifications.callbacks import record_status
from notifications.models import Channel, Message
from notifications.tests.factories import MAIL, agreed, waiting

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo("America/Chicago")
FRIDAY, SATURDAY = dt.date(2026, 10, 30), dt.date(2026, 10, 31)


def at(hour, minute=0, *, day=SATURDAY):
    return dt.datetime.combine(day, dt.time(hour, minute), CHICAGO)


def counted(now):
    return [
        (one.day.isoformat()[-5:], one.due, one.sent, one.delivered, dict(one.suppressed))
        for one in selectors.daily_counts(now=now)
    ]


@pytest.fixture
def text():
    """Made on Friday at 22:00, due on Saturday at 9 when the quiet hours are over."""
    with time_machine.travel(at(22, day=FRIDAY), tick=False):
        row = waiting(answers_own_action=False)
        assert delivery.deliver(row.pk) == "queued"
    return row


def test_what_waits_for_the_morning_is_due_in_the_morning(text):
    assert counted(at(23, day=FRIDAY)) == []
    assert counted(at(9)) == [("10-31", 1, 0, 0, {})]


def test_sent_and_delivered_count_on_the_day_on_which_they_happened(text, twilio):
    with time_machine.travel(at(20, 30), tick=False):
        assert delivery.deliver(text.pk) == "sent"
    with time_machine.travel(at(0, 1, day=SATURDAY + dt.timedelta(days=1)), tick=False):
        text.refresh_from_db()
        record_status(message_id=text.pk, provider_id=text.provider_id, status="delivered", error_code="")

    assert counted(at(9, day=SATURDAY + dt.timedelta(days=1))) == [
        ("11-01", 0, 0, 1, {}),
        ("10-31", 1, 1, 0, {}),
    ]


def test_suppressed_is_told_by_reason(text):
    with time_machine.travel(at(9, 30), tick=False):
        consent.revoke(channel=Channel.SMS, address=text.address, source="link")
        delivery.deliver(text.pk)
        agreed(Channel.EMAIL)
        letter = waiting(Channel.EMAIL)
        consent.revoke(channel=Channel.EMAIL, address=MAIL, source="staff")
        delivery.deliver(letter.pk)

    reasons = {"Consent withdrawn: Link in a message": 1, "Consent withdrawn: Recorded by staff": 1}
    assert counted(at(10)) == [("10-31", 2, 0, 0, reasons)]


def test_withdrawn_is_not_due_and_what_is_weeks_old_is_left_out(text):
    Message.objects.update(state="withdrawn")
    assert counted(at(10)) == []

    Message.objects.update(state="expired")
    assert counted(at(10, day=SATURDAY + dt.timedelta(days=selectors.DAYS_COUNTED))) == []


def test_numbers_cost_three_queries_however_many(text, django_assert_num_queries):
    waiting(Channel.EMAIL)
    selectors.daily_counts(now=at(12))

    with django_assert_num_queries(4):  # and the clinic's zone
        selectors.daily_counts(now=at(12))
