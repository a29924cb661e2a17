"""Which times are free: loads rules and busy times in a few queries and calls `slots`.

One rule for everybody: `bookable()` asks the same code as the list, for one day. A window never
reaches over midnight into the next date's, so the answer for a day does not depend on how many days
were asked for.
"""

import datetime as dt
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from clinic.models import ClinicProfile
from intake.models import Patient
from scheduling.busy import visits_holding_time, visits_of_patient
from scheduling.models import Appointment, AppointmentType, Clinician, ScheduleException, WorkingHours
from scheduling.slots import DAY, Interval, clinic_windows, overlaps, slot_starts

NEAREST_WITHIN_DAYS = (3, 14)  # looked through first; then the whole horizon

Starts = dict[dt.datetime, list[Clinician]]


@dataclass(frozen=True, kw_only=True)
class Span:
    """The dates asked for, cut to what can be booked, in the clinic's zone."""

    first: dt.date
    last: dt.date
    zone: zoneinfo.ZoneInfo

    @property
    def dates(self) -> list[dt.date]:
        """Each date, and one more on both sides for clinicians in another zone."""
        days = (self.last - self.first).days + 2
        return [self.first + dt.timedelta(days=offset) for offset in range(-1, days)]

    def holds(self, start: dt.datetime) -> bool:
        """Whether the instant falls on one of the dates asked for."""
        return self.first <= start.astimezone(self.zone).date() <= self.last


@dataclass(kw_only=True)
class Diary:
    """Rules and visits of the clinicians who hold one type, for one span."""

    clinicians: list[Clinician]
    hours: dict[object, list[WorkingHours]] = field(default_factory=lambda: defaultdict(list))
    exceptions: dict[object, list[ScheduleException]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[tuple[object, dt.date], list[Interval]] = field(default_factory=lambda: defaultdict(list))
    visits: Counter[tuple[object, dt.date]] = field(default_factory=Counter)
    of_type: Counter[tuple[object, dt.date]] = field(default_factory=Counter)

    def windows(self, clinician: Clinician, date: dt.date, zone: zoneinfo.ZoneInfo) -> list[Interval]:
        """The clinician's windows on one date, after exceptions of theirs and of the whole clinic."""
        hours = [
            (row.starts, row.ends)
            for row in self.hours[clinician.pk]
            if row.weekday == date.weekday()
            and (row.valid_from is None or row.valid_from <= date)
            and (row.valid_until is None or date <= row.valid_until)
        ]
        rows = (*self.exceptions[clinician.pk], *self.exceptions[None])
        exceptions = [(row.effect, row.starts, row.ends) for row in rows if row.date == date]
        return clinic_windows(date, hours, exceptions, zone)


def free_starts(
    *,
    appointment_type: AppointmentType,
    first_day: dt.date,
    last_day: dt.date,
    now: dt.datetime,
    clinician: Clinician | None = None,
    moving: Appointment | None = None,
) -> Starts:
    """Each start (UTC) on these dates of the clinic's zone, in order, with the clinicians free then.

    The clinicians stand in order of fewest visits that day. The time of a visit that is `moving` counts as free. The number of queries does not depend on
    the number of days, clinicians or visits.
    """
    profile = ClinicProfile.current()
    span = _span(profile, appointment_type, first_day, last_day, now)
    if span is None:
        return {}
    return _starts(appointment_type, span, now, _diary(appointment_type, span, clinician, now, moving=moving))


def bookable(
    *,
    appointment_type: AppointmentType,
    clinician: Clinician,
    start: dt.datetime,
    now: dt.datetime,
    moving: Appointment | None = None,
) -> bool:
    """Whether the list offers this clinician at this start. The same rule, asked for one day."""
    day = _clinic_date(ClinicProfile.current(), start)
    return clinician in free_starts(
        appointment_type=appointment_type, first_day=day, last_day=day, now=now, clinician=clinician, moving=moving
    ).get(start, [])


def free_clinicians(
    *,
    appointment_type: AppointmentType,
    start: dt.datetime,
    now: dt.datetime,
    clinician: Clinician | None = None,
    moving: Appointment | None = None,
) -> list[Clinician]:
    """Who is free at this start, fewest visits that day first; only `clinician` when one is named."""
    day = _clinic_date(ClinicProfile.current(), start)
    starts = free_starts(
        appointment_type=appointment_type, first_day=day, last_day=day, now=now, clinician=clinician, moving=moving
    )
    return starts.get(start, [])


def would_be_offered(
    *, appointment_type: AppointmentType, start: dt.datetime, now: dt.datetime, clinician: Clinician | None = None
) -> bool:
    """Whether the list would hold this start if nobody had booked: tells "taken" from "never was there"."""
    profile = ClinicProfile.current()
    day = _clinic_date(profile, start)
    span = _span(profile, appointment_type, day, day, now)
    if span is None:
        return False
    diary = _diary(appointment_type, span, clinician, now, with_visits=False)
    return start in _starts(appointment_type, span, now, diary)


def nearest_starts(
    *,
    appointment_type: AppointmentType,
    start: dt.datetime,
    now: dt.datetime,
    count: int = 6,
    clinician: Clinician | None = None,
    patient: Patient | None = None,
    moving: Appointment | None = None,
) -> list[dt.datetime]:
    """The `count` free starts nearest to `start`, in order of time; none that overlaps a visit of `patient`."""
    held = visits_of_patient(patient.pk, moving=moving) if patient else []
    length = dt.timedelta(minutes=appointment_type.duration)
    today = _clinic_date(ClinicProfile.current(), now)
    end = today + dt.timedelta(days=appointment_type.horizon_days)
    middle = min(max(_clinic_date(ClinicProfile.current(), start), today), end)
    nearest: list[dt.datetime] = []
    for reach in (*NEAREST_WITHIN_DAYS, appointment_type.horizon_days):
        starts = free_starts(
            appointment_type=appointment_type,
            first_day=middle - dt.timedelta(days=reach),
            last_day=middle + dt.timedelta(days=reach),
            now=now,
            clinician=clinician,
            moving=moving,
        )
        free = [one for one in starts if not any(overlaps((one, one + length), visit) for visit in held)]
        nearest = sorted(free, key=lambda one: abs(one - start))[:count]
        if len(nearest) == count:
            break
    return sorted(nearest)


def clinician_zone(clinician: Clinician, clinic_zone: zoneinfo.ZoneInfo) -> zoneinfo.ZoneInfo:
    """The zone in which the clinician's hours are read: their own, else the clinic's."""
    return zoneinfo.ZoneInfo(clinician.zone) if clinician.zone else clinic_zone


def _clinic_date(profile: ClinicProfile, moment: dt.datetime) -> dt.date:
    if moment.utcoffset() is None:
        raise ValueError("A start needs a zone")
    try:
        return moment.astimezone(profile.zone_info).date()
    except OverflowError:  # a tampered form may send the year 1 or 9999: no such day is on the list
        return moment.date()


def _span(
    profile: ClinicProfile, appointment_type: AppointmentType, first: dt.date, last: dt.date, now: dt.datetime
) -> Span | None:
    """The dates within the horizon; None when nothing can be booked."""
    today = _clinic_date(profile, now)
    first, last = max(first, today), min(last, today + dt.timedelta(days=appointment_type.horizon_days))
    if profile.booking_paused or not appointment_type.is_active or first > last:
        return None
    return Span(first=first, last=last, zone=profile.zone_info)


def _diary(
    appointment_type: AppointmentType,
    span: Span,
    clinician: Clinician | None,
    now: dt.datetime,
    *,
    with_visits: bool = True,
    moving: Appointment | None = None,
) -> Diary:
    clinicians = Clinician.objects.filter(is_bookable=True, appointment_types=appointment_type)
    if clinician is not None:
        clinicians = clinicians.filter(pk=clinician.pk)
    diary = Diary(clinicians=list(clinicians.order_by("name", "pk")))
    ids = [one.pk for one in diary.clinicians]
    for row in WorkingHours.objects.filter(clinician__in=ids):
        diary.hours[row.clinician_id].append(row)
    mine_or_all = Q(clinician__in=ids) | Q(clinician=None)
    for exception in ScheduleException.objects.filter(mine_or_all, date__in=span.dates):
        diary.exceptions[exception.clinician_id].append(exception)
    if with_visits:
        _add_visits(diary, appointment_type, span, visits_holding_time(now, moving))
    return diary


def _add_visits(diary: Diary, appointment_type: AppointmentType, span: Span, visits: QuerySet[Appointment]) -> None:
    """Busy time and daily counts. Nothing occupies more than a day (see `type_fits_in_a_day`)."""
    begin = dt.datetime.combine(span.dates[0], dt.time(), dt.UTC)
    end = dt.datetime.combine(span.dates[-1], dt.time(), dt.UTC)
    zones = {one.pk: clinician_zone(one, span.zone) for one in diary.clinicians}
    rows = visits.filter(
        clinician__in=list(zones), occupied_from__gt=begin - 2 * DAY, occupied_from__lt=end + 3 * DAY
    ).values_list("clinician_id", "occupied_from", "occupied_until", "starts_at", "appointment_type_id")
    for clinician_id, occupied_from, occupied_until, starts_at, type_id in rows:
        zone = zones[clinician_id]
        day = (clinician_id, starts_at.astimezone(zone).date())
        for date in _dates_touched(occupied_from.astimezone(zone).date(), occupied_until.astimezone(zone).date()):
            diary.busy[clinician_id, date].append((occupied_from, occupied_until))
        diary.visits[day] += 1
        diary.of_type[day] += type_id == appointment_type.pk


def _dates_touched(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The dates whose visits may collide: buffers reach over midnight, so one more on both sides."""
    for offset in range(-1, (last - first).days + 2):
        yield first + dt.timedelta(days=offset)


def _starts(appointment_type: AppointmentType, span: Span, now: dt.datetime, diary: Diary) -> Starts:
    offers: dict[dt.datetime, list[tuple[int, Clinician]]] = defaultdict(list)
    for clinician in diary.clinicians:
        for start, visits in _starts_of(clinician, appointment_type, span, now, diary):
            offers[start].append((visits, clinician))
    return {
        start: [clinician for _visits, clinician in sorted(offers[start], key=lambda offer: offer[0])]
        for start in sorted(offers)
    }


def _starts_of(
    clinician: Clinician, appointment_type: AppointmentType, span: Span, now: dt.datetime, diary: Diary
) -> Iterator[tuple[dt.datetime, int]]:
    """Each start of one clinician, with the number of their visits that day."""
    zone = clinician_zone(clinician, span.zone)
    cap = appointment_type.daily_cap
    first = now + dt.timedelta(minutes=appointment_type.minimum_notice)
    for date in span.dates:
        day = (clinician.pk, date)
        if cap is not None and diary.of_type[day] >= cap:
            continue
        windows = diary.windows(clinician, date, zone)
        for start in starts_within(appointment_type, windows, diary.busy[day], not_before=first):
            if span.holds(start):
                yield start, diary.visits[day]


def starts_within(
    appointment_type: AppointmentType,
    windows: list[Interval],
    busy: list[Interval],
    *,
    not_before: dt.datetime | None = None,
) -> list[dt.datetime]:
    """The starts (UTC) that fit the type's lengths into the windows; see `slots.slot_starts`."""
    return slot_starts(
        windows=windows,
        busy=busy,
        duration=dt.timedelta(minutes=appointment_type.duration),
        step=dt.timedelta(minutes=appointment_type.slot_step or appointment_type.duration),
        buffer_before=dt.timedelta(minutes=appointment_type.buffer_before),
        buffer_after=dt.timedelta(minutes=appointment_type.buffer_after),
        not_before=not_before,
    )
