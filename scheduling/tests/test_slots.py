import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.slots import overlaps, slot_starts

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


def test_slot_starts_fill_the_window_and_end_inside_it():
    assert starts([(t(9), t(10, 45))]) == [t(9), t(9, 30), t(10)]


def test_slot_starts_a_window_that_fits_exactly_gives_one():
    assert starts([(t(9), t(9, 30))]) == [t(9)]


def test_slot_starts_without_windows_are_none():
    assert starts([], [(t(9), t(10))]) == []


def test_slot_starts_step_shorter_than_the_visit():
    assert starts([(t(9), t(10))], duration=30, step=15) == [t(9), t(9, 15), t(9, 30)]


@pytest.mark.parametrize("second", [(t(9, 50), t(11)), (t(9, 45), t(11))], ids=["overlaps", "touches"])
def test_slot_starts_of_windows_that_meet_share_the_first_anchor(second):
    assert starts([second, (t(9), t(9, 50))]) == [t(9), t(9, 30), t(10), t(10, 30)]


def test_slot_starts_of_windows_apart_have_an_anchor_each():
    assert starts([(t(11, 10), t(12)), (t(9), t(9, 50))]) == [t(9), t(11, 10)]


def test_slot_starts_busy_time_does_not_move_the_grid():
    assert starts([(t(9), t(11))], [(t(9, 10), t(9, 40))]) == [t(10), t(10, 30)]


def test_slot_starts_busy_time_may_touch():
    assert starts([(t(9), t(10, 30))], [(t(9, 30), t(10))]) == [t(9), t(10)]


def test_slot_starts_empty_busy_time_takes_nothing():
    assert starts([(t(9), t(10))], [(t(9, 15), t(9, 15))]) == [t(9), t(9, 30)]


def test_slot_starts_buffers_add_up():
    # The booked visit is 10:00-10:30 with 10 minutes on both sides; ours asks for 10 more.
    found = starts([(t(9), t(12))], [(t(9, 50), t(10, 40))], step=10, buffer_before=10, buffer_after=10)

    assert (max(s for s in found if s < t(10)), min(s for s in found if s > t(10))) == (t(9, 10), t(10, 50))


def test_slot_starts_buffers_cross_the_edges_of_the_window():
    assert starts([(t(9), t(9, 30))], buffer_before=60, buffer_after=60) == [t(9)]


def test_slot_starts_busy_time_outside_the_window_meets_a_buffer():
    assert starts([(t(9), t(10))], [(t(8), t(8, 50))], buffer_before=15) == [t(9, 30)]


def test_slot_starts_not_before_and_not_after_keep_the_grid():
    found = starts([(t(9), t(12))], not_before=t(9, 40), not_after=t(11, 15))

    assert found == [t(10), t(10, 30)]


def test_slot_starts_not_before_and_not_after_are_inclusive():
    assert starts([(t(9), t(12))], not_before=t(10), not_after=t(10, 30)) == [t(10)]


def test_slot_starts_compare_instants_and_not_wall_clocks():
    # 09:00-10:00 in Chicago is 15:00-16:00 UTC; in November 01:00 comes twice, so walls would lie.
    window = (dt.datetime(2026, 12, 1, 9, tzinfo=CHICAGO), dt.datetime(2026, 12, 1, 10, tzinfo=CHICAGO))
    busy = (dt.datetime(2026, 12, 1, 20, 45, tzinfo=KATHMANDU), dt.datetime(2026, 12, 1, 21, 15, tzinfo=KATHMANDU))

    assert starts([window], [busy]) == [t(15, 30)]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"windows": [(dt.datetime(2026, 12, 1, 9), t(10))]}, "windows holds a datetime without a zone"),
        ({"busy": [(t(9), dt.datetime(2026, 12, 1, 9))]}, "busy holds a datetime without a zone"),
        ({"windows": [(t(10), t(9))]}, "windows holds an interval that ends before it starts"),
        ({"busy": [(t(10), t(9))]}, "busy holds an interval that ends before it starts"),
        ({"duration": minutes(0)}, "duration must be longer than zero"),
        ({"duration": minutes(-5)}, "duration must be longer than zero"),
        ({"step": minutes(0)}, "step must be longer than zero"),
        ({"buffer_before": minutes(-1)}, "buffer_before must not be negative"),
        ({"buffer_after": minutes(-1)}, "buffer_after must not be negative"),
        ({"duration": 30}, "duration must be a timedelta"),
        ({"not_before": dt.datetime(2026, 12, 1)}, "not_before holds a datetime without a zone"),
        ({"not_after": dt.datetime(2026, 12, 1)}, "not_after holds a datetime without a zone"),
    ],
)
def test_slot_starts_refuse_what_makes_no_sense(bad, says):
    good = {"windows": [(t(9), t(10))], "busy": [], "duration": minutes(30), "step": minutes(30)}

    with pytest.raises(ValueError, match=says):
        slot_starts(**{**good, **bad})


def test_slot_starts_take_a_plain_zero_for_no_buffer():
    good = {"windows": [(t(9), t(10))], "busy": [], "duration": minutes(30), "step": minutes(30)}

    assert slot_starts(**good, buffer_before=0, buffer_after=0) == [t(9), t(9, 30)]


# --- Properties -------------------------------------------------------------------------------------


def intervals(most):
    pair = st.tuples(st.integers(0, 1500), st.integers(0, 300))
    return st.lists(pair.map(lambda p: (BASE + minutes(p[0]), BASE + minutes(p[0] + p[1]))), max_size=most)


lengths = st.sampled_from([5, 7, 15, 20, 30, 45, 60]).map(minutes)
buffers = st.sampled_from([0, 5, 10, 40]).map(minutes)
edges = st.none() | st.integers(0, 1500).map(lambda number: BASE + minutes(number))
wishes = st.fixed_dictionaries(
    {
        "windows": intervals(5),
        "busy": intervals(12),
        "duration": lengths,
        "step": lengths,
        "buffer_before": buffers,
        "buffer_after": buffers,
        "not_before": edges,
        "not_after": edges,
    }
)


def merged(windows):
    """Minute by minute, the slow way."""
    open_minutes = sorted(
        {m for s, e in windows for m in range(int((s - BASE) / minutes(1)), int((e - BASE) / minutes(1)))}
    )
    found = []
    for minute in open_minutes:
        if found and found[-1][1] == minute:
            found[-1][1] = minute + 1
        else:
            found.append([minute, minute + 1])
    return [(BASE + minutes(s), BASE + minutes(e)) for s, e in found]


def slow_starts(windows, busy, duration, step, buffer_before, buffer_after, not_before, not_after):
    """The rules of design.md, section 5, one candidate after the other."""
    found = []
    for opens, closes in merged(windows):
        start = opens
        while start + duration <= closes:
            occupied = (start - buffer_before, start + duration + buffer_after)
            is_free = not any(s < e and overlaps(occupied, (s, e)) for s, e in busy)
            is_wanted = (not_before is None or start >= not_before) and (
                not_after is None or start + duration <= not_after
            )
            found += [start] if is_free and is_wanted else []
            start += step
    return found


@given(wishes)
def test_slot_starts_are_exactly_those_of_the_rules(wish):
    assert slot_starts(**wish) == slow_starts(**wish)


@given(wishes, st.randoms())
def test_slot_starts_do_not_depend_on_the_order_of_input(wish, random):
    shuffled = {**wish, "windows": [*wish["windows"]], "busy": [*wish["busy"]]}
    random.shuffle(shuffled["windows"])
    random.shuffle(shuffled["busy"])

    assert slot_starts(**shuffled) == slot_starts(**wish)


@given(wishes)
def test_slot_starts_do_not_depend_on_the_zone_of_input(wish):
    east = {
        name: [(s.astimezone(KATHMANDU), e.astimezone(KATHMANDU)) for s, e in wish[name]]
        for name in ("windows", "busy")
    }

    assert slot_starts(**{**wish, **east}) == slot_starts(**wish)
