"""FHIR R4 checks for tests. The import path stands here alone: `fhir.resources` without R4B is R5, and
its classes take R4 files without a word."""

import uuid
from typing import Any

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

KINDS = {kind.__name__: kind for kind in (Appointment, Bundle, Consent, Observation, Patient, QuestionnaireResponse)}


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The resources of one kind, in order."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def check(bundle: dict[str, Any]) -> None:
    """Structure by fhir.resources, then the constraints that it does not know. Raises AssertionError or its errors."""
    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        KINDS[resource["resourceType"]].model_validate(resource)
        assert entry["fullUrl"] == f"urn:uuid:{uuid.UUID(resource['id'])}"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))  # bdl-7
    assert bundle["type"] == "collection"
    assert {found["reference"] for found in _references(bundle)} <= set(urls)
    assert _empty_in(bundle) == []  # ele-1
    for resource in of_kind(bundle, "Consent"):
        assert "policyRule" in resource or "policy" in resource  # ppc-1
        assert ("patient" in resource, bool(resource["category"])) == (True, True)
    for resource in of_kind(bundle, "Appointment"):
        assert ("start" in resource) == ("end" in resource)  # app-2
        assert "cancelationReason" not in resource or resource["status"] in {"cancelled", "noshow"}  # app-4
        assert all("actor" in one or "type" in one for one in resource["participant"])  # app-1
    for resource in of_kind(bundle, "Observation"):
        assert ("valueInteger" in resource) != ("dataAbsentReason" in resource)  # obs-6, us-core-2
        assert [c["code"] for one in resource["category"] for c in one["coding"]] == ["survey"]
        assert resource["derivedFrom"][0]["type"] == "QuestionnaireResponse"
    for resource in of_kind(bundle, "QuestionnaireResponse"):
        _check_items(resource.get("item", []))


def _check_items(items: list[dict[str, Any]]) -> None:
    for item in items:
        assert not ("answer" in item and "item" in item), "qrs-1: a group has items, a question answers"
        declined = [found for found in item.get("extension", ()) if found["url"].endswith("/data-absent-reason")]
        assert not (declined and "answer" in item)
        assert declined or item.get("answer") or item.get("item")
        _check_items(item.get("item", []))


def _references(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if "reference" in value else []
        return own + [found for child in value.values() for found in _references(child)]
    if isinstance(value, list):
        return [found for child in value for found in _references(child)]
    return []


def _empty_in(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [path] * (not value) + [at for name, child in value.items() for at in _empty_in(child, f"{path}.{name}")]
    if isinstance(value, list):
        return [path] * (not value) + [at for child in value for at in _empty_in(child, path)]
    return [path] if value in {"", None} else []
