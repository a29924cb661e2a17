"""Which instrument a QuestionnaireResponse answers, and which of its questions an item is. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from intake.screening.fhir_items import LOINC_CODE, FlatItem, code_by_words
from intake.screening.instruments import GATE, INSTRUMENTS, Instrument

NAMES = {
    "PHQ-9": re.compile(r"phq[-_ ]?9(?![0-9])"),
    "GAD-7": re.compile(r"gad[-_ ]?7(?![0-9])"),
    "PC-PTSD-5": re.compile(r"pc[-_ ]?ptsd[-_ ]?5?(?![0-9])"),
    "AUDIT-C": re.compile(r"audit[-_ ]?c(?![a-z])"),
    "DRUG-1": re.compile(r"drug[-_ ]?1(?![0-9])|single[-_ ]?(?:item|question)[-_ ]?drug"),
    "ASQ": re.compile(r"(?<![a-z])asq(?![a-z])"),
}
OTHERS = re.compile(
    r"phq[-_ ]?(?:2|4|8|15|a)(?![a-z0-9])|gad[-_ ]?2(?![0-9])|dast|pcl[-_ ]?[5c]|c[-_ ]?ssrs|mdq|audit(?![-_ ]?c(?![a-z]))"
)
PREFIXES = {
    "phq": "PHQ-9",
    "gad": "GAD-7",
    "pcptsd": "PC-PTSD-5",
    "ptsd": "PC-PTSD-5",
    "auditc": "AUDIT-C",
    "asq": "ASQ",
}
PREFIX = re.compile(r"^([a-z]+)[-_ .]*(?:q|item)?[0-9]{1,2}$")
POSITION = re.compile(
    r"^(?:[0-9]{1,2}\.)?(?:q|question|item|phq|gad|pcptsd|ptsd|auditc|audit|asq|drug)?[-_ .]*"
    r"(?:q|question|item)?[-_ .]*0?([0-9]{1,2})$"
)
PANELS = {table.panel: name for name, table in INSTRUMENTS.items() if table.panel} | {"68524-8": "DRUG-1"}


def instrument_of_response(resource: Mapping[str, Any], items: list[FlatItem]) -> tuple[str | None, str]:
    """The instrument, or None and why. The canonical address comes first, then a panel's code, then the items."""
    named, why = _by_address(_address(resource))
    if named or why:
        return named, why
    panels = {PANELS[code] for item in items if not item.answers for code in item.codes if code in PANELS}
    panels |= {PANELS[code] for code in _own_codes(resource) if code in PANELS}
    if len(panels) == 1:
        return panels.pop(), ""
    votes = Counter(name for item in items if item.answers for name in _owners(item))
    best = votes.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None, "The instrument is unknown: neither its address nor its items are of one that is scored here."
    return best[0][0], ""


def _address(resource: Mapping[str, Any]) -> str:
    found = resource.get("questionnaire")
    if isinstance(found, Mapping):  # as in FHIR STU3
        found = found.get("reference") or found.get("display")
    return str(found or "")


def _by_address(address: str) -> tuple[str | None, str]:
    panels = {PANELS[code] for code in LOINC_CODE.findall(address) if code in PANELS}
    if len(panels) == 1:
        return panels.pop(), ""
    last = address.lower().split("|")[0].rstrip("/").rsplit("/", 1)[-1]
    named = [name for name, pattern in NAMES.items() if pattern.search(last)]
    if len(named) == 1:
        return named[0], ""
    if OTHERS.search(last):
        return None, "The questionnaire's address names an instrument that is not scored here."
    return None, ""


def _own_codes(resource: Mapping[str, Any]) -> list[str]:
    codings = resource.get("code")
    return [
        str(coding.get("code"))
        for coding in (codings if isinstance(codings, list) else [codings])
        if isinstance(coding, Mapping)
    ]


def _owners(item: FlatItem) -> set[str]:
    """The instruments an item belongs to by code or words; else the one its linkId is named after."""
    owners = {
        name
        for name, table in INSTRUMENTS.items()
        if any(scored.code in item.codes for scored in table.items) or code_by_words(name, item.text)
    }
    if owners or item.codes:
        return owners
    last = _last_part(item.link_id)
    prefix = PREFIX.match(last)
    named = {name for name, pattern in NAMES.items() if pattern.match(last)}
    return named or ({PREFIXES[prefix[1]]} if prefix and prefix[1] in PREFIXES else set())


def _last_part(link_id: str) -> str:
    """The end of a path, in small letters: `H1/T1/Q1` is `q1`."""
    return link_id.strip().lower().rstrip("/").rsplit("/", 1)[-1]


def item_codes(table: Instrument, item: FlatItem) -> set[str]:
    """What of this instrument the item may be: its code, else its place; and its words. Two mean disagreement."""
    known = table.known
    by_code = {code for code in item.codes if code in known}
    if not by_code and not any(LOINC_CODE.fullmatch(code) for code in item.codes):
        by_code = _by_position(table, item.link_id)
    by_words = code_by_words(table.name, item.text)
    return by_code | ({by_words} if by_words else set())


def _by_position(table: Instrument, link_id: str) -> set[str]:
    """From `PHQ.1`, `q1`, `H1/T1/Q1`: counted from 1; what belongs to the form and does not count comes after."""
    last = _last_part(link_id)
    place = POSITION.match(NAMES[table.name].sub("", last).lstrip("-_ .")) or POSITION.match(last)
    if not place:
        return set()
    codes = [item.code for item in (*table.items, *table.extras)]
    before_first = GATE if GATE in codes else ""
    codes = [before_first, *(code for code in codes if code != GATE)]
    number = int(place[1])
    return {codes[number]} - {""} if number < len(codes) else set()
