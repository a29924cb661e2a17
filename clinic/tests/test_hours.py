import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, OpeningHours

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def profile(db):
    """Open Monday to Friday, 8 to 17 in Chicago; answers within eight opening hours."""
    profile = ClinicProfile.current()
    profile.answer_within_hours = 8
    profile.opening_hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(profile=profile, weekday=day, opens=dt.time(8), closes=dt.time(17)) for day in range(5)
    )
    return profile


def _local(*parts):
    return dt.datetime(*parts, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        ((2026, 11, 23, 8, 0), (2026, 11, 23, 16, 0)),  # a Monday at opening
        ((2026, 11, 23, 9, 0), (2026, 11, 23, 17, 0)),  # ends exactly at closing
        ((2026, 11, 23, 12, 0), (2026, 11, 24, 11, 0)),  # five hours today, three tomorrow
        ((2026, 11, 23, 6, 0), (2026, 11, 23, 16, 0)),  # before opening
        ((2026, 11, 23, 20, 0), (2026, 11, 24, 16, 0)),  # after closing
        ((2026, 11, 20, 16, 0), (2026, 11, 23, 15, 0)),  # Friday afternoon, over the weekend
        ((2026, 11, 21, 12, 0), (2026, 11, 23, 16, 0)),  # Saturday
        ((2026, 3, 6, 16, 0), (2026, 3, 9, 15, 0)),  # clocks go forward in between
        ((2026, 10, 30, 16, 0), (2026, 11, 2, 15, 0)),  # clocks go back in between
    ],
)
def test_answer_is_promised_within_opening_hours(profile, now, answer):
    assert answer_promised_by(profile, now=_local(*now)) == _local(*answer)


def test_answer_with_a_lunch_break_skips_it(profile):
    profile.opening_hours.all().delete()
    for opens, closes in ((8, 12), (13, 17)):
        OpeningHours.objects.create(profile=profile, weekday=0, opens=dt.time(opens), closes=dt.time(closes))

    assert answer_promised_by(profile, now=_local(2026, 11, 23, 8)) == _local(2026, 11, 23, 17)


def test_answer_without_opening_hours_is_promised_in_plain_hours(profile):
    profile.opening_hours.all().delete()

    assert answer_promised_by(profile, now=_local(2026, 11, 21, 12)) == _local(2026, 11, 21, 20)


def test_answer_is_counted_in_the_clinics_zone(profile):
    profile.zone = "America/New_York"

    assert answer_promised_by(profile, now=_local(2026, 11, 23, 7)) == _local(2026, 11, 23, 15)
