"""How many points one FHIR answer value is worth: coded, a number, yes or no, or the answer's own words. Pure."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from clinic.numbers import whole_number
from intake.screening.instruments import LOINC, SNOMED, ItemTable

WEIGHTS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
)
LOINC_NAMES = {"loinc", "ln", "urn:oid:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1"}
SNOMED_CODES = {"373066001", "373067005"}
YES_NO_LETTERS = {"Y", "N"}
LETTERS_SYSTEMS = (
    "terminology.hl7.org/codesystem/v2-0136",
    "hl7.org/fhir/v2/0136",
    "terminology.hl7.org/codesystem/v2-0532",
)


class ForeignAnswerError(ValueError):
    """The answer is not one of this item. The text says why and holds nothing a person wrote."""


def plain(text: object) -> str:
    """Words to compare: any case, one kind of dash and quote, single spaces, no full stop at the end."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    folded = "".join("-" if unicodedata.category(letter) == "Pd" else letter for letter in folded)
    folded = folded.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("...", "")
    return " ".join(folded.replace("-", " ").split()).strip(" .:?")


def points_of(item: ItemTable, answer: Mapping[str, Any]) -> int:
    """The points of a FHIR answer (`{"valueCoding": ...}` and its like). Raises ForeignAnswerError."""
    kinds = [name for name in answer if name.startswith("value") and answer[name] is not None]
    if len(kinds) != 1:
        raise ForeignAnswerError("an answer needs exactly one value")
    value = answer[kinds[0]]
    if kinds[0] == "valueCoding":
        points = _coded(item, value)
    elif kinds[0] == "valueBoolean":
        points = _boolean(item, value)
    elif kinds[0] in {"valueInteger", "valueDecimal"}:
        points = _number(item, value)
    elif kinds[0] == "valueString":
        points = _words(item, value)
    else:
        raise ForeignAnswerError(f"{kinds[0]} cannot answer it")
    _check_weights(answer, value, points)
    return points


def _coded(item: ItemTable, coding: Any) -> int:
    if not isinstance(coding, Mapping):
        raise ForeignAnswerError("valueCoding is not an object")
    code, shown = coding.get("code"), coding.get("display")
    if code is None and isinstance(shown, str):
        return _words(item, shown)
    if not isinstance(code, str) or code not in item.points or not _is_its_system(coding.get("system"), code):
        raise ForeignAnswerError("the answer code is not one of this item")
    points = item.points[code]
    said = text_points(item, shown) if isinstance(shown, str) else None
    if said is not None and said != points:
        raise ForeignAnswerError("the answer's code and words disagree")
    return points


def _is_its_system(system: Any, code: str) -> bool:
    """A missing system is fine; another one makes the code another concept."""
    if not system:
        return True
    name = str(system).strip().lower()
    bare = name.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    if code in SNOMED_CODES:
        return bare == SNOMED.removeprefix("http://") or name == "snomed"
    if code in YES_NO_LETTERS:
        return bare in LETTERS_SYSTEMS
    return name in LOINC_NAMES or bare.split("/")[0] == LOINC.removeprefix("http://")


def _boolean(item: ItemTable, value: Any) -> int:
    if not isinstance(value, bool) or not item.is_yes_no:
        raise ForeignAnswerError("yes or no is not an answer of this item")
    return int(value)


def _number(item: ItemTable, value: Any) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise ForeignAnswerError("the number is not a whole one")
    if value < 0 or (value > item.most and not item.is_count):
        raise ForeignAnswerError(f"the number is not from 0 to {item.most}")
    return int(value)


def _words(item: ItemTable, value: Any) -> int:
    points = text_points(item, value) if isinstance(value, str) else None
    if points is not None:
        return points
    number = whole_number(value.strip(), digits=3) if isinstance(value, str) else None
    if number is not None:
        return _number(item, number)
    raise ForeignAnswerError("the words are not an answer of this item")


def text_points(item: ItemTable, text: object) -> int | None:
    """The points of an answer's own words; None when they are not an answer of this item."""
    said = plain(text)
    found = (points for words, points in item.worded if _plain_words(words) == said)
    return next(found, None)


@cache
def _plain_words(words: str) -> str:
    return plain(words)


def _check_weights(answer: Mapping[str, Any], value: Any, points: int) -> None:
    """Weights that travel with the answer must say what our table says; a count has none."""
    places = [answer, value if isinstance(value, Mapping) else {}]
    places += [found for name in ("_valueCoding", "_value") if isinstance(found := answer.get(name), Mapping)]
    for place in places:
        extensions = place.get("extension")
        for extension in extensions if isinstance(extensions, list) else ():
            if isinstance(extension, Mapping) and extension.get("url") in WEIGHTS:
                weights = [extension[name] for name in ("valueDecimal", "valueInteger") if name in extension]
                if weights != [points]:
                    raise ForeignAnswerError("the weight sent with the answer is not the one of this instrument")
