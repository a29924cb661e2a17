"""When the desk answers: adding opening hours to an instant. Pure but for reading the profile's rows."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone

from clinic.models import ClinicProfile

DAYS_AHEAD = 30
Window = tuple[dt.datetime, dt.datetime]  # UTC, half-open


def answer_promised_by(profile: ClinicProfile, *, now: dt.datetime | None = None) -> dt.datetime:
    """When we will have called back: `answer_within_hours` opening hours from now (UTC instant).

    Without any opening hours on file, that many plain hours from now.
    """
    moment = now or timezone.now()
    return after_open_time(open_windows(profile, since=moment), moment, dt.timedelta(hours=profile.answer_within_hours))


def open_windows(profile: ClinicProfile, *, since: dt.datetime, days: int = DAYS_AHEAD) -> list[Window]:
    """When the desk is open from the day of `since` on, earliest first; none when no hours are on file."""
    rows = list(profile.opening_hours.all())
    first_day = since.astimezone(profile.zone_info).date()
    return [
        (
            dt.datetime.combine(day, row.opens, profile.zone_info).astimezone(dt.UTC),
            dt.datetime.combine(day, row.closes, profile.zone_info).astimezone(dt.UTC),
        )
        for day in (first_day + dt.timedelta(days=offset) for offset in range(days))
        for row in rows
        if row.weekday == day.weekday()
    ]


def after_open_time(windows: Iterable[Window], moment: dt.datetime, amount: dt.timedelta) -> dt.datetime:
    """The instant by which `amount` of open time has passed since `moment`; past the windows, plain time."""
    left = amount
    for begin, end in _from(windows, moment):
        if begin + left <= end:
            return begin + left
        left -= end - begin
    return moment + left


def next_open(windows: Sequence[Window], moment: dt.datetime) -> dt.datetime | None:
    """The first instant from `moment` on at which the desk is open."""
    return next((begin for begin, _end in _from(windows, moment)), None)


def is_open(windows: Sequence[Window], moment: dt.datetime) -> bool:
    """Whether the desk is open now."""
    return any(opens <= moment < closes for opens, closes in windows)


def _from(windows: Iterable[Window], moment: dt.datetime) -> Iterator[Window]:
    """What is left of each window from `moment` on."""
    return ((max(opens, moment), closes) for opens, closes in windows if closes > moment)


def end_of_today(profile: ClinicProfile, *, now: dt.datetime | None = None) -> dt.datetime:
    """By when a thing of today must be done (UTC): when the desk closes, or in an hour when it has."""
    moment = now or timezone.now()
    today = moment.astimezone(profile.zone_info).date()
    closings = [row.closes for row in profile.opening_hours.all() if row.weekday == today.weekday()]
    closes = dt.datetime.combine(today, max(closings), profile.zone_info).astimezone(dt.UTC) if closings else moment
    return max(closes, moment + dt.timedelta(hours=1))
