"""QuestionnaireResponses for tests, as several systems write them."""

from collections.abc import Mapping, Sequence
from typing import Any

from intake.screening.instruments import INSTRUMENTS

NAMES = tuple(INSTRUMENTS)


def codes_of(instrument: str) -> list[str]:
    """The codes of the scored items, in order."""
    return [item.code for item in INSTRUMENTS[instrument].items]


def answer_code(instrument: str, code: str, points: int) -> str:
    """The first code that is worth these points at this item."""
    item = INSTRUMENTS[instrument].known[code]
    return next(name for name, worth in item.points.items() if worth == points)


def coded(instrument: str, code: str, points: int, **more: Any) -> dict[str, Any]:
    """A FHIR answer with the item's own code."""
    coding = {"system": "http://loinc.org", "code": answer_code(instrument, code, points), **more}
    return {"valueCoding": {name: value for name, value in coding.items() if value is not None}}


def item(link_id: str, *answers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One answered item."""
    return {"linkId": link_id, "answer": list(answers), **more}


def response(items: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """A completed response."""
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": list(items), **more}


def plain_response(instrument: str, points: Sequence[int | None], **more: Any) -> dict[str, Any]:
    """Items by code and answers by code; None leaves an item out."""
    pairs = zip(codes_of(instrument), points, strict=True)
    return response([item(code, coded(instrument, code, worth)) for code, worth in pairs if worth is not None], **more)


def answers_to(instrument: str, points: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Kept answers by item code, as `scoring.score()` takes them."""
    return {code: {"answers": [coded(instrument, code, worth)]} for code, worth in points.items()}
