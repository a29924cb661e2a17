"""The page of every clinical rule, and the instruments' licences, drawn from the shipped questionnaires."""

from typing import Any

from intake.screening.clauses import medicine_words, placed_rules
from intake.screening.instruments import INSTRUMENTS
from intake.screening.shipped import LICENCE, all_shipped, instrument_of, value_of

HEAD = """\
# Clinical rules

NOTE

Every rule by which an answer becomes a flag for a clinician, as the questionnaires of this version carry it. Nothing here
tells a person anything but the plain sentences marked *says*. The instruments' wording, codes and weights are fixed; the
clinic's questions, levels, reasons and word lists are data.

**Sign-off.** A questionnaire comes as a draft and is used by nobody until the medical director of the clinic has signed it:
*Questionnaires* in the admin shows, for each version, what it changes, who signed it and when. A signed version can never be
changed, only replaced. So the state of the signatures is that of each installation; **as shipped, nothing is signed**.

**Levels.** EMERGENCY: call now. URGENT: call the same day or within the hour, as *call* says. REVIEW_STOP: a clinician reviews
before anything is confirmed as a treatment visit; the consultation stays open. REVIEW: at or before the consultation.
INFO: shown, no flag.

**Unanswered is not no.** A safety question that was declined or left blank has a rule of its own. A number or date outside the
range of its question is flagged REVIEW. "Not sure" on a stop item is REVIEW.

## Scores

A total and a band need every item; blank is never 0. What an unfinished form already shows is given to staff apart: the sum
so far and, from the stated number of answers on, a prorated value that is indicative only. A band is then named only upward.

| instrument | items | bands | shown when unfinished | needs no answer |
|---|---|---|---|---|
"""
NOT_ASKED = {
    "PC-PTSD-5": "every item after *no* at the first question",
    "AUDIT-C": "questions 2 and 3 after *Never*",
    "ASQ": "question 5 after four times *no*; *yes* at it counts whatever else was said",
}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _score_rows() -> list[str]:
    rows = []
    for name, table in INSTRUMENTS.items():
        ends = [least - 1 for least, _band in table.bands[1:]] + [table.most]
        spans = [
            f"{least}-{end}" if end > least else str(least)
            for (least, _band), end in zip(table.bands, ends, strict=True)
        ]
        bands = ", ".join(f"{span} {band}" for span, (_least, band) in zip(spans, table.bands, strict=True))
        partial = f"from {table.partial_from} answers" if table.partial_from else "a positive that is certain already"
        rows.append(f"| {name} | {len(table.items)} | {bands} | {partial} | {NOT_ASKED.get(name, '')} |")
    return rows


def _rules_of(definition: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"## {definition['title']}",
        "",
        (
            f"Instrument {instrument_of(definition)}, version {definition['version']}, `{definition['url']}`. "
            f"{definition['purpose']} As shipped: draft, not signed."
        ),
        "",
        "| rule | question | when | level | reason | source |",
        "|---|---|---|---|---|---|",
    ]
    for placed in placed_rules(definition):
        rule = placed.rule
        level = f"{rule.level.name}, call: {rule.alert.name}" if rule.alert else rule.level.name
        reason = f"{rule.reason} *Says:* {rule.note}" if rule.note else rule.reason
        cells = (f"`{rule.code}`", placed.question or "the whole", placed.condition, level, reason, rule.source)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    words = medicine_words(definition)
    if words:
        lines += [
            "",
            (
                "Word list, by which listed medicines are matched to the classes above. It misses names: **an aid, never a "
                "safety gate**; the clinician reads the list."
            ),
            "",
            "| class | words |",
            "|---|---|",
            *(f"| `{name}` | {_cell(', '.join(found))} |" for name, found in words.items()),
        ]
    return lines


def clinical_rules_page(note: str) -> str:
    """Every rule with its source, version and the state of its signature as shipped."""
    lines = [HEAD.replace("NOTE", note).rstrip("\n"), *_score_rows()]
    for definition in all_shipped():
        lines += _rules_of(definition)
    return "\n".join([*lines, ""])


def instruments_table() -> str:
    """Copyright and licence of each shipped questionnaire."""
    rows = [
        f"| {_cell(found['title'])} {found['version']} | {_cell(found['copyright'])} | {_cell(value_of(found, LICENCE))} |"
        for found in all_shipped()
    ]
    return "\n".join(["| questionnaire | copyright and attribution | licence |", "|---|---|---|", *rows])
