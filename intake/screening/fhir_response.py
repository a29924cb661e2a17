"""Reads FHIR R4 QuestionnaireResponses as other systems write them (clinical.md 7.2). Pure; keeps nothing.

Items are known by LOINC code in `code`, `definition` or linkId, by their place (`PHQ.1`, `q1`, `H1/T1/Q1`) or by
their words. Totals that were sent are ignored. What belongs to another instrument is refused with the reason;
free text and dates beside the questions are left alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intake.screening.answer_points import text_points
from intake.screening.fhir_items import LOINC_CODE, FlatItem, code_by_words, flat_items
from intake.screening.fhir_recognition import PANELS, instrument_of_response, item_codes
from intake.screening.instruments import INSTRUMENTS, Instrument
from intake.screening.scoring import Score, read_points, score_points

TOTALS = frozenset(code for table in INSTRUMENTS.values() for code in table.totals)
SUMMARY = re.compile(r"(?:^|[^a-z])(?:ts|total|totals|score|sum|severity|interpretation|result|band|risk)(?:[^a-z]|$)")
BESIDE = frozenset(
    {"valueString", "valueDate", "valueDateTime", "valueTime", "valueUri", "valueReference", "valueAttachment"}
)


@dataclass(kw_only=True)
class Reading:
    """What a response says: answers by item code as `scoring.score()` takes them, and what is wrong with it."""

    instrument: str | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def read(resource: Any) -> Reading:
    """Read one parsed resource. Never raises for what a sender may send."""
    if not isinstance(resource, Mapping) or resource.get("resourceType") != "QuestionnaireResponse":
        return Reading(errors=["This is not a QuestionnaireResponse."])
    items, errors = flat_items(resource)
    if resource.get("status") == "entered-in-error":
        errors.append("The response was entered in error.")
    name, why = instrument_of_response(resource, items)
    if name is None:
        return Reading(errors=[*errors, why])
    reading = Reading(instrument=name, errors=errors)
    for item in items:
        _take(reading, INSTRUMENTS[name], item)
    return reading


def score_resource(resource: Any) -> dict[str, Any]:
    """The line that `score_response` prints (design.md 7)."""
    reading = read(resource)
    if reading.instrument is None:
        return line(errors=reading.errors)
    table = INSTRUMENTS[reading.instrument]
    points, unread = read_points(table, reading.answers)
    return line(score_points(table, points, [*reading.errors, *unread]))


def line(score: Score | None = None, *, errors: list[str] | None = None) -> dict[str, Any]:
    """Exactly the keys of the contract; without a score, everything but `errors` is empty."""
    return {
        "instrument": score.instrument if score else None,
        "total": score.total if score else None,
        "band": score.band if score else None,
        "answered": score.answered if score else 0,
        "items": score.items if score else 0,
        "complete": score.complete if score else False,
        "safety": score.safety if score else None,
        "errors": list(score.errors if score else errors or []),
    }


def _take(reading: Reading, table: Instrument, item: FlatItem) -> None:
    """Put an item's answers where they belong, leave it alone, or refuse it."""
    if not item.answers:
        return
    found = item_codes(table, item)
    if len(found) > 1:
        reading.errors.append(f"{item.label}: its code or place and its words name different questions.")
    elif found:
        reading.answers.setdefault(found.pop(), {"answers": []})["answers"] += item.answers
    elif why := _why_foreign(table, item):
        reading.errors.append(f"{item.label}: {why}")


def _why_foreign(table: Instrument, item: FlatItem) -> str:
    """Why an unknown item spoils the score; empty for a total or something beside the questions."""
    if TOTALS & set(item.codes) or (PANELS.keys() - {"68524-8"}) & set(item.codes):
        return ""
    for name, other in INSTRUMENTS.items():
        if other is not table and (set(item.codes) & other.known.keys() or code_by_words(name, item.text)):
            return f"this is an item of {name}, not of {table.name}."
    is_loinc = any(LOINC_CODE.fullmatch(code) for code in item.codes)
    is_beside = all(BESIDE & answer.keys() and not _answers_like(table, answer) for answer in item.answers)
    if is_beside or (not is_loinc and SUMMARY.search(f"{item.link_id} {item.text}".lower())):
        return ""
    return f"this is not an item of {table.name}."


def _answers_like(table: Instrument, answer: Mapping[str, Any]) -> bool:
    words = answer.get("valueString")
    return words is not None and any(text_points(scored, words) is not None for scored in table.items)
