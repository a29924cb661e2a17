"""Turns free starts into at most eight choices a page: days first, then times. No database."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clinic import clock

CHOICES_A_PAGE = 8
NOON = 12


@dataclass(frozen=True, kw_only=True)
class DayChoice:
    """One day with free times. `value` is the ISO date."""

    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class TimeChoice:
    """One start. `value` is the UTC instant in ISO form; `spoken` what a screen reader adds to the label."""

    value: str
    label: str
    spoken: str
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class TimeGroup:
    """Times under one heading: Morning, Afternoon, or a day."""

    title: str
    times: Sequence[TimeChoice]


@dataclass(frozen=True, kw_only=True)
class DayPage:
    """One page of days; `later` is where the next page begins, None on the last one."""

    days: Sequence[DayChoice]
    later: dt.date | None
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class TimePage:
    """One page of the times of a day; `earlier` and `more` are the numbers of the pages beside it, or None."""

    groups: Sequence[TimeGroup]
    earlier: int | None
    more: int | None
    total: int


def value_of(start: dt.datetime) -> str:
    """What stands in the form for a start: the UTC instant."""
    return start.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def by_day(starts: Iterable[dt.datetime], zone: zoneinfo.ZoneInfo) -> dict[dt.date, list[dt.datetime]]:
    """Starts under the day on which they fall in the zone, both in order."""
    days: dict[dt.date, list[dt.datetime]] = {}
    for start in sorted(starts):
        days.setdefault(start.astimezone(zone).date(), []).append(start)
    return days


def day_page(days: dict[dt.date, list[dt.datetime]], *, begin: dt.date | None, chosen: str) -> DayPage:
    """The first eight days from `begin` on."""
    ahead = [day for day in days if begin is None or day >= begin]
    shown = ahead[:CHOICES_A_PAGE]
    choices = [
        DayChoice(
            value=day.isoformat(),
            label=_day_label(day, len(days[day])),
            is_chosen=day.isoformat() == chosen,
        )
        for day in shown
    ]
    later = ahead[CHOICES_A_PAGE] if len(ahead) > CHOICES_A_PAGE else None
    return DayPage(days=choices, later=later, is_first=len(ahead) == len(days))


def _day_label(day: dt.date, times: int) -> str:
    label = ngettext("%(day)s \N{EN DASH} %(times)s time", "%(day)s \N{EN DASH} %(times)s times", times)
    return capfirst(label % {"day": clock.day_text(day), "times": times})


def time_page(
    starts: Sequence[dt.datetime],
    *,
    page: int,
    chosen: str,
    zone: zoneinfo.ZoneInfo,
    theirs: dt.datetime | None = None,
) -> TimePage:
    """Eight times of one day, under Morning and Afternoon; a page beyond the last shows the last.

    The time that is `theirs` already says so.
    """
    last = max(0, (len(starts) - 1) // CHOICES_A_PAGE)
    page = min(max(page, 1) - 1, last)
    shown = starts[page * CHOICES_A_PAGE : (page + 1) * CHOICES_A_PAGE]
    morning = [start for start in shown if start.astimezone(zone).hour < NOON]
    parts = (
        (pgettext("heading", "Morning"), morning),
        (pgettext("heading", "Afternoon"), [start for start in shown if start not in morning]),
    )
    groups = [
        TimeGroup(title=title, times=[_choice(start, chosen, zone, theirs=theirs) for start in part])
        for title, part in parts
        if part
    ]
    return TimePage(groups=groups, earlier=page or None, more=page + 2 if page < last else None, total=len(starts))


def nearest_page(starts: Sequence[dt.datetime], *, chosen: str, zone: zoneinfo.ZoneInfo) -> TimePage:
    """The nearest free times, under their days: what somebody sees whose time was taken."""
    shown = sorted(starts)[:CHOICES_A_PAGE]
    groups = [
        TimeGroup(title=capfirst(clock.day_text(day)), times=[_choice(start, chosen, zone) for start in day_starts])
        for day, day_starts in by_day(shown, zone).items()
    ]
    return TimePage(groups=groups, earlier=None, more=None, total=len(shown))


def _choice(
    start: dt.datetime, chosen: str, zone: zoneinfo.ZoneInfo, *, theirs: dt.datetime | None = None
) -> TimeChoice:
    value = value_of(start)
    label = clock.zoned_time_text(start, zone)
    return TimeChoice(
        value=value,
        label=_("%(time)s, your time now") % {"time": label} if start == theirs else label,
        spoken=_("on %(day)s") % {"day": clock.day_text(start.astimezone(zone).date())},
        is_chosen=value == chosen,
    )
