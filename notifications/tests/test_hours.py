import datetime as dt

import pytest
import time_machine

from clinic.models import ClinicProfile
from notifications import delivery, hours
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
def test_text_that_quiet_hours_make_useless_expires(twilio):
    with time_machine.travel(NIGHT, tick=False):
        message = waiting(answers_own_action=False, useless_after=NIGHT + dt.timedelta(hours=3))

        state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.reason, twilio.requests) == ("expired", "Quiet hours last until it is useless", [])
