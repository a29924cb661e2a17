"""A made-up schedule for tests."""

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from intake.models import ConsultationRequest
from intake.tests.factories import make_request
from scheduling.models import Appointment, AppointmentType, Clinician, WorkingHours

CHICAGO = ZoneInfo("America/Chicago")
NOW = dt.datetime(2026, 11, 30, 15, 0, tzinfo=dt.UTC)  # Monday, 09:00 in Chicago
TUESDAY = dt.date(2026, 12, 1)
NINE_TO_NOON = ((dt.time(9), dt.time(12)),)

_numbers = count(200)


def at(hour: int, minute: int = 0, day: dt.date = TUESDAY, zone: ZoneInfo = CHICAGO) -> dt.datetime:
    """A wall time of the clinic as a UTC instant; Tuesday 1 December 2026 unless told."""
    return dt.datetime.combine(day, dt.time(hour, minute), zone).astimezone(dt.UTC)


def make_type(clinicians: Sequence[Clinician] = (), **changes: Any) -> AppointmentType:
    """Free consultations of 30 minutes, no buffers, no notice."""
    said = {
        "name": "Free consultation",
        "slug": f"free-{next(_numbers)}",
        "duration": 30,
        "buffer_after": 0,
        "minimum_notice": 0,
        "modes": ["in_person", "phone"],
    }
    made = AppointmentType.objects.create(**{**said, **changes})
    made.clinicians.set(clinicians)
    return made


def make_clinician(
    name: str = "Dr. Dana Rivers", *, hours: Sequence[tuple[dt.time, dt.time]] = NINE_TO_NOON, **changes: Any
) -> Clinician:
    """Somebody who works the same hours on every day of the week."""
    clinician = Clinician.objects.create(name=name, **changes)
    WorkingHours.objects.bulk_create(
        WorkingHours(clinician=clinician, weekday=weekday, starts=starts, ends=ends)
        for weekday in range(7)
        for starts, ends in hours
    )
    return clinician


def another_request(**changes: Any) -> ConsultationRequest:
    """A request of somebody new, with a number and an address of their own."""
    number = next(_numbers)
    said = {"name": f"Person {number}", "phone": f"+1612555{number:04d}", "email": f"p{number}@person.example"}
    return make_request(**{**said, **changes})


def unsaved_visit(
    clinician: Clinician, appointment_type: AppointmentType, start: dt.datetime, **changes: Any
) -> Appointment:
    """A visit as a row, past every service; saved it meets the database guard alone."""
    request = changes.pop("request", None) or another_request()
    ends_at = start + dt.timedelta(minutes=appointment_type.duration)
    said = {
        "request": request,
        "patient": request.patient,
        "clinician": clinician,
        "appointment_type": appointment_type,
        "starts_at": start,
        "ends_at": ends_at,
        "occupied_from": start - dt.timedelta(minutes=appointment_type.buffer_before),
        "occupied_until": ends_at + dt.timedelta(minutes=appointment_type.buffer_after),
        "booking_key": uuid.uuid4(),
    }
    return Appointment(**{**said, **changes})


def make_visit(*args: Any, **changes: Any) -> Appointment:
    """A saved visit, past every service."""
    visit = unsaved_visit(*args, **changes)
    visit.save(force_insert=True)
    return visit
