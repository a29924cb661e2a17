"""The schedule's part of the FHIR R4 export: Appointment. `cancelationReason` is how R4 spells it."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Collection
from typing import Any

from django.db.models import Q

from clinic.fhir import Resource, concept, instant, reference
from clinic.models import ClinicProfile
from scheduling.models import Appointment

Status = Appointment.Status
STATUS: dict[str, str] = {
    Status.BOOKED: "booked",
    Status.CONFIRMED: "booked",
    Status.ARRIVED: "arrived",
    Status.COMPLETED: "fulfilled",
    Status.NO_SHOW: "noshow",
    Status.CANCELLED_BY_PATIENT: "cancelled",
    Status.CANCELLED_BY_CLINIC: "cancelled",
}
REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
WHY = {
    Status.CANCELLED_BY_PATIENT: concept(REASONS, "pat", "Patient"),
    Status.CANCELLED_BY_CLINIC: concept(REASONS, "prov", "Provider"),
}


def appointment_resources(
    patient_ids: Collection[uuid.UUID], *, request_id: uuid.UUID | None = None
) -> dict[uuid.UUID, list[Resource]]:
    """By patient, in order of time; with `request_id` the visits of this request alone. Two queries."""
    zone = ClinicProfile.current().zone_info
    only = Q() if request_id is None else Q(request=request_id)
    visits = Appointment.objects.filter(only, patient__in=list(patient_ids))
    found: dict[uuid.UUID, list[Resource]] = {}
    for visit in visits.select_related("clinician", "appointment_type").order_by("starts_at", "pk"):
        found.setdefault(visit.patient_id, []).append(appointment_resource(visit, zone))
    return found


def whose_visits_changed_since(moment: dt.datetime) -> Any:
    """The patients whose visits were made or changed since then, to be used inside another query."""
    return Appointment.objects.filter(updated_at__gte=moment).order_by().values("patient")


def appointment_resource(visit: Appointment, zone: zoneinfo.ZoneInfo) -> Resource:
    """One visit, its instants in this zone with their offset."""
    resource: Resource = {
        "resourceType": "Appointment",
        "id": str(visit.pk),
        "meta": {"lastUpdated": instant(visit.updated_at), "versionId": str(visit.revision)},
        "status": STATUS[visit.status],
        "serviceType": [{"text": visit.appointment_type.name}],
        "description": visit.get_mode_display(),
        "start": instant(visit.starts_at, zone),
        "end": instant(visit.ends_at, zone),
        "minutesDuration": int((visit.ends_at - visit.starts_at) / dt.timedelta(minutes=1)),
        "created": instant(visit.created_at, zone),
        "participant": [
            {"actor": reference(visit.patient_id, "Patient"), "status": "accepted"},
            {"actor": {"display": visit.clinician.name}, "status": "accepted"},
        ],
    }
    if visit.status in WHY:
        resource["cancelationReason"] = WHY[Status(visit.status)]
    return resource
