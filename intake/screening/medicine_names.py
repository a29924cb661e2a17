"""Which classes of medicines the listed names point to, by a small word list. An aid, never a safety gate. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from intake.screening.clauses import Rule, code_of, medicine_words, rules_on
from intake.screening.items import Answers, questions

MEDICINE_QUESTION = "medicine-classes"


def named_classes(definition: Mapping[str, Any], live: Answers) -> dict[str, tuple[Rule, list[str]]]:
    """{class: (its rule, the texts that name it)} for classes that are named in rows and were not ticked."""
    words = medicine_words(definition)
    texts = [
        text
        for entry in live.values()
        for row in entry.get("rows") or ()
        for column in row.values()
        for text in column.get("texts", ())
    ]
    if not words or not texts:
        return {}
    ticked = {code_of(answer) for answer in live.get(MEDICINE_QUESTION, {}).get("answers", ())}
    question = next((found for found in questions(definition) if found.link_id == MEDICINE_QUESTION), None)
    if question is None:  # a clinic's own version may not ask it, and an answer must be kept all the same
        return {}
    found: dict[str, tuple[Rule, list[str]]] = {}
    for option in question.item["answerOption"]:
        name, rules = code_of(option), rules_on(option)
        hits = [text for text in texts if _names(text, words.get(name, []))]
        if hits and rules and name not in ticked:
            found[name] = rules[0], hits
    return found


def _letters(text: str) -> str:
    """Small letters and digits with single spaces, accents and marks dropped: a name as it can be compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).split())


def _names(text: str, words: list[str]) -> bool:
    said = f" {_letters(text)} "
    return any(f" {_letters(word)} " in said for word in words)
