"""The items of a QuestionnaireResponse, laid flat, with everything that may say which question each one is. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from intake.screening.answer_points import plain
from intake.screening.instruments import INSTRUMENTS
from intake.screening.shipped import all_shipped, instrument_of

LOINC_CODE = re.compile(r"(?<![0-9])([0-9]{4,6}-[0-9])(?![0-9])")
NUMBERED = re.compile(r"^[0-9]{1,2}[.)]\s*")
REMEMBERED = 4096  # texts of items, of which a batch has few
LONG_ENOUGH = 20  # letters, so that a question after a stem is known by its end
OTHER_WORDS = {
    "68518-0": ("How often did you have a drink containing alcohol in the past year?",),
    "68519-8": (
        "How many drinks did you have on a typical day when you were drinking in the past year?",
        "How many drinks containing alcohol do you have on a typical day when you are drinking?",
    ),
    "68520-6": ("How often did you have six or more drinks on one occasion in the past year?",),
}


@dataclass(frozen=True, kw_only=True)
class FlatItem:
    """One item that was answered, or one that only names what stands below it."""

    link_id: str
    text: str
    codes: tuple[str, ...]
    answers: tuple[Mapping[str, Any], ...]

    @property
    def label(self) -> str:
        """How an error names it."""
        return self.link_id[:60] or "an item without linkId"


def flat_items(resource: Mapping[str, Any]) -> tuple[list[FlatItem], list[str]]:
    """Every item at any depth, in order, and what of the structure is broken."""
    found: list[FlatItem] = []
    errors: list[str] = []
    waiting: list[Any] = [resource.get("item") or []]
    while waiting:
        items = waiting.pop()
        if not isinstance(items, list):
            errors.append("An item list is not a list.")
            continue
        for item in items:
            if not isinstance(item, Mapping):
                errors.append("An item is not an object.")
                continue
            answers = item.get("answer") or []
            if not isinstance(answers, list) or not all(isinstance(answer, Mapping) for answer in answers):
                errors.append("An answer list is not a list of objects.")
                answers = []
            found.append(_flat(item, answers))
            waiting += [below["item"] for below in (item, *answers) if below.get("item")]
    return found, errors


def _flat(item: Mapping[str, Any], answers: list[Mapping[str, Any]]) -> FlatItem:
    return FlatItem(
        link_id=str(item.get("linkId") or ""),
        text=str(item.get("text") or ""),
        codes=tuple(dict.fromkeys(_codes(item))),
        answers=tuple(answer for answer in answers if _has_value(answer)),
    )


def _has_value(answer: Mapping[str, Any]) -> bool:
    return any(name.startswith("value") and value not in (None, "") for name, value in answer.items())


def _codes(item: Mapping[str, Any]) -> Iterator[str]:
    """Codes of the question: from `code` (some systems send it), `definition`, and the last one in the linkId."""
    codings = item.get("code")
    for coding in codings if isinstance(codings, list) else [codings]:
        if isinstance(coding, Mapping) and isinstance(coding.get("code"), str):
            yield coding["code"]
    yield from LOINC_CODE.findall(str(item.get("definition") or ""))[-1:]
    yield from LOINC_CODE.findall(str(item.get("linkId") or ""))[-1:]


@cache
def question_words() -> dict[str, dict[str, str]]:
    """The words of each scored instrument's questions: {instrument: {words: code}}."""
    words: dict[str, dict[str, str]] = {name: {} for name in INSTRUMENTS}
    for definition in all_shipped():
        name = instrument_of(definition)
        if name in INSTRUMENTS:
            known = INSTRUMENTS[name].known
            for link_id, text in _texts(definition["item"]):
                if link_id in known:
                    words[name] |= {plain(said): link_id for said in (text, *OTHER_WORDS.get(link_id, ()))}
    return words


def _texts(items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for item in items:
        yield item["linkId"], item["text"]
        yield from _texts(item.get("item", []))


@lru_cache(maxsize=REMEMBERED)
def code_by_words(instrument: str, text: str) -> str | None:
    """The item of an instrument that has these words, perhaps after a number or a stem."""
    if not text:
        return None
    said = plain(NUMBERED.sub("", text.strip()))
    if not said:
        return None
    words = question_words()[instrument]
    if said in words:
        return words[said]
    ends = {code for known, code in words.items() if len(known) >= LONG_ENOUGH and said.endswith(f" {known}")}
    return ends.pop() if len(ends) == 1 else None
