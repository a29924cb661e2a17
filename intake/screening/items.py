"""A FHIR R4 Questionnaire as the person meets it: the questions in order, and which of them are asked. Pure.

`questions(definition)` flattens the tree. A group that does not repeat gives its text as the stem of the
questions in it; a group that repeats is one question with rows. `asked()` applies `enableWhen`.
An answer is kept as an entry: `{"answers": [{"valueCoding": ...}], "texts": [...], "question": ..., "absent":
None | "asked-declined", "at": iso}`; the entry of a repeating group has `rows` instead, a list of
`{linkId: entry}`. No entry: not seen. An entry without answers and without a reason: seen and left empty.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
Entry = Mapping[str, Any]
Answers = Mapping[str, Entry]

DECLINED = "asked-declined"
OPTION_VALUES = ("valueCoding", "valueString", "valueInteger", "valueDate")
MIN_VALUE = "http://hl7.org/fhir/StructureDefinition/minValue"
MAX_VALUE = "http://hl7.org/fhir/StructureDefinition/maxValue"
EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"


def extension(item: Item, url: str) -> Any:
    """The value of an extension, whatever its type; None when there is none."""
    for found in item.get("extension", ()):
        if found.get("url") == url:
            return next((value for name, value in found.items() if name.startswith("value")), None)
    return None


@dataclass(frozen=True)
class Option:
    """One answer of a choice: the key that travels in the form, the words, the FHIR value to keep."""

    key: str
    text: str
    value: Mapping[str, Any]
    is_exclusive: bool = False  # "None of these": not together with others


@dataclass(frozen=True)
class Question:
    """One thing that is asked. `number` counts the questions of its questionnaire from 1."""

    item: Item
    number: int
    stem: str = ""
    hints: tuple[str, ...] = ()
    conditions: tuple[tuple[str, tuple[Item, ...]], ...] = ()
    columns: tuple["Question", ...] = ()

    @property
    def link_id(self) -> str:
        """As the definition names it."""
        return str(self.item["linkId"])

    @property
    def text(self) -> str:
        """The words, exactly as in the definition."""
        return str(self.item.get("text", ""))

    @property
    def kind(self) -> str:
        """The FHIR type; `rows` for a group that repeats."""
        return "rows" if self.columns else str(self.item["type"])

    @property
    def is_required(self) -> bool:
        """Whether leaving it empty needs the deliberate "Prefer not to answer"."""
        return bool(self.item.get("required"))

    @property
    def is_several(self) -> bool:
        """A tick list."""
        return bool(self.item.get("repeats")) and not self.columns

    @property
    def least(self) -> Any:
        """The smallest value allowed, or None."""
        return extension(self.item, MIN_VALUE)

    @property
    def most(self) -> Any:
        """The largest value allowed, or None."""
        return extension(self.item, MAX_VALUE)

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers of a choice, in the definition's order."""
        return tuple(_option(option) for option in self.item.get("answerOption", ()))


def _option(option: Item) -> Option:
    name = next(name for name in OPTION_VALUES if name in option)
    value, is_exclusive = option[name], bool(extension(option, EXCLUSIVE))
    if name == "valueCoding":
        code = str(value.get("code", ""))
        return Option(code, str(value.get("display") or code), {name: dict(value)}, is_exclusive)
    return Option(str(value), str(value), {name: value}, is_exclusive)


def questions(definition: Item) -> list[Question]:
    """Every question of a Questionnaire in order, whether it is asked of this person or not."""
    found: list[Question] = []
    _walk(definition.get("item", ()), found, "", ())
    return found


def shape_of(definition: Item) -> list[tuple[int, str, tuple[str, ...]]]:
    """What answers refer to, without words: number, linkId and keys of the options. Alike in every language."""
    return [(one.number, one.link_id, tuple(option.key for option in one.options)) for one in questions(definition)]


def _walk(items: Any, found: list[Question], stem: str, conditions: Any) -> None:
    """Flatten; a `display` item becomes a hint of the question that follows it in its group."""
    hints: tuple[str, ...] = ()
    for item in items:
        own = (*conditions, *_conditions_of(item))
        if item["type"] == "display":
            hints = (*hints, str(item.get("text", "")))
            continue
        if item["type"] == "group" and not item.get("repeats"):
            _walk(item.get("item", ()), found, str(item.get("text") or stem), own)
            continue
        columns = tuple(
            Question(child, place) for place, child in enumerate(item.get("item", ()), 1) if item["type"] == "group"
        )
        found.append(Question(item, len(found) + 1, stem, hints, own, columns))
        hints = ()
        if item["type"] != "group":
            _walk(item.get("item", ()), found, stem, own)


def _conditions_of(item: Item) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    conditions = tuple(item.get("enableWhen", ()))
    return ((str(item.get("enableBehavior", "all")), conditions),) if conditions else ()


def asked(found: list[Question], answers: Answers) -> list[Question]:
    """Those of the questions that apply, given the answers so far. Answers to questions not asked do not count."""
    live: dict[str, Entry] = {}
    applying = []
    for question in found:
        if all(_holds(behaviour, conditions, live) for behaviour, conditions in question.conditions):
            applying.append(question)
            if question.link_id in answers:
                live[question.link_id] = answers[question.link_id]
    return applying


def live_answers(definition: Item, answers: Answers) -> dict[str, Entry]:
    """The entries that count: those of questions that are asked. Rules and scores look at nothing else."""
    return {
        question.link_id: answers[question.link_id]
        for question in asked(questions(definition), answers)
        if question.link_id in answers
    }


def _holds(behaviour: str, conditions: tuple[Item, ...], answers: Answers) -> bool:
    results = (_condition_holds(condition, answers) for condition in conditions)
    return any(results) if behaviour == "any" else all(results)


def _condition_holds(condition: Item, answers: Answers) -> bool:
    entry = answers.get(condition["question"], {})
    values = [value for answer in entry.get("answers", ()) for value in answer.values()]
    wanted = next(value for name, value in condition.items() if name.startswith("answer"))
    operator = condition["operator"]
    if operator == "exists":
        return bool(bool(values or entry.get("rows")) == wanted)
    if operator == "!=":
        return bool(values) and not any(_is_same(value, wanted) for value in values)
    if operator == "=":
        return any(_is_same(value, wanted) for value in values)
    return any(_compares(value, operator, wanted) for value in values)


def _is_same(value: Any, wanted: Any) -> bool:
    """Codings by code, and by system where both name one; True is not 1."""
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        systems = {value.get("system"), wanted.get("system")} - {None}
        return bool(value.get("code") == wanted.get("code") and len(systems) < 2)
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _compares(value: Any, operator: str, wanted: Any) -> bool:
    pair = _orderable(value), _orderable(wanted)
    if pair[0] is None or pair[1] is None or type(pair[0]) is not type(pair[1]):
        return False
    left: Any
    right: Any
    left, right = pair
    return bool({">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator])


def _orderable(value: Any) -> Decimal | dt.date | None:
    """A number or a date; anything else has no order here."""
    if isinstance(value, bool | Mapping):
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    try:
        return dt.date.fromisoformat(f"{value}-01-01"[: len("2000-01-01")])  # a year or a month: its first day
    except ValueError:
        return None
