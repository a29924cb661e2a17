"""The post room's part of the FHIR R4 export: the lines of the consent ledger as Consent resources.

They are permissions to write to somebody, not to share a record; the category says so with a code of our own.
"""

import base64
import uuid
from collections.abc import Collection, Mapping

from clinic.fhir import ACT_CODE, BASE, Resource, concept, instant, reference
from notifications.models import Consent

LEDGER = uuid.UUID("0b8a5f1e-52d7-4a83-9f3e-6b1f0c2d4e66")
SCOPE = concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent")
PERMITS = (Consent.Status.GRANTED, Consent.Status.RESUMED)
Key = tuple[str, str, str]


def consent_resources(owners: Mapping[str, uuid.UUID]) -> dict[uuid.UUID, list[Resource]]:
    """By patient, oldest first; `owners` names the patient behind each subject of the ledger. Two queries.

    A line that stops an address without naming a subject (a text "STOP") belongs to everybody who gave it.
    """
    given = Consent.objects.filter(subject_ref__in=list(owners))
    holders: dict[Key, set[uuid.UUID]] = {}
    for line in given.only("channel", "address", "purpose", "subject_ref"):
        holders.setdefault(_key(line), set()).add(owners[line.subject_ref])
    found: dict[uuid.UUID, list[Resource]] = {}
    lines = _lines({address for _channel, address, _purpose in holders})
    newest = {_key(line): line.pk for line in lines}
    for line in lines:
        mine = {owners[line.subject_ref]} if line.subject_ref in owners else set()
        for patient in mine or (set() if line.subject_ref else holders.get(_key(line), set())):
            is_newest = newest[_key(line)] == line.pk
            found.setdefault(patient, []).append(consent_resource(line, patient, is_newest=is_newest))
    return found


def consent_resource(line: Consent, patient: uuid.UUID, *, is_newest: bool) -> Resource:
    """One line; the newest of an address is the one in force, permitting or denying."""
    permits = line.status in PERMITS
    resource: Resource = {
        "resourceType": "Consent",
        "id": str(uuid.uuid5(LEDGER, f"{line.pk}|{patient}")),
        "meta": {"lastUpdated": instant(line.occurred_at)},
        "status": "active" if is_newest else "inactive",
        "scope": SCOPE,
        "category": [concept(f"{BASE}/CodeSystem/message-consent", line.channel, line.get_channel_display())],
        "patient": reference(patient, "Patient"),
        "dateTime": instant(line.occurred_at),
        "policyRule": concept(ACT_CODE, "OPTIN" if permits else "OPTOUT", "opt-in" if permits else "opt-out"),
        "provision": {"type": "permit" if permits else "deny", "code": [{"text": line.get_status_display()}]},
    }
    if line.wording:
        words = base64.b64encode(line.wording.encode()).decode()
        title = f"Wording as shown, SHA-256 {line.wording_hash}" if line.wording_hash else "Wording as shown"
        resource["sourceAttachment"] = {
            "contentType": "text/plain; charset=utf-8",
            "language": line.language,
            "data": words,
            "title": title,
        }
    return resource


def _lines(addresses: Collection[str]) -> list[Consent]:
    return list(Consent.objects.filter(address__in=list(addresses)).order_by("id"))


def _key(line: Consent) -> Key:
    return (line.channel, line.address, line.purpose)
