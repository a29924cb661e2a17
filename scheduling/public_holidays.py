"""Federal and Minnesota holidays of a year, proposed as closures of the whole clinic.

A holiday on a weekend has the workday on which it is observed beside it, and New Year's Day of the next
year may be observed in this one.
"""

import datetime as dt
from dataclasses import dataclass

import holidays
from django.db import IntegrityError, transaction

from scheduling.models import ScheduleException

STATE = "MN"
# The second Monday of October has another name in the state's law (Minn. Stat. 645.44, subd. 5).
NAMES = {"Columbus Day": "Columbus Day (Indigenous Peoples' Day in Minnesota)"}
LONGEST_REASON = 120


@dataclass(frozen=True, kw_only=True)
class Holiday:
    """One date on which the clinic may want to be closed."""

    date: dt.date
    name: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A holiday, and whether the whole clinic is closed on that day already."""

    holiday: Holiday
    is_there: bool


def public_holidays(year: int) -> list[Holiday]:
    """The holidays of the country and the state, observed days included, in order of date."""
    named = {
        **holidays.country_holidays("US", years=year),
        **holidays.country_holidays("US", subdiv=STATE, years=year),
    }
    return [Holiday(date=date, name=NAMES.get(name, name)) for date, name in sorted(named.items()) if date.year == year]


def proposed_closures(year: int) -> list[Proposal]:
    """The year's holidays beside what is closed already; one query."""
    there = _closed_days(year)
    return [Proposal(holiday=one, is_there=one.date in there) for one in public_holidays(year)]


def accept_closures(year: int, dates: set[dt.date]) -> list[ScheduleException]:
    """Close the whole clinic on those of the dates that are holidays and still open; returns what was missing.

    Accepting again, or two people at once, closes each day once: the database keeps one such row a day.
    """
    with transaction.atomic():
        missing = [one.holiday for one in proposed_closures(year) if not one.is_there and one.holiday.date in dates]
        return [closed for one in missing if (closed := _close(one))]


def _close(holiday: Holiday) -> ScheduleException | None:
    """One closure, or nothing when somebody was faster. Saved singly, so that its history names who did it."""
    try:
        with transaction.atomic():
            return ScheduleException.objects.create(date=holiday.date, reason=holiday.name[:LONGEST_REASON])
    except IntegrityError:
        return None


def _closed_days(year: int) -> set[dt.date]:
    whole_clinic = ScheduleException.objects.filter(clinician=None, effect=ScheduleException.Effect.CLOSED, starts=None)
    return set(whole_clinic.filter(date__year=year).values_list("date", flat=True))
