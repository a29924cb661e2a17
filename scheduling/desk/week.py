"""A clinician's week as a table that can be printed: hours, what is closed, visits, and the time between them."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from clinic import clock
from clinic.access import subject_ref
from clinic.models import AccessEvent, ClinicProfile
from scheduling.desk.pages import SEES, DeskPage
from scheduling.models import OCCUPYING, Appointment, Clinician, ScheduleException
from scheduling.rulebook import Rulebook, clinician_zone, rulebook
from scheduling.slots import Interval

DAYS = 7
FARTHEST = dt.timedelta(days=3660)
SHORTEST_GAP = dt.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A visit, or free time when there is none."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    visit: Appointment | None = None


@dataclass(frozen=True, kw_only=True)
class Day:
    """One column."""

    date: dt.date
    windows: list[Interval]
    exceptions: list[ScheduleException]
    entries: list[Entry] = field(default_factory=list)

    @property
    def visits(self) -> int:
        """How many visits stand or were held."""
        return sum(1 for entry in self.entries if entry.visit is not None and entry.visit.status in OCCUPYING)


class WeekDesk(DeskPage):
    """Read the week; the forms that change it stand one link away."""

    permission_required = SEES
    template = "week.html"
    title = "Week"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page: whose names stand on it is written down first."""
        crew = list(Clinician.objects.filter(Q(is_bookable=True) | Q(pk=_id(request.GET.get("clinician")))))
        clinician = self.chosen(crew)
        if clinician is None:
            return self.page({"crew": [], "clinician": None})
        zone = clinician_zone(clinician, ClinicProfile.current().zone_info)
        today = timezone.now().astimezone(zone).date()
        monday = monday_of(request.GET.get("week", ""), today)
        self.record(AccessEvent.Action.READ, subject_ref("scheduling.clinician", clinician.pk))
        context = {
            "crew": crew,
            "clinician": clinician,
            "days": week_of(clinician, monday, zone),
            "monday": monday,
            "today": today,
            "earlier": monday - dt.timedelta(days=DAYS),
            "later": monday + dt.timedelta(days=DAYS),
            "zone_name": clock.zone_name(zone),
            "zone": zone,
        }
        return self.page(context, title=f"Week of {clinician.name}")

    def chosen(self, crew: Sequence[Clinician]) -> Clinician | None:
        """Who was asked for, else the one who looks, else the first by name."""
        wanted = _id(self.request.GET.get("clinician"))
        asked = [one for one in crew if one.pk == wanted]
        own = [one for one in crew if one.user_id == self.staff.pk]
        return next(iter([*asked, *own, *crew]), None)


def monday_of(typed: str, today: dt.date) -> dt.date:
    """The Monday of the week with the typed day; of this week when it is nonsense or ten years away."""
    try:
        day = parse_date(typed) or today
    except ValueError:
        day = today
    day = day if abs(day - today) < FARTHEST else today
    return day - dt.timedelta(days=day.weekday())


def week_of(clinician: Clinician, monday: dt.date, zone: zoneinfo.ZoneInfo) -> list[Day]:
    """Seven days; three queries whatever stands in them."""
    first, last = dt.datetime.combine(monday, dt.time(), zone), monday + dt.timedelta(days=DAYS)
    end = dt.datetime.combine(last, dt.time(), zone)
    visits = (
        Appointment.objects.filter(clinician=clinician, starts_at__gte=first, starts_at__lt=end)
        .exclude(status__in=(Appointment.Status.CANCELLED_BY_CLINIC, Appointment.Status.CANCELLED_BY_PATIENT))
        .select_related("patient", "appointment_type")
        .order_by("starts_at", "pk")
    )
    rules = rulebook([clinician.pk], first=monday, last=last)
    by_day: dict[dt.date, list[Appointment]] = {}
    for visit in visits:
        by_day.setdefault(visit.starts_at.astimezone(zone).date(), []).append(visit)
    dates = [monday + dt.timedelta(days=number) for number in range(DAYS)]
    return [_day(clinician, date, zone, rules, by_day.get(date, [])) for date in dates]


def _day(
    clinician: Clinician, date: dt.date, zone: zoneinfo.ZoneInfo, rules: Rulebook, visits: list[Appointment]
) -> Day:
    windows = rules.windows(clinician, date, zone)
    busy = [(visit.occupied_from, visit.occupied_until) for visit in visits if visit.status in OCCUPYING]
    entries = [
        *(Entry(starts_at=visit.starts_at, ends_at=visit.ends_at, visit=visit) for visit in visits),
        *(Entry(starts_at=start, ends_at=end) for start, end in gaps(windows, busy)),
    ]
    return Day(
        date=date,
        windows=windows,
        exceptions=rules.exceptions_on(clinician.pk, date),
        entries=sorted(entries, key=lambda entry: (entry.starts_at, entry.visit is not None)),
    )


def gaps(windows: Sequence[Interval], busy: Sequence[Interval]) -> list[Interval]:
    """What the taken time leaves of the windows, in order; crumbs under five minutes are left out."""
    free = []
    for start, end in windows:
        begin = start
        for taken_from, taken_until in sorted(busy):
            if taken_until <= begin or taken_from >= end:
                continue
            if taken_from - begin >= SHORTEST_GAP:
                free.append((begin, taken_from))
            begin = max(begin, taken_until)
        if end - begin >= SHORTEST_GAP:
            free.append((begin, end))
    return free


def _id(typed: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed or "")
    except ValueError:
        return None
