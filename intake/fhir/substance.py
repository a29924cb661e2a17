"""Which answers are about the use of alcohol and drugs: they stay out of an export unless it asks for them (42 CFR 2). Pure.

A questionnaire of the clinic marks a further question with the extension SENSITIVE (valueCode "ETH"). What a
person writes in free text elsewhere is not searched: no word list can do that truthfully.
"""

import re
from collections.abc import Mapping
from typing import Any

from intake.screening.items import Entry, Item, extension

WHOLE = frozenset({"AUDIT-C", "DRUG-1"})
SENSITIVE = "https://clinic.example/fhir/StructureDefinition/sensitivity"
LABEL = "ETH"  # v3-ActCode: substance abuse information sensitivity
QUESTIONS = frozenset({"withdrawal", "cannabis", "drugs-month", "ketamine-outside", "recovery", "tobacco"})
CLASSES = frozenset({"opioid", "naltrexone"})
MEDICINES = re.compile(
    r"methadon|dolophine|buprenorph|suboxone|subutex|sublocade|zubsolv|brixadi|naltrexon|vivitrol|revia|disulfiram|"
    r"antabuse|acamprosat|campral|lofexidin|lucemyra|naloxon|narcan",
    re.IGNORECASE,
)


def is_about_substances(item: Item) -> bool:
    """Whether a question as such is."""
    return item.get("linkId") in QUESTIONS or extension(item, SENSITIVE) == LABEL


def may_hold_some(definition: Item) -> bool:
    """Whether something may have been taken out of answers to this, whatever was answered."""
    return any(is_about_substances(item) or item.get("linkId") in _LISTS for item in _all(definition))


def without_substances(item: Item, entry: Entry) -> Entry:
    """The entry without the medicines that tell of it."""
    if "rows" in entry:
        return {**entry, "rows": [row for row in entry["rows"] if not _names_one(row)]}
    if item.get("linkId") == "medicine-classes":
        kept = [answer for answer in entry.get("answers", ()) if _code(answer) not in CLASSES]
        return {**entry, "answers": kept}
    return entry


_LISTS = frozenset({"medicine-classes", "medicines"})


def _names_one(row: Mapping[str, Entry]) -> bool:
    words = (str(word) for cell in row.values() for word in (*cell.get("texts", ()), *_values(cell)))
    return any(MEDICINES.search(word) for word in words)


def _values(cell: Entry) -> list[Any]:
    return [value for answer in cell.get("answers", ()) for value in answer.values()]


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("valueCoding", {}).get("code", ""))


def _all(item: Item) -> list[Item]:
    return [found for child in item.get("item", ()) for found in (child, *_all(child))]
