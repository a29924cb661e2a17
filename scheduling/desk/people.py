"""Whom the caller may be: known patients and open requests, as the desk tells them apart."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from phonenumber_field.phonenumber import PhoneNumber

from intake.models import ConsultationRequest, Patient
from intake.search_keys import name_key
from intake.selectors import contact_search, patients_sharing, request_search

MOST_SHOWN = 10
OPEN = ConsultationRequest.Status.OPEN


@dataclass(frozen=True, kw_only=True)
class Person:
    """One choice. `value` is `patient:<id>` or `request:<id>`."""

    value: str
    name: str
    what: str
    contact: str


def found_by(term: str) -> list[Person]:
    """Open requests first, then patients; by name, phone in any format, e-mail or reference. Two queries."""
    wanted = term.strip()
    if not wanted:
        return []
    requests = ConsultationRequest.objects.filter(request_search(wanted), status=OPEN).order_by("-created_at", "-pk")
    patients = Patient.objects.filter(contact_search(wanted)).order_by("name_search", "pk")
    return [*map(_of_request, requests[:MOST_SHOWN]), *map(_of_patient, patients[:MOST_SHOWN])]


def alike(*, name: str, phone: str, email: str) -> list[Person]:
    """Patients with this number, this address or this very name, and their open requests."""
    near = {patient.pk: patient for patient in patients_sharing(phone=phone, email=email)}
    same_name = Patient.objects.filter(name_search=name_key(name)).order_by("created_at", "pk")[:MOST_SHOWN]
    near.update((patient.pk, patient) for patient in same_name)
    waiting = ConsultationRequest.objects.filter(Q(patient__in=list(near)), status=OPEN).order_by("-created_at", "-pk")
    return [*map(_of_request, waiting[:MOST_SHOWN]), *map(_of_patient, list(near.values())[:MOST_SHOWN])]


def person_of(value: str) -> Person | None:
    """The one who was chosen before; None for somebody new, or nonsense."""
    what, _, object_id = value.partition(":")
    try:
        found = uuid.UUID(object_id)
    except ValueError:
        return None
    if what == "request":
        request = ConsultationRequest.objects.filter(pk=found).first()
        return _of_request(request) if request else None
    patient = Patient.objects.filter(pk=found).first() if what == "patient" else None
    return _of_patient(patient) if patient else None


def _of_request(request: ConsultationRequest) -> Person:
    what = f"Open request {request.reference}, sent {request.created_at:%b %-d}"
    return Person(value=f"request:{request.pk}", name=request.name, what=what, contact=_contact(request))


def _of_patient(patient: Patient) -> Person:
    what = f"Patient since {patient.created_at:%b %-d, %Y}"
    return Person(value=f"patient:{patient.pk}", name=patient.name, what=what, contact=_contact(patient))


def _contact(row: Patient | ConsultationRequest) -> str:
    phone = row.phone
    number = ""
    if isinstance(phone, PhoneNumber) and phone:
        number = phone.as_national if phone.country_code == 1 else phone.as_international
    return " · ".join(part for part in (number, row.email) if part)
