"""Reads of the schedule. Nothing here writes."""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from intake.models import ConsultationRequest, Patient
from intake.selectors import contact_search, requests_matching, requests_of_contact
from notifications.models import Channel
from scheduling.models import LIVE, Appointment, AppointmentType, Clinician, Location, WorkingHours

CONSULTATION = "free-consultation"


def consultation_type() -> AppointmentType | None:
    """What a request from the public form books: the free consultation, else the oldest active type."""
    active = list(AppointmentType.objects.filter(is_active=True).order_by("created_at"))
    return next((one for one in active if one.slug == CONSULTATION), active[0] if active else None)


def visit_by_id(visit_id: uuid.UUID) -> Appointment:
    """One visit with what its pages and messages name. Raises Appointment.DoesNotExist."""
    return _with_names().get(pk=visit_id)


def visit_by_booking_key(key: uuid.UUID) -> Appointment | None:
    """The visit that one shown page made, if it did."""
    return _with_names().filter(booking_key=key).first()


def live_visit_of(request: ConsultationRequest) -> Appointment | None:
    """The visit of this request that still stands."""
    return _with_names().filter(request=request, status__in=LIVE).first()


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
    return Appointment.objects.filter(visit_search(term)).order_by("-created_at")


def location_at(clinician: Clinician, local_start: dt.datetime) -> Location | None:
    """Where the clinician works at this wall time of their zone, if their hours say so."""
    date, time = local_start.date(), local_start.time()
    row = (
        WorkingHours.objects.filter(clinician=clinician, weekday=date.weekday(), starts__lte=time, ends__gt=time)
        .filter(Q(valid_from=None) | Q(valid_from__lte=date), Q(valid_until=None) | Q(valid_until__gte=date))
        .exclude(location=None)
        .select_related("location")
        .first()
    )
    return row.location if row else None


def _with_names() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("request", "patient", "clinician", "appointment_type", "location")
