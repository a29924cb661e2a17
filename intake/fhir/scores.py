"""A score as an Observation in the shape of US Core's screening assessment. Pure.

A total stands there only when every item counts; otherwise the reason, and never part of a total.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from clinic.fhir import ABSENT_CODES, LOINC, LOINC_NOTICE, Resource, concept, instant, reference
from intake.fhir.substance import WHOLE
from intake.screening.instruments import INSTRUMENTS
from intake.screening.items import live_answers
from intake.screening.scoring import Score, score

PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment"
SURVEY = concept("http://terminology.hl7.org/CodeSystem/observation-category", "survey", "Survey")
# clinical.md 1. ASQ and the single drug item have no total in LOINC: their answers speak for themselves.
TOTALS = {
    "PHQ-9": ("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score"),
    "GAD-7": ("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score"),
    "PC-PTSD-5": ("102017-1", "Primary Care PTSD Screen for DSM-5 score"),
    "AUDIT-C": ("75626-2", "Total score [AUDIT-C]"),
}
STATUS = {"in_progress": "preliminary", "completed": "final", "amended": "amended", "not_screened": "cancelled"}
NOT_SCREENED = "Not screened: it exists only in English and the person needs an interpreter. No total."
SCALE = uuid.UUID("7f5c31c0-6d0c-4b5e-9f0a-1d3c5a7e9b21")


def score_resource(row: Mapping[str, Any], *, with_substances: bool) -> Resource | None:
    """The total of one questionnaire of one sitting; None for what has none or stays out."""
    instrument = row["questionnaire__instrument"]
    if instrument not in TOTALS or (instrument in WHOLE and not with_substances):
        return None
    code, display = TOTALS[instrument]
    live = live_answers(row["questionnaire__definition"] or {}, row["answers"] or {})
    found, is_asked = score(instrument, live), row["status"] != "not_screened"
    return {
        "resourceType": "Observation",
        "id": str(uuid.uuid5(SCALE, f"{row['pk']}|{code}")),
        "meta": {"lastUpdated": instant(row["updated_at"]), "profile": [PROFILE]},
        "status": STATUS[row["status"]],
        "category": [SURVEY],
        "code": concept(LOINC, code, display),
        "subject": reference(row["screening__patient_id"], "Patient"),
        "effectiveDateTime": instant(row["completed_at"] or row["updated_at"]),
        "performer": [reference(row["screening__patient_id"], "Patient")],
        **(_value(found, live) if is_asked else {"dataAbsentReason": concept(ABSENT_CODES, "not-asked")}),
        "note": [{"text": _completeness(found) if is_asked else NOT_SCREENED}, {"text": LOINC_NOTICE}],
        "derivedFrom": [reference(row["pk"], "QuestionnaireResponse")],
    }


def _value(found: Score, live: Mapping[str, Mapping[str, Any]]) -> Resource:
    if found.total is not None:
        return {"valueInteger": found.total, "interpretation": [{"text": found.band}]}
    inside = {item.code for item in INSTRUMENTS[found.instrument].items}
    was_declined = any(live[code].get("absent") for code in inside & set(live))
    return {"dataAbsentReason": concept(ABSENT_CODES, "asked-declined" if was_declined else "unknown")}


def _completeness(found: Score) -> str:
    if found.errors:
        return "Not scored: an answer could not be read."
    if found.complete:
        return f"Every item counts ({found.items})."
    return f"Incomplete: {found.answered} of {found.items} items answered. No total."
