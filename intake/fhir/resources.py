"""Reads what the export says about people, many at once: a fixed number of queries for each batch."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from clinic.fhir import BASE, Resource, absent, instant
from intake.fhir.responses import response_resource
from intake.fhir.scores import score_resource
from intake.models import ConsultationRequest, Patient, ScreeningResponse
from intake.selectors import subject_of

RESPONSE = (
    "pk",
    "status",
    "revision",
    "answers",
    "completed_at",
    "updated_at",
    "screening__patient_id",
    "screening__mode",
    "questionnaire__url",
    "questionnaire__version",
    "questionnaire__instrument",
    "questionnaire__language",
    "questionnaire__definition",
)


@dataclass(kw_only=True)
class IntakeRecord:
    """One person as this desk exports them. `request_refs`: how the post room names their requests."""

    patient_id: uuid.UUID
    resources: list[Resource] = field(default_factory=list)
    request_refs: list[str] = field(default_factory=list)


def intake_records(
    patient_ids: Collection[uuid.UUID], *, request_id: uuid.UUID | None = None, with_substances: bool = False
) -> list[IntakeRecord]:
    """These people in the order given; with `request_id` what belongs to this request alone. Three queries."""
    patients = Patient.objects.in_bulk(list(patient_ids))
    found = {
        pk: IntakeRecord(patient_id=pk, resources=[patient_resource(patients[pk])])
        for pk in patient_ids
        if pk in patients
    }
    only = Q() if request_id is None else Q(pk=request_id)
    for request in ConsultationRequest.objects.filter(only, patient__in=found).only("pk", "patient_id"):
        found[request.patient_id].request_refs.append(subject_of(request))
    for row in _responses(found, request_id):
        record = found[row["screening__patient_id"]]
        made = (make(row, with_substances=with_substances) for make in (response_resource, score_resource))
        record.resources += [resource for resource in made if resource is not None]
    return list(found.values())


def patients_changed_since(moment: dt.datetime | None) -> QuerySet[Patient]:
    """Everybody; with a moment, those whose own row, requests or answers changed since."""
    if moment is None:
        return Patient.objects.order_by("pk")
    asked = ConsultationRequest.objects.filter(updated_at__gte=moment).values("patient")
    answered = ScreeningResponse.objects.filter(updated_at__gte=moment).values("screening__patient")
    changed = Q(updated_at__gte=moment) | Q(pk__in=asked) | Q(pk__in=answered)
    return Patient.objects.filter(changed).order_by("pk")


def patient_resource(patient: Patient) -> Resource:
    """The person. We keep one name as a whole and no gender: both are said to be unknown, not guessed."""
    telecom = [("phone", str(patient.phone)), ("email", patient.email)]
    resource: Resource = {
        "resourceType": "Patient",
        "id": str(patient.pk),
        "meta": {"lastUpdated": instant(patient.updated_at)},
        "identifier": [{"system": f"{BASE}/identifier/patient", "value": str(patient.pk)}],
        "name": [{"use": "usual", "text": patient.name, "extension": [absent("unknown")]}],
        "gender": "unknown",
        "communication": [{"language": {"text": patient.language, "coding": [_language(patient)]}, "preferred": True}],
    }
    numbered = [{"system": system, "value": value, "rank": rank} for rank, (system, value) in enumerate(telecom, 1)]
    reached: list[Mapping[str, Any]] = [point for point in numbered if point["value"]]
    if reached:
        resource["telecom"] = reached
    if patient.date_of_birth:
        resource["birthDate"] = patient.date_of_birth.isoformat()
    return resource


def _language(patient: Patient) -> Resource:
    return {"system": "urn:ietf:bcp:47", "code": patient.language}


def _responses(patient_ids: Collection[uuid.UUID], request_id: uuid.UUID | None) -> Any:
    only = Q() if request_id is None else Q(screening__request=request_id)
    rows = ScreeningResponse.objects.filter(only, screening__patient__in=patient_ids)
    return rows.order_by("screening__created_at", "created_at", "pk").values(*RESPONSE)
