"""Every day of a year in zones of both hemispheres, whole hours and half hours, changes of clock included."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.tests.examples import examples
from scheduling.slots import clinic_windows, overlaps, slot_starts

HALF_HOUR = dt.timedelta(minutes=30)
ZONES = [
    ("America/Chicago", 2026),
    ("Asia/Kolkata", 2026),  # half an hour, no change
    ("Australia/Adelaide", 2026),  # half an hour, southern
    ("Australia/Lord_Howe", 2026),  # changes by half an hour
    ("Pacific/Auckland", 2026),  # southern, far ahead of UTC
    ("America/Santiago", 2026),  # southern; changes at midnight
    ("America/Sao_Paulo", 2018),  # southern; midnight did not exist on one day
]


def days_of(year):
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=number) for number in range((dt.date(year + 1, 1, 1) - first).days)]


def starts(windows):
    return slot_starts(windows=windows, busy=[], duration=HALF_HOUR, step=HALF_HOUR)


@pytest.mark.parametrize(("name", "year"), ZONES)
def test_office_hours_are_the_same_walls_on_every_day_of_the_year(name, year):
    zone = ZoneInfo(name)
    expected = [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30)]

    for day in days_of(year):
        found = [start.astimezone(zone) for start in starts(clinic_windows(day, [(dt.time(9), dt.time(17))], [], zone))]

        assert [f"{start:%H:%M}" for start in found] == expected, day
        assert {start.date() for start in found} == {day}


@pytest.mark.parametrize(("name", "year"), ZONES)
def test_a_day_open_round_the_clock_has_each_wall_time_that_exists_once(name, year):
    zone = ZoneInfo(name)
    instant = dt.datetime(year - 1, 12, 31, tzinfo=dt.UTC)
    existing = {day: [] for day in days_of(year)}  # the slow way: walk the year in UTC and read the wall clock
    while instant < dt.datetime(year + 1, 1, 2, tzinfo=dt.UTC):
        local = instant.astimezone(zone)
        if local.date() in existing and not local.fold:
            existing[local.date()].append(instant)
        instant += HALF_HOUR

    found = {day: starts(clinic_windows(day, [(dt.time(0), dt.time(0))], [], zone)) for day in existing}

    assert found == existing
    assert sorted({len(list_of_day) for list_of_day in existing.values()}) in ([48], [46, 48], [47, 48])


@pytest.mark.parametrize(("name", "year"), ZONES)
def test_no_start_of_the_year_comes_twice_or_overlaps_the_next(name, year):
    zone = ZoneInfo(name)

    found = [
        start
        for day in days_of(year)
        for start in starts(clinic_windows(day, [(dt.time(0), dt.time(12)), (dt.time(12), dt.time(0))], [], zone))
    ]

    assert all(later - earlier >= HALF_HOUR for earlier, later in pairwise(found))


minutes = st.integers(0, 24 * 60).map(lambda number: dt.timedelta(minutes=number))
MIDNIGHT = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
windows_of_a_day = st.lists(
    st.tuples(minutes, minutes).map(lambda pair: (MIDNIGHT + min(pair), MIDNIGHT + max(pair))), min_size=1, max_size=4
)
lengths = st.sampled_from([dt.timedelta(minutes=number) for number in (10, 25, 30, 60)])
buffers = st.sampled_from([dt.timedelta(minutes=number) for number in (0, 5, 20)])


@settings(max_examples=examples(60), deadline=None)
@given(windows_of_a_day, lengths, lengths, buffers, buffers, st.randoms())
def test_booking_until_nothing_is_left_never_overlaps(windows, duration, step, before, after, random):
    occupied = []
    while found := slot_starts(
        windows=windows, busy=occupied, duration=duration, step=step, buffer_before=before, buffer_after=after
    ):
        start = random.choice(found)
        occupied.append((start - before, start + duration + after))

    held = sorted(occupied)
    assert not any(overlaps(one, other) for one, other in pairwise(held))
    assert len(held) == len(set(held))


@settings(max_examples=examples(60), deadline=None)
@given(windows_of_a_day, lengths, lengths)
def test_every_start_lies_inside_a_window_and_on_its_grid(windows, duration, step):
    merged = []
    for opens, closes in sorted(window for window in windows if window[0] < window[1]):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))

    for start in slot_starts(windows=windows, busy=[], duration=duration, step=step):
        assert [
            (start - opens) % step for opens, closes in merged if opens <= start and start + duration <= closes
        ] == [dt.timedelta()]
