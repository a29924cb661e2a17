import datetime as dt

import pytest
from django.apps import apps

from clinic.hours import open_windows
from clinic.models import ClinicProfile
from intake.models import SafetyClock, SafetyLevel
from intake.safety import clocks, policy
from intake.tests.safety_steps import CHICAGO

EMERGENCY, URGENT, SAME_DAY = SafetyLevel.EMERGENCY, SafetyLevel.URGENT, SafetyLevel.URGENT_SAME_DAY


def local(*parts):
    return dt.datetime(*parts, tzinfo=CHICAGO)


@pytest.fixture
def windows(db):
    return lambda since: open_windows(ClinicProfile.current(), since=since)


@pytest.mark.parametrize(
    ("level", "raised", "due"),
    [
        (EMERGENCY, (2026, 11, 23, 10, 0), (2026, 11, 23, 10, 15)),
        (EMERGENCY, (2026, 11, 21, 3, 0), (2026, 11, 21, 3, 15)),  # Saturday, at night
        (URGENT, (2026, 11, 23, 10, 0), (2026, 11, 23, 11, 0)),
        (URGENT, (2026, 11, 23, 16, 30), (2026, 11, 24, 8, 30)),  # one working hour, over the night
        (URGENT, (2026, 11, 20, 18, 0), (2026, 11, 23, 9, 0)),  # Friday evening
        (SAME_DAY, (2026, 11, 23, 10, 0), (2026, 11, 23, 14, 0)),  # four working hours
        (SAME_DAY, (2026, 11, 23, 15, 0), (2026, 11, 23, 17, 0)),  # the same business day
        (SAME_DAY, (2026, 11, 23, 17, 0), (2026, 11, 24, 12, 0)),  # after closing: the next one
        (SAME_DAY, (2026, 11, 21, 12, 0), (2026, 11, 23, 12, 0)),  # Saturday
        (SAME_DAY, (2026, 11, 23, 6, 0), (2026, 11, 23, 12, 0)),  # before opening
    ],
)
def test_contact_is_due_by_the_policy(windows, level, raised, due):
    at = local(*raised)

    assert clocks.contact_due(clocks.DEFAULTS[level], at, windows(at)) == local(*due)


@pytest.mark.parametrize(
    ("level", "alerted", "again"),
    [
        (EMERGENCY, (2026, 11, 23, 10, 0), (2026, 11, 23, 10, 15)),
        (EMERGENCY, (2026, 11, 22, 2, 0), (2026, 11, 22, 2, 15)),  # Sunday, at night
        (URGENT, (2026, 11, 23, 10, 0), (2026, 11, 23, 10, 15)),
        (URGENT, (2026, 11, 23, 16, 50), (2026, 11, 24, 8, 0)),  # would be after closing
        (URGENT, (2026, 11, 23, 23, 0), (2026, 11, 24, 8, 0)),  # told once at night, again from opening
        (SAME_DAY, (2026, 11, 20, 20, 0), (2026, 11, 23, 8, 0)),  # over the weekend
        (SAME_DAY, (2026, 11, 23, 10, 0), (2026, 11, 23, 11, 0)),
    ],
)
def test_staff_are_told_again_by_the_policy(windows, level, alerted, again):
    at = local(*alerted)

    assert clocks.next_alert(clocks.DEFAULTS[level], at, windows(at)) == local(*again)


def test_clocks_of_a_lunch_break_count_open_time_only():
    day = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    windows = [(day.replace(hour=8), day.replace(hour=12)), (day.replace(hour=13), day.replace(hour=17))]

    assert clocks.contact_due(clocks.DEFAULTS[SAME_DAY], day.replace(hour=9), windows) == day.replace(hour=14)
    assert clocks.end_of_business_day(day.replace(hour=12, minute=30), windows) == day.replace(hour=17)


def test_clocks_without_opening_hours_run_in_plain_time():
    at = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)

    assert clocks.contact_due(clocks.DEFAULTS[SAME_DAY], at, []) == at + dt.timedelta(hours=4)
    assert clocks.next_alert(clocks.DEFAULTS[URGENT], at, []) == at + dt.timedelta(minutes=15)


def test_policy_is_on_file_from_the_start_and_what_the_director_signs_counts(db):
    assert {row.level: row.contact_within for row in SafetyClock.objects.all()} == {
        EMERGENCY: 15,
        URGENT: 60,
        SAME_DAY: 240,
    }

    SafetyClock.objects.filter(level=URGENT).update(contact_within=30)

    assert policy.clock_for(URGENT).contact_within == 30


def test_policy_without_a_row_is_the_default(db):
    SafetyClock.objects.all().delete()

    assert policy.clock_for(EMERGENCY) == clocks.DEFAULTS[EMERGENCY]


def test_policy_that_is_missing_is_written_down_after_migrations_and_the_directors_own_stays(db):
    SafetyClock.objects.filter(level=URGENT).delete()
    SafetyClock.objects.filter(level=SAME_DAY).update(contact_within=30)
    *others, last = apps.get_app_configs()

    for config in others:
        policy.ensure_after_migrate(app_config=config)
    assert SafetyClock.objects.filter(level=URGENT).count() == 0  # the tables of a later app may not stand yet
    policy.ensure_after_migrate(app_config=last)

    assert policy.clock_for(URGENT) == clocks.DEFAULTS[URGENT]
    assert SafetyClock.objects.get(level=URGENT).contact_within == 60
    assert policy.clock_for(SAME_DAY).contact_within == 30
