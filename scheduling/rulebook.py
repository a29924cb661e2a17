"""The rules as they stand in the database, loaded in few queries: weekly hours and what single dates change."""

import datetime as dt
import uuid
import zoneinfo
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet

from scheduling.models import Clinician, ScheduleException, WorkingHours
from scheduling.slots import Interval, clinic_windows

HOURS = ("weekday", "starts", "ends", "valid_from", "valid_until")


@dataclass(kw_only=True)
class Rulebook:
    """Hours and exceptions of some clinicians, and the exceptions of the whole clinic (under None)."""

    hours: dict[object, list[WorkingHours]] = field(default_factory=lambda: defaultdict(list))
    exceptions: dict[tuple[object, dt.date], list[ScheduleException]] = field(default_factory=lambda: defaultdict(list))

    def windows(self, clinician: Clinician, date: dt.date, zone: zoneinfo.ZoneInfo) -> list[Interval]:
        """The clinician's windows on one date, after exceptions of theirs and of the whole clinic."""
        hours = [
            (row.starts, row.ends)
            for row in self.hours[clinician.pk]
            if row.weekday == date.weekday()
            and (row.valid_from is None or row.valid_from <= date)
            and (row.valid_until is None or date <= row.valid_until)
        ]
        exceptions = [(row.effect, row.starts, row.ends) for row in self.exceptions_on(clinician.pk, date)]
        return clinic_windows(date, hours, exceptions, zone)

    def exceptions_on(self, clinician_id: uuid.UUID, date: dt.date) -> list[ScheduleException]:
        """What this date changes for the clinician, their own first."""
        return [*self.exceptions[clinician_id, date], *self.exceptions[None, date]]


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Clinicians, by name, and their weekly hours."""

    clinicians: list[Clinician]
    hours: list[WorkingHours]


def crew_with_hours(clinicians: QuerySet[Clinician]) -> Crew:
    """These clinicians and their weekly hours in one query; who has none is there too."""
    found: dict[uuid.UUID, Clinician] = {}
    hours: list[WorkingHours] = []
    for row in clinicians.order_by("name", "pk").annotate(**{name: F(f"working_hours__{name}") for name in HOURS}):
        found.setdefault(row.pk, row)
        if getattr(row, "weekday") is not None:  # noqa: B009 - annotated
            hours.append(WorkingHours(clinician_id=row.pk, **{name: getattr(row, name) for name in HOURS}))
    return Crew(clinicians=list(found.values()), hours=hours)


def rulebook(
    clinician_ids: Collection[uuid.UUID], *, first: dt.date, last: dt.date, hours: Iterable[WorkingHours] | None = None
) -> Rulebook:
    """The rules of these clinicians for the dates from first to last; one query, and one for `hours` not given."""
    book = Rulebook()
    for row in WorkingHours.objects.filter(clinician__in=clinician_ids) if hours is None else hours:
        book.hours[row.clinician_id].append(row)
    mine_or_all = Q(clinician__in=clinician_ids) | Q(clinician=None)
    for exception in ScheduleException.objects.filter(mine_or_all, date__gte=first, date__lte=last):
        book.exceptions[exception.clinician_id, exception.date].append(exception)
    return book


def clinician_zone(clinician: Clinician, clinic_zone: zoneinfo.ZoneInfo) -> zoneinfo.ZoneInfo:
    """The zone in which the clinician's hours are read: their own, else the clinic's."""
    return zoneinfo.ZoneInfo(clinician.zone) if clinician.zone else clinic_zone
