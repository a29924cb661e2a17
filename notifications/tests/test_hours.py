import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from clinic.models import ClinicProfile, User
from notifications import delivery, hours, outbox
from notifications.models import Channel
from notifications.tests.factories import PHONE, waiting

NIGHT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)  # midnight in Minneapolis


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "is_allowed"),
    [("21:00", "09:00", False), ("02:00", "09:00", True), ("00:00", "09:00", False), ("09:00", "09:00", True)],
)
def test_quiet_hours_of_any_shape(quiet_from, quiet_until, is_allowed):
    profile = ClinicProfile(
        quiet_from=dt.time.fromisoformat(quiet_from), quiet_until=dt.time.fromisoformat(quiet_until)
    )

    assert (hours.next_allowed(number=PHONE, profile=profile, now=NIGHT) == NIGHT) is is_allowed


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        (PHONE, "America/Chicago"),
        ("+12135550123", "America/Los_Angeles"),
        ("+18005550123", "America/Chicago"),  # every zone of North America: the clinic's
        ("not a number", "America/Chicago"),
    ],
)
def test_zone_of_a_number(number, zone):
    assert hours.zone_of(number, ClinicProfile()).key == zone


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-10-31", "2026-11-01", "2026-11-02", "2027-03-13", "2027-03-14", "2027-03-15"])
@pytest.mark.parametrize(
    ("time", "goes_at"),
    [("08:59:59", "09:00"), ("09:00", None), ("20:59:59", None), ("21:00", "next day"), ("01:30", "09:00"), ("03:00", "09:00")],
)  # fmt: skip
def test_texts_keep_to_the_wall_clock_when_the_clocks_change(twilio, day, time, goes_at):
    zone = ZoneInfo("America/Chicago")
    now = dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone)
    opens = now.date() + dt.timedelta(days=goes_at == "next day")
    with time_machine.travel(now, tick=False):
        message = waiting(answers_own_action=False)
        state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, len(twilio.requests)) == (("sent", 1) if goes_at is None else ("queued", 0))
    if goes_at is not None:
        assert message.not_before == dt.datetime.combine(opens, dt.time(9), zone)


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["08:59", "21:00", "01:30"])
@pytest.mark.parametrize("day", ["2026-11-01", "2027-03-14"])
def test_alert_to_staff_knows_no_quiet_hours(twilio, day, time):
    with time_machine.travel(dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo("America/Chicago"))):
        user = User.objects.create_user("dana@clinic.example")
        with transaction.atomic():
            (row,) = outbox.enqueue_staff(
                kind="note", addresses=[(Channel.SMS, PHONE)], subject_ref="t:1", occurrence="1", user=user,
                context={"word": "x", "link": ""}, useless_after=timezone.now() + dt.timedelta(hours=1),
            )  # fmt: skip

        assert delivery.deliver(row.pk) == "sent"


@pytest.mark.django_db
def test_text_that_quiet_hours_make_useless_expires(twilio):
    with time_machine.travel(NIGHT, tick=False):
        message = waiting(answers_own_action=False, useless_after=NIGHT + dt.timedelta(hours=3))

        state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.reason, twilio.requests) == ("expired", "Quiet hours last until it is useless", [])
