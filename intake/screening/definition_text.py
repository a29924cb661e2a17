"""A definition as people read and edit it: the same order of names on every database. Pure."""

import json
from collections.abc import Mapping
from typing import Any

# As FHIR's own pages order them; what is not named here follows by the alphabet.
ORDER = (
    *("resourceType", "id", "url", "version", "language", "name", "title", "status", "date", "experimental"),
    *("subjectType", "publisher", "description", "purpose", "copyright"),
    *("linkId", "prefix", "text", "type", "required", "repeats", "maxLength", "enableBehavior"),
    *("question", "operator", "system", "code", "display"),
)
LAST = ("enableWhen", "answerOption", "extension", "item")
PLACES = {name: place for place, name in enumerate(ORDER)}
LAST_PLACES = {name: len(ORDER) + 1 + place for place, name in enumerate(LAST)}


def text_of(definition: Mapping[str, Any]) -> str:
    """The JSON text, two spaces a level."""
    return json.dumps(_ordered(definition), indent=2, ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value, key=_place)}
    return [_ordered(member) for member in value] if isinstance(value, list) else value


def _place(name: str) -> tuple[int, str]:
    return PLACES.get(name, LAST_PLACES.get(name, len(ORDER))), name
