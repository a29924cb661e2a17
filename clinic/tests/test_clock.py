"""Days and times in words: English as ever, Spanish as people in the United States write it."""

import calendar
import datetime as dt
import zoneinfo

import pytest
from django.utils import translation
from django.utils.dateformat import time_format

from clinic import clock
from clinic.tests.untranslated import marked, without_marked

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
MOMENT = dt.datetime(2026, 3, 3, 20, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (
            "en",
            [
                "Tuesday, March 3",
                "Tuesday, March 3, 2026",
                "March 3, 2026",
                "2:30 PM",
                "2:30 PM Central Time",
                "Tuesday, March 3, 2:30 PM Central Time",
                "2:30 PM CST",
                "Tue Mar 3, 2:30 PM CST",
            ],
        ),
        (
            "es",
            [
                "martes 3 de marzo",
                "martes 3 de marzo de 2026",
                "3 de marzo de 2026",
                "2:30 p.\N{NO-BREAK SPACE}m.",
                "2:30 p.\N{NO-BREAK SPACE}m. (hora del Centro)",
                "martes 3 de marzo, 2:30 p.\N{NO-BREAK SPACE}m. (hora del Centro)",
                "2:30 p.\N{NO-BREAK SPACE}m. CST",
                "mar 3 mar, 2:30 p.\N{NO-BREAK SPACE}m. CST",
            ],
        ),
    ],
)
def test_one_moment_in_every_form(language, written):
    day = MOMENT.astimezone(CHICAGO).date()
    with translation.override(language):
        assert [clock.day_text(day), clock.long_day_text(day), clock.date_text(day)] == written[:3]
        moments = (
            clock.time_text,
            clock.zoned_time_text,
            clock.moment_text,
            clock.letter_time_text,
            clock.short_moment_text,
        )
        assert [form(MOMENT, CHICAGO) for form in moments] == written[3:]


@pytest.mark.parametrize("day", [dt.date(2026, 1, 5) + dt.timedelta(days=31 * month + month) for month in range(12)])
def test_each_month_and_weekday_has_its_own_name(day):
    assert clock.long_day_text(day) == f"{day:%A}, {day:%B} {day.day}, {day.year}"
    noon = dt.datetime.combine(day, dt.time(18, 5), dt.UTC)
    assert clock.short_moment_text(noon, CHICAGO) == f"{noon.astimezone(CHICAGO):%a %b %-d, %-I:%M %p %Z}"


def test_no_name_is_given_twice():
    with translation.override("es"):
        for names in (clock.WEEKDAYS, clock.MONTHS):
            assert len({str(name) for name in names}) == len(names)
    assert [str(name) for name in clock.WEEKDAYS] == list(calendar.day_name)


@pytest.mark.parametrize("hour", [0, 8, 11, 12, 13, 23])
@pytest.mark.parametrize("minute", [0, 30])
def test_opening_hours_are_written_as_before(hour, minute):
    time = dt.time(hour, minute)
    assert clock.hour_text(time) == time_format(time, "P")


def test_opening_hours_in_spanish():
    with translation.override("es"):
        assert [clock.hour_text(dt.time(hour)) for hour in (0, 8, 12, 17)] == [
            "medianoche",
            "8 a. m.",
            "mediodía",
            "5 p. m.",
        ]


def test_a_zone_without_a_name_of_its_own():
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    assert clock.zone_name(berlin) == "Berlin time"
    with translation.override("es"):
        assert clock.zone_name(berlin) == "hora de Berlin"


def test_every_word_went_through_the_catalog():
    with marked():
        assert without_marked(clock.moment_text(MOMENT, CHICAGO)) == ""
