"""Reads of the schedule. Nothing here writes."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from intake.models import ConsultationRequest, Patient
from intake.selectors import contact_search, promised_calls, requests_matching, requests_of_contact
from notifications.models import Channel
from scheduling.models import (
    LIVE,
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Clinician,
    Language,
    Location,
    ScheduleException,
    WorkingHours,
)
from scheduling.slots import DAY

CONSULTATION = "free-consultation"


def consultation_type() -> AppointmentType | None:
    """What a request from the public form books: the free consultation, else the oldest active type."""
    active = list(AppointmentType.objects.filter(is_active=True).order_by("created_at", "pk"))
    return next((one for one in active if one.slug == CONSULTATION), active[0] if active else None)


def visit_by_id(visit_id: uuid.UUID) -> Appointment:
    """One visit with what its pages and messages name. Raises Appointment.DoesNotExist."""
    return _with_names().get(pk=visit_id)


def start_of_visit(visit_id: str) -> dt.datetime | None:
    """When a visit begins; None for an id that is none."""
    try:
        return Appointment.objects.filter(pk=uuid.UUID(visit_id)).values_list("starts_at", flat=True).first()
    except ValueError:
        return None


def visit_by_booking_key(key: uuid.UUID) -> Appointment | None:
    """The visit that one shown page made, if it did."""
    return _with_names().filter(booking_key=key).first()


def event_made_by(change_key: uuid.UUID) -> AppointmentEvent | None:
    """What one shown page did to a visit, if it did anything."""
    return AppointmentEvent.objects.filter(change_key=change_key).first()


def live_visit_of(request: ConsultationRequest) -> Appointment | None:
    """The visit of this request that still stands."""
    return _with_names().filter(request=request, status__in=LIVE).first()


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who chooses a time. `call_by` says by when a call is promised (UTC), None when none is."""

    request: ConsultationRequest
    has_visit: bool
    call_by: dt.datetime | None


def asker_by_id(request_id: uuid.UUID) -> Asker:
    """All that the page of times asks of a request, in one query. Raises ConsultationRequest.DoesNotExist."""
    rows = ConsultationRequest.objects.select_related("patient").annotate(
        has_visit=Exists(Appointment.objects.filter(request=OuterRef("pk"), status__in=LIVE)),
        call_by=Subquery(promised_calls(request_id).values("due_at")[:1]),
    )
    request = rows.get(pk=request_id)
    return Asker(request=request, has_visit=request.has_visit, call_by=request.call_by)


def live_visits_on(dates: Collection[dt.date], zone: zoneinfo.ZoneInfo) -> list[Appointment]:
    """Who is booked on these dates of a zone, in order of time; one query."""
    if not dates:
        return []
    first = dt.datetime.combine(min(dates), dt.time(), zone)
    end = dt.datetime.combine(max(dates) + dt.timedelta(days=1), dt.time(), zone)
    visits = _with_names().filter(status__in=LIVE, starts_at__gte=first, starts_at__lt=end).order_by("starts_at", "pk")
    return [visit for visit in visits if visit.starts_at.astimezone(zone).date() in dates]


def coming_visits_of_contact(*, phone: str, email: str, now: dt.datetime) -> int:
    """How many live visits that are not over one number or one address holds; the larger of the two."""
    coming = Appointment.objects.filter(status__in=LIVE, ends_at__gt=now)
    held = (
        coming.filter(request__in=requests_of_contact(channel=channel, address=address)).count()
        for channel, address in ((Channel.SMS, phone), (Channel.EMAIL, email))
        if address
    )
    return max(held, default=0)


def visit_search(term: str) -> Q:
    """Staff's search: reference, name, phone in any format or e-mail, of the patient or of the request."""
    # Two small lists of ids: an OR across the joined tables reads them once for each visit.
    patients = Patient.objects.order_by().filter(contact_search(term))
    return Q(patient__in=patients) | Q(request__in=requests_matching(term).order_by())


def visits_matching(term: str) -> QuerySet[Appointment]:
    """The visits that staff find by a search term, newest first."""
    return Appointment.objects.filter(visit_search(term)).order_by("-created_at", "-pk")


def languages_of(crew: Iterable[Clinician]) -> list[Language]:
    """What these clinicians speak between them, in the order of `Language`."""
    spoken = {code for one in crew for code in one.languages}
    return [language for language in Language if language.value in spoken]


def location_at(clinician: Clinician, local_start: dt.datetime) -> Location | None:
    """Where the clinician works at this wall time of their zone: by their weekly hours, else by extra hours that day."""
    date, time = local_start.date(), local_start.time()
    weekly = (
        WorkingHours.objects.filter(clinician=clinician, weekday=date.weekday(), starts__lte=time, ends__gt=time)
        .filter(Q(valid_from=None) | Q(valid_from__lte=date), Q(valid_until=None) | Q(valid_until__gte=date))
        .select_related("location")
        .first()
    )
    if weekly:
        return weekly.location
    mine_or_all = Q(clinician=clinician) | Q(clinician=None)
    extra = (
        ScheduleException.objects.filter(mine_or_all, date=date, effect=ScheduleException.Effect.OPEN, starts__lte=time)
        .filter(ends__gt=time)
        .select_related("location")
        .order_by(F("clinician").asc(nulls_last=True))
        .first()
    )
    return extra.location if extra else None


def _with_names() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("request", "patient", "clinician", "appointment_type", "location")


def visit_lines(request_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[dt.datetime, str]]:
    """For each of these requests that ever had one: its live visit, else the last one; start and words. One query."""
    visits = _with_names().filter(request__in=request_ids).order_by("starts_at", "pk")
    lines: dict[uuid.UUID, Appointment] = {}
    for visit in visits:
        standing = lines.get(visit.request_id) if visit.request_id else None
        if visit.request_id and (standing is None or not standing.is_live or visit.is_live):
            lines[visit.request_id] = visit
    return {
        request_id: (
            visit.starts_at,
            f"{visit.get_mode_display()}, {visit.clinician.name}, {visit.get_status_display().lower()}",
        )
        for request_id, visit in lines.items()
    }


def coming_request_ids(*, now: dt.datetime, limit: int) -> list[uuid.UUID]:
    """The requests of the next live visits, soonest first."""
    begins = {"starts_at__gt": now - DAY}  # no visit is longer than a day (`type_fits_in_a_day`), and this has an index
    visits = Appointment.objects.filter(**begins, status__in=LIVE, ends_at__gt=now, request__isnull=False)
    visits = visits.order_by("starts_at", "pk")
    return [request_id for request_id in visits.values_list("request_id", flat=True)[:limit] if request_id]
