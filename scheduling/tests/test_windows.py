import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.slots import clinic_windows, slot_starts

CHICAGO = ZoneInfo("America/Chicago")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # moves by half an hour
SANTIAGO = ZoneInfo("America/Santiago")  # southern; changes at midnight
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # +05:45, no change
DAY = dt.date(2026, 12, 1)
BASE = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def t(hour, minute=0):
    return dt.datetime(2026, 12, 1, hour, minute, tzinfo=dt.UTC)


def minutes(number):
    return dt.timedelta(minutes=number)


def starts(windows, busy=(), duration=30, step=None, **rest):
    lengths = {name: minutes(value) if isinstance(value, int) else value for name, value in rest.items()}
    return slot_starts(
        windows=windows, busy=busy, duration=minutes(duration), step=minutes(step or duration), **lengths
    )


def wall(instants, zone):
    return [f"{instant.astimezone(zone):%H:%M %z}" for instant in instants]


# --- Days on which the clocks change --------------------------------------------------------------


@pytest.mark.parametrize("date", [dt.date(2026, 3, 6), dt.date(2026, 3, 9), dt.date(2026, 11, 2)])
def test_nine_stays_nine_across_the_change(date):
    windows = clinic_windows(date, [(dt.time(9), dt.time(10))], [], CHICAGO)

    assert [f"{s.astimezone(CHICAGO):%H:%M}" for s in starts(windows)] == ["09:00", "09:30"]


def test_spring_has_no_start_in_the_gap():
    windows = clinic_windows(dt.date(2026, 3, 8), [(dt.time(1), dt.time(4))], [], CHICAGO)

    assert wall(starts(windows), CHICAGO) == ["01:00 -0600", "01:30 -0600", "03:00 -0500", "03:30 -0500"]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((dt.time(2, 30), dt.time(4)), ["03:00 -0500", "03:30 -0500"]),
        ((dt.time(1), dt.time(2, 30)), ["01:00 -0600", "01:30 -0600"]),
        ((dt.time(2), dt.time(3)), []),
        ((dt.time(2, 10), dt.time(2, 50)), []),
        ((dt.time(2, 30), dt.time(3, 30)), ["03:00 -0500"]),
    ],
    ids=["starts in the gap", "ends in the gap", "is the gap", "inside the gap", "reaches out of the gap"],
)
def test_spring_window_never_reaches_beyond_its_rule(hours, expected):
    assert wall(starts(clinic_windows(dt.date(2026, 3, 8), [hours], [], CHICAGO)), CHICAGO) == expected


def test_autumn_offers_the_repeated_hour_once_at_its_first_pass():
    windows = clinic_windows(dt.date(2026, 11, 1), [(dt.time(0, 30), dt.time(3))], [], CHICAGO)

    assert wall(starts(windows), CHICAGO) == [
        "00:30 -0500",
        "01:00 -0500",
        "01:30 -0500",
        "02:00 -0600",
        "02:30 -0600",
    ]


def test_autumn_visit_that_would_start_in_the_second_pass_is_not_offered():
    windows = clinic_windows(dt.date(2026, 11, 1), [(dt.time(1), dt.time(3))], [], CHICAGO)

    assert wall(starts(windows, duration=60), CHICAGO) == ["01:00 -0500", "02:00 -0600"]


def test_half_hour_change_in_spring():
    # Lord Howe, 4 October 2026: 02:00 becomes 02:30.
    windows = clinic_windows(dt.date(2026, 10, 4), [(dt.time(1), dt.time(3, 30))], [], LORD_HOWE)

    assert wall(starts(windows), LORD_HOWE) == ["01:00 +1030", "01:30 +1030", "02:30 +1100", "03:00 +1100"]


def test_half_hour_change_in_autumn():
    # Lord Howe, 5 April 2026: 02:00 becomes 01:30.
    windows = clinic_windows(dt.date(2026, 4, 5), [(dt.time(1), dt.time(3))], [], LORD_HOWE)

    assert wall(starts(windows), LORD_HOWE) == ["01:00 +1100", "01:30 +1100", "02:00 +1030", "02:30 +1030"]


def test_southern_midnight_that_does_not_exist():
    # Santiago, 6 September 2026: midnight becomes 01:00.
    windows = clinic_windows(dt.date(2026, 9, 6), [(dt.time(0), dt.time(2))], [], SANTIAGO)

    assert wall(starts(windows), SANTIAGO) == ["01:00 -0300", "01:30 -0300"]


def test_southern_midnight_that_comes_twice_belongs_to_the_date_before():
    # Santiago: on 4 April 2026 at 24:00 the clock goes back to 23:00.
    windows = clinic_windows(dt.date(2026, 4, 4), [(dt.time(22), dt.time(0))], [], SANTIAGO)

    assert wall(starts(windows), SANTIAGO) == ["22:00 -0300", "22:30 -0300", "23:00 -0300", "23:30 -0300"]


def test_a_date_that_a_zone_skipped_has_no_windows():
    apia = ZoneInfo("Pacific/Apia")

    assert clinic_windows(dt.date(2011, 12, 30), [(dt.time(9), dt.time(17))], [], apia) == []


# --- Windows of a date ------------------------------------------------------------------------------

NINE_TO_FIVE = [(dt.time(9), dt.time(17))]


def windows_of(hours, exceptions):
    return [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in clinic_windows(DAY, hours, exceptions, CHICAGO)]


@pytest.mark.parametrize(
    ("hours", "exceptions", "expected"),
    [
        ([], [], []),
        (NINE_TO_FIVE, [], [("09:00", "17:00")]),
        ([(dt.time(13), dt.time(17)), (dt.time(9), dt.time(12))], [], [("09:00", "12:00"), ("13:00", "17:00")]),
        ([(dt.time(9), dt.time(12)), (dt.time(12), dt.time(14))], [], [("09:00", "14:00")]),
        (NINE_TO_FIVE, [("closed", None, None)], []),
        (NINE_TO_FIVE, [("closed", dt.time(12), dt.time(13))], [("09:00", "12:00"), ("13:00", "17:00")]),
        (NINE_TO_FIVE, [("closed", None, dt.time(10))], [("10:00", "17:00")]),
        (NINE_TO_FIVE, [("closed", dt.time(16), None)], [("09:00", "16:00")]),
        (NINE_TO_FIVE, [("closed", dt.time(17), dt.time(18))], [("09:00", "17:00")]),
        ([], [("open", dt.time(10), dt.time(11))], [("10:00", "11:00")]),
        (NINE_TO_FIVE, [("open", dt.time(17), dt.time(19))], [("09:00", "19:00")]),
        (NINE_TO_FIVE, [("open", dt.time(18), dt.time(0))], [("09:00", "17:00"), ("18:00", "00:00")]),
        (NINE_TO_FIVE, [("open", dt.time(18), dt.time(19)), ("closed", None, None)], []),
        (NINE_TO_FIVE, [("closed", None, None), ("open", dt.time(18), dt.time(19))], []),
        (
            NINE_TO_FIVE,
            [("closed", dt.time(11), dt.time(12)), ("closed", dt.time(10), dt.time(11, 30))],
            [("09:00", "10:00"), ("12:00", "17:00")],
        ),
    ],
)
def test_clinic_windows(hours, exceptions, expected):
    assert windows_of(hours, exceptions) == expected


def test_clinic_windows_after_a_closure_have_a_grid_of_their_own():
    windows = clinic_windows(DAY, NINE_TO_FIVE, [("closed", dt.time(10), dt.time(15, 45))], CHICAGO)

    assert [f"{s.astimezone(CHICAGO):%H:%M}" for s in starts(windows)] == ["09:00", "09:30", "15:45", "16:15"]


@pytest.mark.parametrize(
    ("hours", "exceptions", "says"),
    [
        ([(dt.time(17), dt.time(9))], [], "end after they start"),
        ([(dt.time(9), dt.time(9))], [], "end after they start"),
        ([(dt.time(9, tzinfo=dt.UTC), dt.time(10))], [], "without a zone"),
        ([], [("closed", dt.time(17), dt.time(9))], "end after they start"),
        ([], [("shut", None, None)], "open or closed, not 'shut'"),
    ],
)
def test_clinic_windows_refuse_what_makes_no_sense(hours, exceptions, says):
    with pytest.raises(ValueError, match=says):
        clinic_windows(DAY, hours, exceptions, CHICAGO)


@given(
    st.sampled_from([CHICAGO, LORD_HOWE, SANTIAGO, KATHMANDU]),
    st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31)),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=4),
    st.lists(st.tuples(st.booleans(), st.integers(0, 90), st.integers(1, 30)), max_size=3),
)
def test_windows_hold_only_wall_times_of_the_rules(zone, date, hours, changes):
    def span(first, length):
        last = min(first + length, 95)
        return dt.time(first // 4, first % 4 * 15), dt.time(last // 4, last % 4 * 15)

    rules = [span(first, length) for first, length in hours]
    exceptions = [("open" if is_open else "closed", *span(first, length)) for is_open, first, length in changes]

    found = starts(clinic_windows(date, rules, exceptions, zone), duration=15)

    walls = [start.astimezone(zone).replace(tzinfo=None) for start in found]
    opened = rules + [(s, e) for effect, s, e in exceptions if effect == "open"]
    closed = [(s, e) for effect, s, e in exceptions if effect == "closed"]
    assert len(set(walls)) == len(walls)
    assert all(moment.date() == date for moment in walls)
    assert all(any(s <= moment.time() < e for s, e in opened) for moment in walls)
    assert not any(s <= moment.time() < e for s, e in closed for moment in walls)
