"""How soon somebody must be called and staff told again. Pure: no database, no clock of its own.

The numbers are the clinic's policy (`intake.models.SafetyClock`, signed off by the medical director);
what stands here are the defaults of clinical.md 3.2 and how they are counted.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from clinic import hours
from clinic.hours import Window
from intake.models import SafetyLevel

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The policy for one level. `contact_within` and `close_within` are minutes; working ones unless `day_and_night`.

    `same_business_day`: not later than the end of the opening hours of the day on which the clock begins.
    `repeat_every`: minutes between alerts while nobody has acknowledged.
    """

    level: SafetyLevel
    contact_within: int
    repeat_every: int
    same_business_day: bool = False
    day_and_night: bool = False
    close_within: int = 480


DEFAULTS = {
    clock.level: clock
    for clock in (
        Clock(level=SafetyLevel.EMERGENCY, contact_within=15, repeat_every=15, day_and_night=True, close_within=60),
        Clock(level=SafetyLevel.URGENT, contact_within=60, repeat_every=15),
        Clock(level=SafetyLevel.URGENT_SAME_DAY, contact_within=240, repeat_every=60, same_business_day=True),
    )
}


def contact_due(clock: Clock, begun_at: dt.datetime, windows: Sequence[Window]) -> dt.datetime:
    """By when somebody must have tried to reach the person (UTC)."""
    due = _after(clock, begun_at, clock.contact_within, windows)
    if clock.day_and_night or not clock.same_business_day:
        return due
    return min(due, end_of_business_day(begun_at, windows) or due)


def disposition_due(clock: Clock, reached_at: dt.datetime, windows: Sequence[Window]) -> dt.datetime:
    """By when an item whose person was reached must be closed before staff are told again (UTC)."""
    return _after(clock, reached_at, clock.close_within, windows)


def next_alert(clock: Clock, alerted_at: dt.datetime, windows: Sequence[Window]) -> dt.datetime:
    """When staff are told again: at any hour for day-and-night clocks, else while the clinic is open."""
    again = alerted_at + clock.repeat_every * MINUTE
    if clock.day_and_night:
        return again
    return hours.next_open(windows, again) or again


def end_of_business_day(moment: dt.datetime, windows: Sequence[Window]) -> dt.datetime | None:
    """When the clinic closes for good on the day it is open next (today, if it opens again today)."""
    opens = hours.next_open(windows, moment)
    if opens is None:
        return None
    # Windows of one day lie less than a day apart from its first; a lunch break does not end the business day.
    first = next(window for window in windows if window[1] > moment)
    same_day = [closes for begins, closes in windows if first[0] <= begins < first[0] + dt.timedelta(hours=16)]
    return max(same_day)


def _after(clock: Clock, moment: dt.datetime, minutes: int, windows: Sequence[Window]) -> dt.datetime:
    if clock.day_and_night:
        return moment + minutes * MINUTE
    return hours.after_open_time(windows, moment, minutes * MINUTE)
