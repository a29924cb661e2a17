"""Whose time is taken: the visits that count, for a clinician and for a patient. A visit that is `moving` does not."""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from scheduling.models import LIVE, OCCUPYING, Appointment, AppointmentType
from scheduling.slots import DAY, Interval, overlaps


def times_of(appointment_type: AppointmentType, start: dt.datetime) -> dict[str, dt.datetime]:
    """The four columns of a visit's time, buffers of the type as they are now."""
    ends_at = start + dt.timedelta(minutes=appointment_type.duration)
    return {
        "starts_at": start,
        "ends_at": ends_at,
        "occupied_from": start - dt.timedelta(minutes=appointment_type.buffer_before),
        "occupied_until": ends_at + dt.timedelta(minutes=appointment_type.buffer_after),
    }


def is_clinician_busy(
    clinician_id: uuid.UUID,
    occupied_from: dt.datetime,
    occupied_until: dt.datetime,
    *,
    now: dt.datetime,
    moving: Appointment | None = None,
) -> bool:
    """Whether a visit of the clinician overlaps this occupied time; one query."""
    return (
        visits_holding_time(now, moving)
        .filter(
            clinician=clinician_id,
            occupied_from__gt=occupied_from - DAY,
            occupied_from__lt=occupied_until,
            occupied_until__gt=occupied_from,
        )
        .exists()
    )


def visits_of_patient(patient_id: uuid.UUID, *, moving: Appointment | None = None) -> list[Interval]:
    """When a patient is seen: the live visits, without buffers."""
    live = Appointment.objects.filter(patient=patient_id, status__in=LIVE)
    if moving is not None:
        live = live.exclude(pk=moving.pk)
    return list(live.values_list("starts_at", "ends_at"))


def is_patient_busy(
    patient_id: uuid.UUID, starts_at: dt.datetime, ends_at: dt.datetime, *, moving: Appointment | None = None
) -> bool:
    """Whether a live visit of the patient overlaps this time."""
    return any(overlaps((starts_at, ends_at), visit) for visit in visits_of_patient(patient_id, moving=moving))


def visits_holding_time(now: dt.datetime, moving: Appointment | None) -> QuerySet[Appointment]:
    """Visits that hold their clinician's time now: those of the guard, less holds whose moment has passed."""
    rows = Appointment.objects.order_by().filter(Q(status__in=OCCUPYING) | Q(held_until__gt=now))
    return rows if moving is None else rows.exclude(pk=moving.pk)
