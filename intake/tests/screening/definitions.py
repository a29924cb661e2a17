"""Small questionnaires for tests of showing and filling in."""

from typing import Any

from django.http import QueryDict

CODES = "http://loinc.org"


def coding(code: str, display: str) -> dict[str, Any]:
    return {"valueCoding": {"system": CODES, "code": code, "display": display}}


YES, NO, UNSURE = coding("LA33-6", "Yes"), coding("LA32-8", "No"), coding("LA14072-5", "Not sure")


def definition(*items: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Questionnaire", "item": list(items)}


def choice(link_id: str = "c", text: str = "How often?", options: Any = (YES, NO), **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": "choice", "text": text, "answerOption": list(options), **more}


MEDICINES = {
    "linkId": "m", "type": "group", "repeats": True, "text": "Your medicines",
    "item": [
        {"linkId": "m.name", "type": "string", "text": "Name", "required": True},
        {"linkId": "m.dose", "type": "string", "text": "Dose"},
    ],
}  # fmt: skip


def typed(**values: Any) -> QueryDict:
    """What a browser sends; `_` in a name stands for `-`."""
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    return query
