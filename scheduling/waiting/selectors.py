"""Who waits, and which free times they would like. Nothing here writes.

Nothing notices that a time "frees": whatever freed it (a cancelling, a move, a change of the rules), it is
on the list of free times, and whoever waits for such a time is found beside it. So nothing can be missed.
"""

import datetime as dt
import uuid
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.db.models import F, Q, QuerySet

from clinic.models import ClinicProfile
from intake.models import ConsultationRequest
from scheduling import availability
from scheduling.models import (
    LIVE,
    OCCUPYING,
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Clinician,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.slots import Interval, overlaps
from scheduling.waiting.wishes import fits

MOST_TIMES = 30
DONE = ("cancelled_by_patient", "completed", "no_show")  # whose visit ended so since they asked does not wait
MOVABLE = ("booked", "confirmed")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One who waits. `visit` is the one they have, if any; `held` when they are seen (without buffers)."""

    entry: WaitlistEntry
    visit: Appointment | None
    held: list[Interval] = field(default_factory=list)

    def wants(self, start: dt.datetime, clinician: Clinician, zone: zoneinfo.ZoneInfo) -> bool:
        """Whether this start fits the wish, is earlier than what they have, and they are free then."""
        if self.visit is not None and (start >= self.visit.starts_at or not _speaks(clinician, self.visit.language)):
            return False
        end = start + dt.timedelta(minutes=self.entry.appointment_type.duration)
        return fits(self.entry, start, clinician, zone) and not any(overlaps((start, end), one) for one in self.held)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One who would like a time, and what they were told about it so far."""

    waiting: Waiting
    offer: WaitlistOffer | None


@dataclass(frozen=True, kw_only=True)
class WantedTime:
    """A free time, and who would like it: who has waited longest comes first.

    `freed_at`: when a visit left this time, if one did.
    """

    start: dt.datetime
    clinician: Clinician
    people: list[Asked]
    freed_at: dt.datetime | None = None


def live_entry_of(request: ConsultationRequest) -> WaitlistEntry | None:
    """What this request waits for, if it does."""
    return _entries().filter(request=request).first()


def offer_by_id(offer_id: uuid.UUID) -> WaitlistOffer:
    """One offer with what its page names. Raises WaitlistOffer.DoesNotExist."""
    return WaitlistOffer.objects.select_related(
        "clinician", "visit", "entry__request__patient", "entry__appointment_type", "entry__clinician"
    ).get(pk=offer_id)


def waiting_for(entry: WaitlistEntry, *, now: dt.datetime) -> Waiting | None:
    """The one person of this entry, when they wait now."""
    return next(iter(people_waiting(now=now, only=entry)), None)


def people_waiting(*, now: dt.datetime, only: WaitlistEntry | None = None) -> list[Waiting]:
    """Who waits now, longest first. Two queries, however many they are."""
    rows = _entries().filter(request__status=ConsultationRequest.Status.OPEN)
    entries = list(rows if only is None else rows.filter(pk=only.pk))
    visits = _visits(entries)
    found = []
    for entry in entries:
        own = [visit for visit in visits[entry.request.patient_id] if visit.request_id == entry.request_id]
        visit = next((one for one in own if one.is_live), None)
        if _waits(entry, visit, own, now):
            held = [
                (one.starts_at, one.ends_at) for one in visits[entry.request.patient_id] if one.is_live and one != visit
            ]
            found.append(Waiting(entry=entry, visit=visit, held=held))
    return found


def wanted_times(*, now: dt.datetime, most: int = MOST_TIMES) -> list[WantedTime]:
    """The soonest free times that somebody waits for, those that came free first.

    The number of queries grows with the types alone.
    """
    waiting = people_waiting(now=now)
    offers = _offers(waiting)
    zone = ClinicProfile.current().zone_info
    kinds = {one.entry.appointment_type_id: one.entry.appointment_type for one in waiting}
    found: list[WantedTime] = []
    for kind in kinds.values():
        people = [one for one in waiting if one.entry.appointment_type_id == kind.pk]
        found += _wanted(kind, people, offers, zone, now)
    freed = _freed({one.start for one in found})
    marked = [replace(one, freed_at=freed.get((one.clinician.pk, one.start))) for one in found]
    return sorted(marked, key=lambda one: (one.freed_at is None, one.start))[:most]


def _entries() -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(stopped_at=None).select_related(
        "request__patient", "appointment_type", "clinician"
    )


def _visits(entries: Iterable[WaitlistEntry]) -> dict[uuid.UUID, list[Appointment]]:
    patients = {entry.request.patient_id for entry in entries}
    visits = defaultdict(list)
    rows = Appointment.objects.filter(Q(status__in=LIVE) | Q(status__in=DONE), patient__in=patients)
    for visit in rows.select_related("appointment_type", "clinician"):
        visits[visit.patient_id].append(visit)
    return visits


def _waits(entry: WaitlistEntry, visit: Appointment | None, own: list[Appointment], now: dt.datetime) -> bool:
    """Who has a visit waits while it can still be changed; who has none, unless it ended since they asked."""
    if visit is not None:
        return visit.status in MOVABLE and now < visit.change_ends_at
    return not any(one.updated_at > entry.asked_at for one in own)


def _offers(waiting: list[Waiting]) -> dict[tuple[uuid.UUID, uuid.UUID, dt.datetime], WaitlistOffer]:
    rows = WaitlistOffer.objects.filter(entry__in=[one.entry for one in waiting])
    return {(row.entry_id, row.clinician_id, row.starts_at): row for row in rows}


def _wanted(
    kind: AppointmentType,
    people: list[Waiting],
    offers: dict[tuple[uuid.UUID, uuid.UUID, dt.datetime], WaitlistOffer],
    zone: zoneinfo.ZoneInfo,
    now: dt.datetime,
) -> Iterator[WantedTime]:
    today = now.astimezone(zone).date()
    starts = availability.free_starts(
        appointment_type=kind, first_day=today, last_day=today + dt.timedelta(days=kind.horizon_days), now=now
    )
    for start, clinicians in starts.items():
        for clinician in clinicians:
            asked = [
                Asked(waiting=one, offer=offers.get((one.entry.pk, clinician.pk, start)))
                for one in people
                if one.wants(start, clinician, zone)
            ]
            if asked:
                yield WantedTime(start=start, clinician=clinician, people=asked)


def _speaks(clinician: Clinician, language: str) -> bool:
    return not language or language in clinician.languages


def _freed(starts: set[dt.datetime]) -> dict[tuple[uuid.UUID, dt.datetime], dt.datetime]:
    """When a visit last left one of these times of its clinician: called off, or moved away."""
    if not starts:
        return {}
    events = AppointmentEvent.objects.filter(starts_at__gte=min(starts), starts_at__lte=max(starts))
    left = events.filter(~Q(appointment__starts_at=F("starts_at")) | ~Q(appointment__status__in=OCCUPYING))
    rows = left.values_list("appointment__clinician", "starts_at", "appointment__updated_at")
    return {(clinician, start): at for clinician, start, at in rows.order_by("appointment__updated_at")}
