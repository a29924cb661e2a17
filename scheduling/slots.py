"""Interval arithmetic behind the list of times. Pure: no database and no clock.

All intervals are half-open: `(09:00, 10:00)` and `(10:00, 11:00)` touch and do not overlap. Everything
is compared as UTC instants, because Python compares two datetimes of one zone by their wall clock.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

Interval = tuple[dt.datetime, dt.datetime]
Hours = tuple[dt.time, dt.time]
DayException = tuple[str, dt.time | None, dt.time | None]

ZERO = dt.timedelta()
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


def slot_starts(
    *,
    windows: Sequence[Interval],
    busy: Sequence[Interval],
    duration: dt.timedelta,
    step: dt.timedelta,
    buffer_before: dt.timedelta = ZERO,
    buffer_after: dt.timedelta = ZERO,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
) -> list[dt.datetime]:
    """Every instant at which a visit can start, in order, as UTC.

    `windows` and `busy` are aware `(start, end)` pairs in any zone and any order; windows that overlap
    or touch are one. A start lies on the grid `window start + n * step` of its merged window. The visit
    `[start, start + duration)` lies inside the window, starts at or after `not_before` and ends by
    `not_after`. What it occupies, `[start - buffer_before, end + buffer_after)`, may cross the
    window's edge and overlaps nothing in `busy`, which already holds its own buffers. Neither busy
    time nor `not_before` moves the grid.

    In the hour that a zone repeats in autumn only the first pass is offered. The zone is that of the
    window's start; a window given in UTC repeats nothing.

    Raises ValueError for a naive datetime, an interval that ends before it starts, a duration or step
    that is not positive, and a negative buffer.
    """
    buffer_before, buffer_after = buffer_before or ZERO, buffer_after or ZERO  # a plain 0 is fine
    _check_lengths(duration=duration, step=step, buffer_before=buffer_before, buffer_after=buffer_after)
    taken = _merged(_instants(busy, "busy"))
    earliest = None if not_before is None else _instant(not_before, "not_before")
    latest = None if not_after is None else _instant(not_after, "not_after")
    zones = {_instant(start, "windows"): start.tzinfo for start, _end in reversed(windows)}
    starts: list[dt.datetime] = []
    for opens, closes in _merged(_instants(windows, "windows")):
        last = (closes if latest is None else min(closes, latest)) - duration
        first = _on_grid(opens, step, opens if earliest is None else max(opens, earliest))
        free = _free(first, last, step, taken, lead=buffer_before, tail=duration + buffer_after)
        starts.extend(start for start in free if not start.astimezone(zones[opens]).fold)
    return starts


def clinic_windows(
    date: dt.date, hours: Iterable[Hours], exceptions: Iterable[DayException], zone: dt.tzinfo
) -> list[Interval]:
    """The windows of one date: merged, in order, aware in `zone`.

    `hours` are the `(starts, ends)` wall times of that weekday. `exceptions` are
    `(effect, starts, ends)` with the effect "open" (adds time) or "closed" (takes it away); a None is
    the day's own edge, and 00:00 as an end is the midnight that ends the day. A closure wins over
    hours and over extra hours, whatever the order: nobody is booked into time that somebody closed.
    What a closure leaves are windows of their own, so the grid after it starts where it ends.

    A wall time that the date does not have (spring) becomes the instant of the change, so a window
    never reaches beyond its rule; a wall time that comes twice (autumn) is the first one.

    Raises ValueError for an unknown effect or a window that does not end after it starts.
    """
    open_times = [wall_interval(date, starts, ends) for starts, ends in hours]
    closed_times: list[Interval] = []
    for effect, starts, ends in exceptions:
        if effect not in {"open", "closed"}:
            message = f"An exception is open or closed, not {effect!r}"
            raise ValueError(message)
        (open_times if effect == "open" else closed_times).append(wall_interval(date, starts, ends))
    left = _without(_merged(open_times), _merged(closed_times))
    windows = [(_first_instant(starts, zone), _first_instant(ends, zone)) for starts, ends in left]
    merged = _merged((starts, ends) for starts, ends in windows if starts < ends)
    return [(starts.astimezone(zone), ends.astimezone(zone)) for starts, ends in merged]


def overlaps(one: Interval, other: Interval) -> bool:
    """Whether two half-open intervals share time: UTC instants, or walls of one clock."""
    return one[0] < other[1] and other[0] < one[1]


def wall_interval(date: dt.date, starts: dt.time | None, ends: dt.time | None) -> Interval:
    """One rule on one date as naive wall times; see `clinic_windows()`. Raises ValueError."""
    midnight = dt.datetime.combine(date, dt.time())
    begin = midnight if starts is None else dt.datetime.combine(date, starts)
    finish = midnight + DAY if ends in {None, dt.time()} else dt.datetime.combine(date, ends or dt.time())
    if begin.tzinfo or finish.tzinfo or begin >= finish:
        message = "Hours are wall times without a zone that end after they start"
        raise ValueError(message)
    return begin, finish


def _check_lengths(**lengths: object) -> None:
    for name, length in lengths.items():
        if not isinstance(length, dt.timedelta):
            message = f"{name} must be a timedelta"
            raise ValueError(message)  # noqa: TRY004 - one class for every argument that makes no sense
        if name in {"duration", "step"} and length <= ZERO:
            message = f"{name} must be longer than zero"
            raise ValueError(message)
        if length < ZERO:
            message = f"{name} must not be negative"
            raise ValueError(message)


def _instant(moment: dt.datetime, name: str) -> dt.datetime:
    if moment.utcoffset() is None:
        message = f"{name} holds a datetime without a zone"
        raise ValueError(message)
    return moment.astimezone(dt.UTC)


def _instants(intervals: Iterable[Interval], name: str) -> Iterator[Interval]:
    for start, end in intervals:
        begin, finish = _instant(start, name), _instant(end, name)
        if finish < begin:
            message = f"{name} holds an interval that ends before it starts"
            raise ValueError(message)
        if begin < finish:  # an empty interval holds no time: it opens and takes nothing
            yield begin, finish


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted and disjoint; those that overlap or touch become one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _without(windows: list[Interval], closed: list[Interval]) -> Iterator[Interval]:
    """What `closed` leaves of `windows`; both merged."""
    for start, end in windows:
        edges = [start, *(edge for cut in closed for edge in cut), end]
        pieces = list(pairwise(edges))[::2]  # from the window's start or a closure's end, to the next closure
        for begins, ends in pieces:
            piece = (max(start, begins), min(end, ends))
            if piece[0] < piece[1]:
                yield piece


def _on_grid(anchor: dt.datetime, step: dt.timedelta, moment: dt.datetime) -> dt.datetime:
    """The first point of the grid at or after `moment`, which is not before the anchor."""
    return anchor + step * -((anchor - moment) // step)


def _free(
    first: dt.datetime,
    last: dt.datetime,
    step: dt.timedelta,
    taken: list[Interval],
    *,
    lead: dt.timedelta,
    tail: dt.timedelta,
) -> Iterator[dt.datetime]:
    """Grid points from first to last whose `[point - lead, point + tail)` is free; jumps over taken time."""
    start = first
    index = bisect_right(taken, first - lead, key=lambda interval: interval[1])
    while start <= last:
        while index < len(taken) and taken[index][1] <= start - lead:
            index += 1
        if index < len(taken) and taken[index][0] < start + tail:
            start = _on_grid(start, step, taken[index][1] + lead)
        else:
            yield start
            start += step


@lru_cache(maxsize=4096)  # clinicians share hours and dates
def _first_instant(wall: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The first instant, as UTC, at which the zone's clock shows `wall` or, in a spring gap, more."""
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    while late - early > SECOND:  # the zone changes in (early, late]; it does so on whole seconds
        middle = early + SECOND * ((late - early) // SECOND // 2)
        is_before = middle.astimezone(zone).replace(tzinfo=None) < wall
        early, late = (middle, late) if is_before else (early, middle)
    return late
