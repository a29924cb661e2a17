"""When a reminder goes, by the clock of the number it goes to."""

import datetime as dt

import pytest

from clinic.models import ClinicProfile
from scheduling.reminder_times import stage_at
from scheduling.tests.factories import TUESDAY, at

MONDAY, SATURDAY = TUESDAY - dt.timedelta(days=1), TUESDAY - dt.timedelta(days=3)
SHIPPED = (72, 24, 2)
CHICAGO_PHONE, LOS_ANGELES_PHONE = "+16125550142", "+13105550142"
MINUTE = dt.timedelta(minutes=1)


def stages(start, *, channel="sms", address=CHICAGO_PHONE, before=SHIPPED):
    """(hours before, first minute, minutes it stays useful) of each reminder, found minute by minute."""
    profile = ClinicProfile()
    found = {}
    for minutes in range(-15, 80 * 60, 15):
        moment = start - minutes * MINUTE
        stage = stage_at(moment, start=start, before=before, channel=channel, address=address, profile=profile)
        if stage is not None:
            assert stage.goes_at <= moment < stage.useless_after <= start
            found[stage.hours] = stage
    return [(hours, stage.goes_at, (stage.useless_after - stage.goes_at) // MINUTE) for hours, stage in found.items()][
        ::-1
    ]


def test_reminders_follow_each_other_without_overlap_and_end_before_the_visit():
    assert stages(at(14)) == [
        (72, at(14, day=SATURDAY), 48 * 60),
        (24, at(14, day=MONDAY), 22 * 60),
        (2, at(12), 90),
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at(9), at(19, day=MONDAY)),  # 07:00 is quiet: the evening before
        (at(10, 30), at(9)),  # 08:30 waits half an hour
        (at(10, 25), at(19, day=MONDAY)),  # 08:25 would be too close to the visit
        (at(11), at(9)),
        (at(11, 5), at(9, 5)),
    ],
)
def test_last_text_of_an_early_visit_goes_the_evening_before(start, expected):
    assert stages(start, before=(2,))[0][1] == expected


def test_day_before_an_early_visit_waits_for_the_morning():
    assert stages(at(8), before=(24,))[0][1] == at(9, day=MONDAY)


def test_mail_knows_no_quiet_hours():
    assert stages(at(9), channel="email", address="sam@person.example", before=(2,)) == [(2, at(7), 90)]


def test_quiet_hours_are_those_of_the_number():
    assert stages(at(12), address=LOS_ANGELES_PHONE, before=(2,))[0][1] == at(21, day=MONDAY)  # 19:00 in Los Angeles


@pytest.mark.parametrize("day", [dt.date(2026, 11, 1), dt.date(2027, 3, 14)])
def test_on_the_days_on_which_the_clocks_change_texts_go_by_the_wall(day):
    before = day - dt.timedelta(days=1)

    assert stages(at(9, day=day), before=(2,))[0][1] == at(19, day=before)
    assert stages(at(11, day=day), before=(2,))[0][1] == at(9, day=day)
    assert stages(at(23, day=day), before=(2,))[0][1] == at(19, day=day)
    assert stages(at(22, 55, day=day), before=(2,))[0][1] == at(20, 55, day=day)


def test_without_hours_there_is_no_reminder():
    assert stages(at(14), before=()) == []


def test_first_reminder_counts_hours_not_days_over_a_change_of_clocks():
    start = at(14, day=dt.date(2026, 11, 1))

    assert stages(start, before=(24,))[0][1] == start - dt.timedelta(hours=24)
