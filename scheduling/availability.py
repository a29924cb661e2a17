"""Which times are free: loads rules and busy times in a few queries and calls `slots`.

One rule for everybody: `bookable()` asks the same code as the list, for one day. A window never
reaches over midnight into the next date's, so the answer for a day does not depend on how many days
were asked for.
"""

import datetime as dt
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet

from clinic.models import ClinicProfile
from intake.models import Patient
from scheduling.busy import visits_holding_time, visits_of_patient
from scheduling.models import Appointment, AppointmentType, Clinician
from scheduling.rulebook import Crew, Rulebook, clinician_zone, crew_with_hours, rulebook
from scheduling.slots import DAY, Interval, overlaps, slot_starts

NEAREST_WITHIN_DAYS = (1, 3, 14)  # looked through first; then the whole horizon

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
        return [self.first + dt.timedelta(days=offset) for offset in range(-1, (self.last - self.first).days + 2)]

    def holds(self, start: dt.datetime) -> bool:
        """Whether the instant falls on one of the dates asked for."""
        return self.first <= start.astimezone(self.zone).date() <= self.last


@dataclass(kw_only=True)
class Diary:
    """Rules and taken time of the clinicians who hold one type, for one span."""

    clinicians: list[Clinician]
    rules: Rulebook
    zones: dict[object, zoneinfo.ZoneInfo]
    busy: dict[tuple[object, dt.date], list[Interval]] = field(default_factory=lambda: defaultdict(list))
    visits: Counter[tuple[object, dt.date]] = field(default_factory=Counter)
    of_type: Counter[tuple[object, dt.date]] = field(default_factory=Counter)

    def take(self, clinician_id: object, occupied: Interval) -> None:
        """Count this time as taken. Any source of busy time comes in here, a private calendar too."""
        zone = self.zones[clinician_id]
        first, last = (edge.astimezone(zone).date() for edge in occupied)
        for date in _dates_touched(first, last):
            self.busy[clinician_id, date].append(occupied)


def free_starts(
    *,
    appointment_type: AppointmentType,
    first_day: dt.date,
    last_day: dt.date,
    now: dt.datetime,
    clinician: Clinician | None = None,
    moving: Appointment | None = None,
    language: str = "",
    profile: ClinicProfile | None = None,
    crew: Crew | None = None,
) -> Starts:
    """Each start (UTC) on these dates of the clinic's zone, in order, with the clinicians free then.

    The clinicians stand in order of fewest visits that day. The time of a visit that is `moving` counts
    as free. With a `language` (a code) only those who speak it count. A caller that has read the profile
    and the `crew_of()` the type hands them over. The number of queries does not depend on the number of
    days, clinicians or visits.
    """
    span = _span(profile or ClinicProfile.current(), appointment_type, first_day, last_day, now)
    if span is None:
        return {}
    speakers = _speakers(crew or crew_of(appointment_type, clinician), language)
    return _starts(appointment_type, span, now, _diary(appointment_type, span, speakers, now, moving=moving))


def crew_of(appointment_type: AppointmentType, clinician: Clinician | None = None) -> Crew:
    """Who can be booked for this kind of visit; only `clinician` when one is named. One query."""
    rows = Clinician.objects.filter(is_bookable=True, appointment_types=appointment_type)
    return crew_with_hours(rows if clinician is None else rows.filter(pk=clinician.pk))


def _speakers(crew: Crew, language: str) -> Crew:
    """Those who speak the language, where one is asked for."""
    return replace(crew, clinicians=[one for one in crew.clinicians if not language or language in one.languages])


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
    language: str = "",
) -> list[Clinician]:
    """Who is free at this start, fewest visits that day first; only `clinician` when one is named."""
    day = _clinic_date(ClinicProfile.current(), start)
    starts = free_starts(
        appointment_type=appointment_type,
        first_day=day,
        last_day=day,
        now=now,
        clinician=clinician,
        moving=moving,
        language=language,
    )
    return starts.get(start, [])


def would_be_offered(
    *,
    appointment_type: AppointmentType,
    start: dt.datetime,
    now: dt.datetime,
    clinician: Clinician | None = None,
    language: str = "",
) -> bool:
    """Whether the list would hold this start if nobody had booked: tells "taken" from "never was there"."""
    profile = ClinicProfile.current()
    day = _clinic_date(profile, start)
    span = _span(profile, appointment_type, day, day, now)
    if span is None:
        return False
    speakers = _speakers(crew_of(appointment_type, clinician), language)
    diary = _diary(appointment_type, span, speakers, now, with_visits=False)
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
    language: str = "",
) -> list[dt.datetime]:
    """The `count` free starts nearest to `start`, in order of time; none that overlaps a visit of `patient`."""
    held = visits_of_patient(patient.pk, moving=moving) if patient else []
    length = dt.timedelta(minutes=appointment_type.duration)
    profile = ClinicProfile.current()
    today = _clinic_date(profile, now)
    end = today + dt.timedelta(days=appointment_type.horizon_days)
    middle = min(max(_clinic_date(profile, start), today), end)
    reaches = iter((*NEAREST_WITHIN_DAYS, appointment_type.horizon_days))
    while True:  # ends at the latest with the horizon, which holds every day
        first, last = middle - DAY * (reach := next(reaches)), middle + DAY * reach
        starts = free_starts(
            appointment_type=appointment_type,
            first_day=first,
            last_day=last,
            now=now,
            clinician=clinician,
            moving=moving,
            language=language,
            profile=profile,
        )
        free = [one for one in starts if not any(overlaps((one, one + length), visit) for visit in held)]
        nearest = sorted(free, key=lambda one: abs(one - start))[:count]
        far = abs(nearest[-1] - start) if len(nearest) == count else dt.timedelta.max
        begins, ends = (dt.datetime.combine(day, dt.time(), profile.zone_info) for day in (first, last + DAY))
        if (first <= today or far <= start - begins) and (last >= end or far <= ends - start):
            return sorted(nearest)  # no day that was not looked through holds a nearer one


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
    crew: Crew,
    now: dt.datetime,
    *,
    with_visits: bool = True,
    moving: Appointment | None = None,
) -> Diary:
    diary = Diary(
        clinicians=crew.clinicians,
        rules=rulebook([one.pk for one in crew.clinicians], first=span.dates[0], last=span.dates[-1], hours=crew.hours),
        zones={one.pk: clinician_zone(one, span.zone) for one in crew.clinicians},
    )
    if with_visits:
        _add_visits(diary, appointment_type, span, visits_holding_time(now, moving))
    return diary


def _add_visits(diary: Diary, appointment_type: AppointmentType, span: Span, visits: QuerySet[Appointment]) -> None:
    """Busy time and daily counts. Nothing occupies more than a day (see `type_fits_in_a_day`)."""
    begin, end = (dt.datetime.combine(span.dates[edge], dt.time(), dt.UTC) for edge in (0, -1))
    rows = visits.filter(
        clinician__in=list(diary.zones), occupied_from__gt=begin - 2 * DAY, occupied_from__lt=end + 3 * DAY
    ).values_list("clinician_id", "occupied_from", "occupied_until", "starts_at", "appointment_type_id")
    for clinician_id, occupied_from, occupied_until, starts_at, type_id in rows:
        diary.take(clinician_id, (occupied_from, occupied_until))
        day = (clinician_id, starts_at.astimezone(diary.zones[clinician_id]).date())
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
    zone = diary.zones[clinician.pk]
    cap = appointment_type.daily_cap
    first = now + dt.timedelta(minutes=appointment_type.minimum_notice)
    for date in span.dates:
        day = (clinician.pk, date)
        if cap is not None and diary.of_type[day] >= cap:
            continue
        windows = diary.rules.windows(clinician, date, zone)
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
