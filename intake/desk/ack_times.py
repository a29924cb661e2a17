"""How long it took until a clinician acknowledged an alert, by week: the numbers and their picture."""

import datetime as dt
import statistics
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Min, Q

from intake.models import SafetyEvent, SafetyItem

WEEKS = 12
CHART_WIDTH, CHART_HEIGHT, LEFT, BOTTOM, TOP = 640, 220, 56, 28, 22
BAR_SHARE = 0.6


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week's items. Minutes; None while nothing was acknowledged."""

    monday: dt.date
    raised: int
    waiting: int
    median: float | None
    longest: float | None


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One week in the picture, in its own units."""

    week: Week
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The picture of the medians."""

    bars: list[Bar]
    most: float
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT
    left: int = LEFT
    top: int = TOP
    base: int = CHART_HEIGHT - BOTTOM


def weeks(now: dt.datetime, zone: zoneinfo.ZoneInfo) -> list[Week]:
    """The last weeks, oldest first; one query."""
    today = now.astimezone(zone).date()
    monday = today - dt.timedelta(days=today.weekday(), weeks=WEEKS - 1)
    since = dt.datetime.combine(monday, dt.time(), zone)
    pairs = _pairs(Q(raised_at__gte=since))
    return [
        _week(
            begins,
            [pair for pair in pairs if 0 <= (pair[0].astimezone(zone).date() - begins).days < 7],
        )
        for begins in (monday + dt.timedelta(weeks=number) for number in range(WEEKS))
    ]


def chart(rows: Iterable[Week]) -> Chart:
    """Bars of the medians, scaled to the largest."""
    shown = list(rows)
    most = max([row.median or 0 for row in shown] + [1.0])
    step = (CHART_WIDTH - LEFT) / max(len(shown), 1)
    base = CHART_HEIGHT - BOTTOM
    bars = []
    for number, row in enumerate(shown):
        height = round((row.median or 0) / most * (base - TOP), 1)
        x = round(LEFT + step * (number + (1 - BAR_SHARE) / 2), 1)
        bars.append(
            Bar(
                week=row,
                x=x,
                y=round(base - height, 1),
                width=round(step * BAR_SHARE, 1),
                height=height,
                middle=round(x + step * BAR_SHARE / 2, 1),
            )
        )
    return Chart(bars=bars, most=most)


def between(begins: dt.datetime, ends: dt.datetime) -> Week:
    """All items raised in `[begins, ends)` together; one query."""
    return _week(begins.date(), _pairs(Q(raised_at__gte=begins, raised_at__lt=ends)))


def _pairs(which: Q) -> list[tuple[dt.datetime, dt.datetime | None]]:
    """When each item was raised, and first acknowledged."""
    acknowledged = Min("events__at", filter=Q(events__kind=SafetyEvent.Kind.ACKNOWLEDGED))
    rows = SafetyItem.objects.filter(which).order_by().annotate(first=acknowledged)
    return list(rows.values_list("raised_at", "first"))


def _week(monday: dt.date, pairs: list[tuple[dt.datetime, dt.datetime | None]]) -> Week:
    minutes = [(first - raised).total_seconds() / 60 for raised, first in pairs if first is not None]
    return Week(
        monday=monday,
        raised=len(pairs),
        waiting=len(pairs) - len(minutes),
        median=round(statistics.median(minutes), 1) if minutes else None,
        longest=round(max(minutes), 1) if minutes else None,
    )
