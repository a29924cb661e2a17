"""What a clinician must know: flags and safety triggers from the answers. Pure; the rules are the definition's.

A flag carries the question and the answer as shown, the reason and its source. Nothing here is shown to the
person but a rule's `note`. Blank is not no: an unanswered safety question has a rule of its own.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake.screening import items
from intake.screening.clauses import (
    Alert,
    Level,
    Rule,
    code_of,
    rules_on,
    words_of,
)
from intake.screening.instruments import INSTRUMENTS
from intake.screening.items import Answers, Entry, Question
from intake.screening.medicine_names import MEDICINE_QUESTION, named_classes
from intake.screening.scoring import Score, score
from intake.screening.shipped import instrument_of

DECLINED = "Prefer not to answer"
NOT_ANSWERED = "Not answered"
POUND_IN_KG, INCH_IN_CM, FOOT_IN_INCHES = 0.45359237, 2.54, 12
RANGE_SOURCE = "Range of the question"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What rules may need beside the answers: the person's age in years, and the day (clinic's date)."""

    age: int | None = None
    on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class FlagFound:
    """One thing a clinician must know; `note` is a plain sentence for the person."""

    level: Level
    code: str
    question: str
    answer: str
    reason: str
    source: str
    note: str = ""
    alert: Alert | None = None
    trigger: str = ""


@dataclass(frozen=True, kw_only=True)
class SafetyTrigger:
    """Somebody must be called: the reason's code, how soon, and what was said."""

    code: str
    level: Alert
    question: str
    answer: str


def flags_for(
    definition: Mapping[str, Any], answers: Answers, *, finished: bool = True, facts: Facts | None = None
) -> list[FlagFound]:
    """The flags of the answers to one questionnaire, the most urgent first.

    While the form is not `finished`, a question without an entry has not been seen and raises nothing.
    """
    known = facts or Facts()
    found = items.questions(definition)
    asked = {question.link_id for question in items.asked(found, answers)}
    flags: list[FlagFound] = []
    for question in found:
        entry = answers.get(question.link_id)
        # What was said about danger counts, even where the form would not have asked.
        if question.link_id in asked or (entry and entry.get("answers") and _can_alert(question)):
            flags += _flags_of_question(question, entry, finished=finished, facts=known)
    flags += _flags_of_whole(definition, items.live_answers(definition, answers), known)
    return sorted(flags, key=lambda flag: -flag.level)


def soonest_triggers(flags: Iterable[FlagFound]) -> list[SafetyTrigger]:
    """Who must be called: one trigger for each reason, the soonest that applies."""
    soonest: dict[str, SafetyTrigger] = {}
    for flag in flags:
        if flag.alert is not None and (flag.trigger not in soonest or flag.alert > soonest[flag.trigger].level):
            soonest[flag.trigger] = SafetyTrigger(
                code=flag.trigger, level=flag.alert, question=flag.question, answer=flag.answer
            )
    return sorted(soonest.values(), key=lambda trigger: -trigger.level)


def _flag(rule: Rule, question: str, answer: str) -> FlagFound:
    return FlagFound(
        level=rule.level,
        code=rule.code,
        question=question,
        answer=answer,
        reason=rule.reason,
        source=rule.source,
        note=rule.note,
        alert=rule.alert,
        trigger=rule.trigger,
    )


# --- One question --------------------------------------------------------------------------------


def _can_alert(question: Question) -> bool:
    options = question.item.get("answerOption", ())
    return any(rule.alert for option in options for rule in rules_on(option))


def _values(entry: Entry | None) -> list[Any]:
    return [value for answer in (entry or {}).get("answers", ()) for value in answer.values()]


def _code(value: Any) -> str:
    return str(value.get("code", "")) if isinstance(value, Mapping) else str(value)


def _shown(entry: Entry) -> str:
    return "; ".join(entry.get("texts", ()))


def _flags_of_question(question: Question, entry: Entry | None, *, finished: bool, facts: Facts) -> Iterator[FlagFound]:
    values, rows = _values(entry), (entry or {}).get("rows")
    own = rules_on(question.item)
    if not values and not rows:
        if entry is not None or finished:
            said = DECLINED if entry and entry.get("absent") else NOT_ANSWERED
            yield from (_flag(rule, question.text, said) for rule in own if rule.when == "unanswered")
        return
    chosen = {_code(value) for value in values}
    for option in question.item.get("answerOption", ()):
        if code_of(option) in chosen:
            yield from (_flag(rule, question.text, words_of(option)) for rule in rules_on(option))
    shown = _shown(entry or {})
    yield from _implausible(question, values, shown, facts)
    first = next((rule for rule in own if _holds(rule, values)), None)
    if first:
        yield _flag(first, question.text, shown)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _holds(rule: Rule, values: list[Any]) -> bool:
    """Whether a rule on the question itself holds for what was answered. The first that holds counts."""
    if rule.when == "answered":
        return True
    numbers = [number for value in values if (number := _number(value)) is not None]
    if rule.when == "at-least":
        return any(number >= rule.value for number in numbers)
    if rule.when == "above":
        return any(number > rule.value for number in numbers)
    return rule.when == "below" and any(number < rule.value for number in numbers)


def _implausible(question: Question, values: list[Any], shown: str, facts: Facts) -> Iterator[FlagFound]:
    """A number or date outside the question's limits, or a day to come: typed from paper, or brought in."""
    for value in values:
        if question.kind == "date":
            text = str(value)
            most = facts.on.isoformat() if facts.on else question.most
            is_out = (most and text > most[: len(text)]) or (question.least and text < question.least[: len(text)])
        else:
            number = _number(value)
            is_out = number is not None and (
                (question.least is not None and number < question.least)
                or (question.most is not None and number > question.most)
            )
        if is_out:
            yield FlagFound(
                level=Level.REVIEW,
                code=f"{question.link_id}.not-plausible",
                question=question.text,
                answer=shown,
                reason="Outside the range that can be true: ask again.",
                source=RANGE_SOURCE,
            )


# --- The whole questionnaire -----------------------------------------------------------------------


def _flags_of_whole(definition: Mapping[str, Any], live: Answers, facts: Facts) -> Iterator[FlagFound]:
    title = str(definition.get("title", ""))
    whole = rules_on(definition)
    named = _flags_by_name(definition, live)
    yield from named.values()
    yield from _first_reached(whole, "score-at-least", _score_shown(definition, live), title)
    age = None if facts.age is None else (float(facts.age), f"{facts.age} years old")
    yield from _first_reached(whole, "age-at-least", age, "Date of birth")
    yield from _first_reached(whole, "bmi-at-least", _bmi(live), "Height and weight")
    chosen = _chosen(definition, live) | {(MEDICINE_QUESTION, name): flag.answer for name, flag in named.items()}
    for rule in whole:
        if rule.when == "all-of" and all(pair in chosen for pair in rule.has):
            yield _flag(rule, title, " and ".join(chosen[pair] for pair in rule.has))
        if rule.when == "must-exceed":
            yield from _not_exceeding(rule, live)


def _flags_by_name(definition: Mapping[str, Any], live: Answers) -> dict[str, FlagFound]:
    """A flag for each class of medicines that a listed name points to and that was not ticked."""
    flags: dict[str, FlagFound] = {}
    for name, (rule, hits) in named_classes(definition, live).items():
        flags[name] = FlagFound(
            level=rule.level,
            code=f"{rule.code}.by-name",
            question="Listed medicines",
            answer="; ".join(hits),
            reason=f"{rule.reason} Found by name, not ticked. A word list misses names: read the list.",
            source=rule.source,
        )
    return flags


def _first_reached(
    rules: list[Rule], when: str, reached: tuple[float, str] | None, question: str
) -> Iterator[FlagFound]:
    """The first rule of a kind whose value was reached: the strictest stands first."""
    if reached is not None:
        number, shown = reached
        first = next((rule for rule in rules if rule.when == when and number >= rule.value), None)
        if first:
            yield _flag(first, question, shown)


def _score_shown(definition: Mapping[str, Any], live: Answers) -> tuple[float, str] | None:
    """The total, or what is certain of it already, with the words for it; None for what is not scored."""
    name = instrument_of(dict(definition))
    if name not in INSTRUMENTS:
        return None
    found: Score = score(name, live)
    if found.total is not None:
        return float(found.total), f"{found.total} of {INSTRUMENTS[name].most}: {found.band}"
    return float(found.partial), f"at least {found.partial}, {found.answered} of {found.items} answered"


def _chosen(definition: Mapping[str, Any], live: Answers) -> dict[tuple[str, str], str]:
    """The words of each chosen answer, by question and code."""
    found: dict[tuple[str, str], str] = {}
    for question in items.questions(definition):
        codes = {_code(value) for value in _values(live.get(question.link_id))}
        for option in question.item.get("answerOption", ()):
            if code_of(option) in codes:
                found[question.link_id, code_of(option)] = words_of(option)
    return found


def _not_exceeding(rule: Rule, live: Answers) -> Iterator[FlagFound]:
    pairs = [(link_id, _number(next(iter(_values(live.get(link_id))), None))) for link_id, _answer in rule.has]
    (first, larger), (second, smaller) = pairs
    if larger is not None and smaller is not None and larger <= smaller:
        shown = " / ".join(_shown(live[link_id]) for link_id in (first, second))
        yield _flag(rule, str(live[first].get("question", "")), shown)


def _bmi(live: Answers) -> tuple[float, str] | None:
    """Body mass index from feet, inches and pounds or centimeters and kilograms; None when something lacks."""

    def said(link_id: str) -> float | None:
        return _number(next(iter(_values(live.get(link_id))), None))

    height, weight, feet, pounds = said("height-cm"), said("weight-kg"), said("height-feet"), said("weight-pounds")
    if feet and pounds:
        height = (feet * FOOT_IN_INCHES + (said("height-inches") or 0)) * INCH_IN_CM
        weight = pounds * POUND_IN_KG
    if not height or not weight:
        return None
    bmi = weight / (height / 100) ** 2
    return bmi, f"BMI {bmi:.1f}"
