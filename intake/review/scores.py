"""Answers as scores over time, by the rules of clinical.md 1: a band needs every item, blank is not 0."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from intake.models import ScreeningResponse
from intake.screening.clauses import items_of, words_of
from intake.screening.instruments import INSTRUMENTS, Instrument
from intake.screening.items import asked, questions
from intake.screening.scoring import Score, read_points, score
from intake.screening.shipped import original_of

NOT_SCREENED = "NOT SCREENED, interpreter: it exists only in English. Not scored."


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One questionnaire as one sitting answered it."""

    response_id: Any
    request_id: Any
    instrument: str
    title: str
    version: str
    language: str
    mode: str
    status: str
    revision: int
    at: dt.datetime
    answers: Mapping[str, Mapping[str, Any]]
    definition: Mapping[str, Any]

    @property
    def is_unasked(self) -> bool:
        """It exists only in English, and the person needs an interpreter."""
        return self.status == ScreeningResponse.Status.NOT_SCREENED

    @cached_property
    def english(self) -> Mapping[str, str]:
        """The English words of translated questions and answers, by the words as shown; empty where all is English."""
        items = [self.definition, *items_of(self.definition)]
        coded = [option for item in items for option in item.get("answerOption", ())]
        pairs = [(item.get("text"), original_of(dict(item))) for item in items]
        pairs += [(words_of(option), original_of(dict(option))) for option in coded]
        return {str(shown): original for shown, original in pairs if shown and original}

    @property
    def table(self) -> Instrument | None:
        """How it is scored; None for what is not."""
        return INSTRUMENTS.get(self.instrument)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One question as asked and the answer as given. `points` for scored items."""

    question: str
    answer: str
    points: int | None = None
    rows: list[list[str]] = field(default_factory=list)
    is_safety: bool = False
    question_english: str = ""  # what was shown was a translation
    answer_english: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One instrument: the newest score, the one before, its items highest first."""

    answered: Answered
    score: Score
    rule: str
    change: str
    lines: list[Line]
    beside: list[Line]  # belongs to the form, does not count

    @property
    def most(self) -> int:
        """The highest total."""
        return INSTRUMENTS[self.score.instrument].most


def scored(history: Sequence[Answered]) -> Scored:
    """One instrument's sittings, newest first and not empty."""
    newest = history[0]
    table = INSTRUMENTS[newest.instrument]
    result = score(newest.instrument, newest.answers)
    points, _errors = read_points(table, newest.answers)
    inside = {item.code for item in table.items}
    everything = [
        (code, line_of(entry, points.get(code), is_safety=code in table.safety)) for code, entry in in_order(newest)
    ]
    lines = [line for code, line in everything if code in inside]
    return Scored(
        answered=newest,
        score=result,
        rule=NOT_SCREENED if newest.is_unasked else _rule(table, result),
        change=_change(result, history[1:]),
        lines=sorted(lines, key=lambda line: -(line.points if line.points is not None else 99)),
        beside=[line for code, line in everything if code not in inside],
    )


def in_order(answered: Answered) -> list[tuple[str, Mapping[str, Any]]]:
    """The answers as the questionnaire asks them, and what it asks without an answer so far.

    What a later answer made needless is left out, nothing else.
    """
    found = questions(answered.definition)
    places = {question.link_id: number for number, question in enumerate(found)}
    applying = {question.link_id: question for question in asked(found, answered.answers)}
    needless = set(places) - set(applying)
    kept = [(link_id, entry) for link_id, entry in answered.answers.items() if link_id not in needless]
    blank = set(applying) - set(answered.answers)
    kept += [(link_id, {"question": applying[link_id].text}) for link_id in blank]
    return sorted(kept, key=lambda pair: places.get(pair[0], len(places)))


def with_english(line: Line, english: Mapping[str, str]) -> Line:
    """The same line with the English of what was shown in another language."""
    if not english:
        return line
    answers = [english.get(text, text) for text in line.texts]
    return replace(
        line,
        question_english=english.get(line.question, ""),
        answer_english="; ".join(answers) if answers != list(line.texts) else "",
    )


def line_of(entry: Mapping[str, Any], points: int | None = None, *, is_safety: bool = False) -> Line:
    """An entry in the words that were shown; what was declined or left empty says so."""
    rows = [[", ".join(map(str, cell.get("texts") or ())) for cell in row.values()] for row in entry.get("rows") or ()]
    texts = ", ".join(str(text) for text in entry.get("texts") or ())
    absent = "Preferred not to answer" if entry.get("absent") else "Not answered"
    return Line(
        question=str(entry.get("question", "")),
        answer="" if rows else (texts or absent),
        points=points,
        rows=rows,
        is_safety=is_safety,
        texts=() if rows else tuple(str(text) for text in entry.get("texts") or ()),
    )


def _rule(table: Instrument, result: Score) -> str:
    """Which completeness rule applied, in words."""
    if result.errors:
        return f"Not scored: {' '.join(result.errors)}"
    if result.complete:
        return f"All {result.items} items answered"
    part = f"Incomplete: {result.answered} of {result.items} answered"
    if table.partial_from and result.answered >= table.partial_from:
        prorated = f", prorated {result.prorated} (indicative only)" if result.prorated is not None else ""
        least = f"; at least {result.band_at_least}" if result.band_at_least else ""
        return f"{part}; partial sum {result.partial}{prorated}{least}. No band."
    return f"{part}. Not scored."


def _change(result: Score, earlier: Sequence[Answered]) -> str:
    """Since the last complete sitting."""
    if result.total is None:
        return ""
    for before in earlier:
        total = score(before.instrument, before.answers).total
        if total is not None:
            moved = result.total - total
            words = "no change" if moved == 0 else f"{abs(moved)} {'higher' if moved > 0 else 'lower'}"
            return f"{words} than on {before.at:%b %-d, %Y} ({total})"
    return "first time"
