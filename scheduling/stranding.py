"""Visits that the rules no longer allow: booked under hours, closures and kinds of visit that changed since.

They stand until somebody moves or calls them. Who changes a rule is asked first (`scheduling.admin.asking`),
and what is left over is work for the desk (`stranded_visits`).
"""

import datetime as dt
import hashlib
import uuid
import zoneinfo
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from clinic.as_stored import AsStored, identity, instant
from clinic.models import ClinicProfile, User
from scheduling.errors import IllegalMoveError
from scheduling.history import write_event
from scheduling.messages import short_time
from scheduling.models import LIVE, Appointment, AppointmentEvent, AppointmentType, Clinician, ScheduleException
from scheduling.rulebook import Rulebook, clinician_zone, rulebook
from scheduling.slots import DAY, Interval, overlaps, wall_interval

KEPT = "kept outside the rules"
FINGERPRINT_LENGTH = 16


class Why(StrEnum):
    """What stands against a visit."""

    TYPE_OFF = "type off"
    NOT_BOOKABLE = "not bookable"
    NOT_HELD = "not held"
    CLOSED = "closed"
    OUTSIDE = "outside"


@dataclass(frozen=True, kw_only=True)
class Stranded:
    """One live visit to come that the rules would not offer. `reason` is a sentence for staff."""

    visit: Appointment
    when: str
    why: Why
    reason: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The same before the visit itself is read: enough to count, to page and to choose."""

    visit_id: uuid.UUID
    why: Why
    reason: str


def stranded_visits(
    *, now: dt.datetime | None = None, on_dates: Collection[dt.date] | None = None, with_kept: bool = False
) -> list[Stranded]:
    """The live visits to come that no rule allows any more, in order of time; nine queries, however many.

    `on_dates` narrows to dates of the clinic's zone. What staff put or left outside the rules on purpose
    is not work any more; `with_kept` shows it too.
    """
    return named(findings(now=now, on_dates=on_dates, with_kept=with_kept))


def findings(
    *, now: dt.datetime | None = None, on_dates: Collection[dt.date] | None = None, with_kept: bool = False
) -> list[Finding]:
    """The same, without the visits: one pass over all that come, which reads no names."""
    zone = ClinicProfile.current().zone_info
    visits = _coming(now or timezone.now(), on_dates, zone, with_kept=with_kept)
    survey = _survey(visits, zone) if visits else None
    return [found for visit in visits if survey is not None and (found := survey.finding(visit)) is not None]


def named(found: Sequence[Finding]) -> list[Stranded]:
    """With the visits and whom they are with; one query for as many as are shown."""
    if not found:
        return []
    zone = ClinicProfile.current().zone_info
    rows = Appointment.objects.select_related("clinician", "appointment_type", "patient", "request")
    visits = rows.in_bulk([one.visit_id for one in found])
    return [
        Stranded(visit=visit, when=short_time(visit.starts_at, zone), why=one.why, reason=one.reason)
        for one in found
        if (visit := visits.get(one.visit_id)) is not None
    ]


def newly_stranded(before: Iterable[Stranded], after: Iterable[Stranded]) -> list[Stranded]:
    """What a change of rules strands: visits that stood well before, or stood badly for another reason."""
    known = {(one.visit.pk, one.why) for one in before}
    return [one for one in after if (one.visit.pk, one.why) not in known]


def fingerprint(found: Iterable[Stranded]) -> str:
    """Names one set of stranded visits, so that a yes counts only for what was shown."""
    names = sorted(f"{one.visit.pk} {one.why}" for one in found)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:FINGERPRINT_LENGTH]


def count_as_work(found: Iterable[Stranded]) -> None:
    """Put visits that a change strands on the desk's list, also those that stood outside the hours on purpose."""
    Appointment.objects.filter(pk__in=[one.visit.pk for one in found], is_outside_hours=True).update(
        is_outside_hours=False
    )


def keep_stranded(*, appointment: Appointment, by: User) -> Appointment:
    """The desk says: this visit stands as it is. Writes it into the history; a second time changes nothing.

    Raises IllegalMoveError for a visit that does not stand any more.
    """
    rows = Appointment.objects.filter(pk=appointment.pk, status__in=LIVE)
    with transaction.atomic():
        changed = rows.filter(is_outside_hours=False).update(is_outside_hours=True, updated_at=timezone.now())
        visit = Appointment.objects.get(pk=appointment.pk)
        if changed:
            write_event(visit, KEPT, source=AppointmentEvent.Source.STAFF, by=by)
    if not visit.is_live:
        raise IllegalMoveError(f"It is marked {visit.get_status_display().lower()} meanwhile.")
    return visit


class _Standing(NamedTuple):
    """A visit as it is stored, but for its instants (UTC); ids are keys."""

    pk: str
    clinician: str
    kind: str
    begins: dt.datetime
    ends: dt.datetime


def _coming(
    now: dt.datetime, on_dates: Collection[dt.date] | None, zone: zoneinfo.ZoneInfo, *, with_kept: bool
) -> list[_Standing]:
    if on_dates is not None and not on_dates:
        return []
    rows = Appointment.objects.filter(status__in=LIVE, starts_at__gt=now)
    if not with_kept:
        rows = rows.filter(is_outside_hours=False)
    if on_dates:
        first = dt.datetime.combine(min(on_dates), dt.time(), zone)
        end = dt.datetime.combine(max(on_dates) + DAY, dt.time(), zone)
        rows = rows.filter(starts_at__gte=first, starts_at__lt=end)
    times = cache(instant)  # many begin at the same hour
    columns = map(AsStored, ("pk", "clinician_id", "appointment_type_id", "starts_at", "ends_at"))
    read = rows.order_by("starts_at", "pk").values_list(*columns)
    visits = [_Standing(pk, clinician, kind, times(starts), times(ends)) for pk, clinician, kind, starts, ends in read]
    return [one for one in visits if on_dates is None or one.begins.astimezone(zone).date() in on_dates]


def _survey(visits: Sequence[_Standing], clinic_zone: zoneinfo.ZoneInfo) -> "_Survey":
    """The rules for these visits; five queries."""
    ids = {identity(one) for one in {visit.clinician for visit in visits}}
    clinicians = Clinician.objects.in_bulk(ids)
    first, last = visits[0].begins.date(), visits[-1].begins.date()  # of UTC: a day more on both sides
    pairs = AppointmentType.clinicians.through.objects.filter(clinician__in=ids)
    return _Survey(
        clinicians=clinicians,
        kinds=AppointmentType.objects.in_bulk(),
        zones={pk: clinician_zone(one, clinic_zone) for pk, one in clinicians.items()},
        rules=rulebook(ids, first=first - DAY, last=last + DAY),
        held=set(pairs.values_list("appointmenttype_id", "clinician_id")),
    )


@dataclass(frozen=True, kw_only=True)
class _Survey:
    """What the rules say now, loaded once for many visits; each question about a pair or a day is answered once."""

    clinicians: Mapping[uuid.UUID, Clinician]
    kinds: Mapping[uuid.UUID, AppointmentType]
    zones: Mapping[uuid.UUID, zoneinfo.ZoneInfo]
    rules: Rulebook
    held: set[tuple[uuid.UUID, uuid.UUID]]
    people: dict[str, Clinician] = field(default_factory=dict)
    pairs: dict[tuple[str, str], tuple[Why, str] | None] = field(default_factory=dict)
    days: dict[tuple[dt.datetime, str], dt.date] = field(default_factory=dict)
    windows: dict[tuple[str, dt.date], list[Interval]] = field(default_factory=dict)

    def finding(self, visit: _Standing) -> Finding | None:
        """What stands against the visit; None when it lies within the rules."""
        pair = (visit.clinician, visit.kind)
        if pair not in self.pairs:
            self.people[visit.clinician] = self.clinicians[identity(visit.clinician)]
            self.pairs[pair] = self._against_pair(self.people[visit.clinician], self.kinds[identity(visit.kind)])
        verdict = self.pairs[pair] or (None if self._is_inside(visit) else self._against_time(visit))
        return None if verdict is None else Finding(visit_id=identity(visit.pk), why=verdict[0], reason=verdict[1])

    def _against_pair(self, clinician: Clinician, kind: AppointmentType) -> tuple[Why, str] | None:
        if not kind.is_active:
            return Why.TYPE_OFF, f"{kind.name} is switched off."
        if not clinician.is_bookable:
            return Why.NOT_BOOKABLE, f"{clinician.name} cannot be booked any more."
        if (kind.pk, clinician.pk) not in self.held:
            return Why.NOT_HELD, f"{clinician.name} does not hold {kind.name} any more."
        return None

    def _against_time(self, visit: _Standing) -> tuple[Why, str]:
        clinician = self.people[visit.clinician]
        closure = self._closure(clinician, visit)
        if closure is None:
            return Why.OUTSIDE, f"It lies outside the working hours of {clinician.name}."
        what = f"{clinician.name} is away then" if closure.clinician_id else "The clinic is closed then"
        return Why.CLOSED, f"{what}: {closure.reason}." if closure.reason else f"{what}."

    def _is_inside(self, visit: _Standing) -> bool:
        clinician = self.people[visit.clinician]
        zone = self.zones[clinician.pk]
        moment = (visit.begins, zone.key)
        if moment not in self.days:
            self.days[moment] = visit.begins.astimezone(zone).date()
        day = self.days[moment]
        key = (visit.clinician, day)
        if key not in self.windows:
            self.windows[key] = self.rules.windows(clinician, day, zone)
        return any(opens <= visit.begins and visit.ends <= closes for opens, closes in self.windows[key])

    def _closure(self, clinician: Clinician, visit: _Standing) -> ScheduleException | None:
        """What closes the time of the visit, if a closure does."""
        zone = self.zones[clinician.pk]
        begins, ends = (edge.astimezone(zone).replace(tzinfo=None) for edge in (visit.begins, visit.ends))
        for row in self.rules.exceptions_on(clinician.pk, begins.date()):
            closed = wall_interval(begins.date(), row.starts, row.ends)
            if row.effect == ScheduleException.Effect.CLOSED and overlaps(closed, (begins, ends)):
                return row
        return None
