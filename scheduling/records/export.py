"""People as FHIR R4: one Bundle (collection) each, joined from what every desk says of them.

Read in batches, so that the memory stays the same however many people there are. That somebody is
exported is written down before their bundle is made.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from itertools import islice

from django.utils import timezone

from clinic.access import record_access, subject_ref
from clinic.fhir import Resource, instant, urn
from clinic.models import AccessEvent
from intake.fhir import IntakeRecord, intake_records, patients_changed_since
from intake.models import ConsultationRequest, Patient
from notifications.fhir import consent_resources
from scheduling.fhir import appointment_resources, whose_visits_changed_since

BATCH = 50
BUNDLES = uuid.UUID("5a0e7f0c-3c1d-4f86-8f53-2c9a3b6d7e10")
REASON = "export_fhir"
WITH_SUBSTANCES = "export_fhir with substance use"


def bundles_since(moment: dt.datetime | None, *, with_substances: bool = False) -> Iterator[Resource]:
    """Everybody of whom something changed since then; without a moment everybody."""
    people = patients_changed_since(moment)
    if moment is not None:
        people |= Patient.objects.filter(pk__in=whose_visits_changed_since(moment))
    ids = people.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    while batch := list(islice(ids, BATCH)):
        yield from _recorded(batch, with_substances=with_substances)


def bundles_of(
    patient_id: uuid.UUID, *, request_id: uuid.UUID | None = None, with_substances: bool = False
) -> Iterator[Resource]:
    """One person, or what belongs to one of their requests. Nobody of this id: nothing."""
    yield from _recorded([patient_id], request_id=request_id, with_substances=with_substances)


def bundle_of_person(request: ConsultationRequest, *, with_substances: bool = False) -> Resource:
    """The person behind a request, with everything. The caller has written down who exports."""
    return next(_bundles([request.patient_id], with_substances=with_substances))


def _recorded(
    patient_ids: Collection[uuid.UUID], *, with_substances: bool, request_id: uuid.UUID | None = None
) -> Iterator[Resource]:
    for pk in Patient.objects.filter(pk__in=patient_ids).order_by("pk").values_list("pk", flat=True):
        record_access(
            by=None,
            action=AccessEvent.Action.EXPORT,
            subject_ref=subject_ref("intake.patient", pk),
            reason=WITH_SUBSTANCES if with_substances else REASON,
        )
    yield from _bundles(patient_ids, request_id=request_id, with_substances=with_substances)


def _bundles(
    patient_ids: Collection[uuid.UUID], *, with_substances: bool, request_id: uuid.UUID | None = None
) -> Iterator[Resource]:
    records = intake_records(patient_ids, request_id=request_id, with_substances=with_substances)
    consents = consent_resources({ref: record.patient_id for record in records for ref in record.request_refs})
    visits = appointment_resources(patient_ids, request_id=request_id)
    for record in records:
        pk = record.patient_id
        yield _bundle(record, [*record.resources, *consents.get(pk, []), *visits.get(pk, [])])


def _bundle(record: IntakeRecord, resources: list[Resource]) -> Resource:
    bundle_id = uuid.uuid5(BUNDLES, str(record.patient_id))
    return {
        "resourceType": "Bundle",
        "id": str(bundle_id),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": urn(bundle_id)},
        "type": "collection",
        "timestamp": instant(timezone.now()),
        "entry": [{"fullUrl": urn(resource["id"]), "resource": resource} for resource in resources],
    }
