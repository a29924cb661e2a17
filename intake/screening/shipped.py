"""The questionnaires that come with the product, as files beside this one. Pure.

The clinic's own questions exist in Spanish too: the English file with the words of `definitions/es.json`, so that
codes, conditions and rules cannot differ. Instruments come only in official translations, and none is at hand.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "definitions"
PROJECT = "https://clinic.example/fhir"
EXTENSIONS = f"{PROJECT}/StructureDefinition"
INSTRUMENT = f"{EXTENSIONS}/instrument"
LICENCE = f"{EXTENSIONS}/licence"
ORIGINAL = f"{EXTENSIONS}/english"  # beside a translated text: the words that staff read
TRANSLATED = {"es": ("stop-items", "medicines", "history")}
NAMES = ("phq-9", "gad-7", "stop-items", "medicines", "pc-ptsd-5", "audit-c", "drug-1", "asq", "history")


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def shipped(name: str) -> dict[str, Any]:
    """One definition, a fresh copy."""
    found: dict[str, Any] = json.loads(_text(name))
    return found


def all_shipped() -> list[dict[str, Any]]:
    """Every shipped definition in English, a fresh copy each."""
    return [shipped(name) for name in NAMES]


def shipped_in(language: str) -> list[dict[str, Any]]:
    """What is shipped in another language, a fresh copy each. Raises KeyError where a word is not translated."""
    words: dict[str, str] = json.loads(_text(language))
    return [_translated(shipped(name), words, language) for name in TRANSLATED[language]]


def everything_shipped() -> list[dict[str, Any]]:
    """Every shipped definition in every language; English first."""
    return [*all_shipped(), *(found for language in TRANSLATED for found in shipped_in(language))]


def _translated(definition: dict[str, Any], words: dict[str, str], language: str) -> dict[str, Any]:
    """The same questionnaire in other words: title, questions, answers, and what its rules tell the person."""
    own = {**definition, "id": f"{definition['id']}-{language}", "language": language}
    return {**_with_words(own, words), "title": words[definition["title"]]}


def _with_words(element: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    found = dict(element)
    for name in ("item", "answerOption"):
        if name in element:
            found[name] = [_with_words(member, words) for member in element[name]]
    found["extension"] = [_spoken(one, words) for one in element.get("extension", ())]
    coding = element.get("valueCoding")
    said = coding["display"] if coding else element.get("text")
    if said:
        found.update({"valueCoding": {**coding, "display": words[said]}} if coding else {"text": words[said]})
        found["extension"].append({"url": ORIGINAL, "valueString": said})
    if not found["extension"]:
        del found["extension"]
    return found


def _spoken(extension: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """A rule with the note it shows to the person in their words; its reasons are for staff and stay English."""
    parts = extension.get("extension")
    if parts is None:
        return extension
    spoken = [{**one, "valueString": words[one["valueString"]]} if one["url"] == "note" else one for one in parts]
    return {**extension, "extension": spoken}


def original_of(element: dict[str, Any]) -> str:
    """The English words of a translated text; empty where it is English."""
    return str(value_of(element, ORIGINAL) or "")


def value_of(element: dict[str, Any], url: str) -> Any:
    """The value of an extension, whatever its type; None when there is none."""
    for found in element.get("extension", ()):
        if isinstance(found, dict) and found.get("url") == url:
            return next((value for name, value in found.items() if name.startswith("value")), None)
    return None


def instrument_of(definition: dict[str, Any]) -> str:
    """Which instrument a definition is; empty when it does not say."""
    return str(value_of(definition, INSTRUMENT) or "")
