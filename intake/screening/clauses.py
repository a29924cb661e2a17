"""The clinic's rules as they stand in a questionnaire: extensions of an answer, a question or the whole. Pure.

A rule on an answer holds when that answer is chosen. A rule on a question says `when`: answered, unanswered,
at-least, above, below (with `value`). A rule on the whole says score-at-least, age-at-least, bmi-at-least
(with `value`), all-of (with `has`: question and answer) or must-exceed (two questions). `alert` and `trigger`
name the safety item it raises, `note` a plain sentence that is shown to the person at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from intake.screening.shipped import EXTENSIONS

RULE = f"{EXTENSIONS}/rule"
MEDICINE_WORDS = f"{EXTENSIONS}/medicine-words"
CHOSEN = "chosen"
ON_QUESTION = ("answered", "unanswered", "at-least", "above", "below")
ON_WHOLE = ("score-at-least", "age-at-least", "bmi-at-least", "all-of", "must-exceed")
WITH_VALUE = ("at-least", "above", "below", "score-at-least", "age-at-least", "bmi-at-least")

Element = Mapping[str, Any]


class Level(IntEnum):
    """As `intake.models.FlagLevel`, which stands in the database."""

    INFO = 0
    REVIEW = 1
    REVIEW_STOP = 2
    URGENT = 3
    EMERGENCY = 4


class Alert(IntEnum):
    """As `intake.models.SafetyLevel`."""

    URGENT_SAME_DAY = 1
    URGENT = 2
    EMERGENCY = 3


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule, as signed by the medical director."""

    code: str
    level: Level
    reason: str
    source: str
    when: str = CHOSEN
    value: float = 0
    has: tuple[tuple[str, str], ...] = ()
    alert: Alert | None = None
    trigger: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PlacedRule:
    """A rule with where it stands: the question's linkId and words, the answer's words."""

    rule: Rule
    link_id: str = ""
    question: str = ""
    answer: str = ""

    @property
    def condition(self) -> str:
        """When it holds, in words: the answer chosen, or the condition with its value."""
        rule = self.rule
        if self.answer:
            return self.answer
        if rule.when in WITH_VALUE:
            return f"{rule.when.replace('-', ' ')} {rule.value:g}"
        if rule.has:
            return f"{rule.when.replace('-', ' ')}: " + ", ".join(" ".join(pair).strip() for pair in rule.has)
        return rule.when.replace("-", " ")


def rules_on(element: Element) -> list[Rule]:
    """The rules of an answer, a question or the whole. Raises KeyError or ValueError on a broken one."""
    return [_rule(found) for found in element.get("extension", ()) if found.get("url") == RULE]


def _rule(extension: Element) -> Rule:
    said: dict[str, Any] = {"has": ()}
    for part in extension["extension"]:
        if part["url"] == "has":
            pair = {inner["url"]: _value(inner) for inner in part["extension"]}
            said["has"] = (*said["has"], (str(pair["question"]), str(pair.get("answer", ""))))
        else:
            said[part["url"]] = _value(part)
    alert, when = said.get("alert"), str(said.get("when", CHOSEN))
    return Rule(
        code=str(said["code"]),
        level=Level[said["level"]],
        reason=str(said["reason"]),
        source=str(said["source"]),
        when=when,
        value=float(said["value"]) if when in WITH_VALUE else 0,
        has=said["has"],
        alert=Alert[alert] if alert else None,
        trigger=str(said.get("trigger", "")),
        note=str(said.get("note", "")),
    )


def _value(part: Element) -> Any:
    return next(value for name, value in part.items() if name.startswith("value"))


def code_of(option: Element) -> str:
    """The key of an answerOption: its code, else the value itself."""
    value = next((value for name, value in option.items() if name.startswith("value")), "")
    return str(value.get("code", "") if isinstance(value, Mapping) else value)


def words_of(option: Element) -> str:
    """What an answerOption shows."""
    value = next((value for name, value in option.items() if name.startswith("value")), "")
    return str(value.get("display") or value.get("code", "") if isinstance(value, Mapping) else value)


def items_of(element: Element) -> Iterator[Element]:
    """Every item at any depth, in order."""
    for item in element.get("item", ()):
        yield item
        yield from items_of(item)


def placed_rules(definition: Element) -> Iterator[PlacedRule]:
    """Every rule of a questionnaire, in the order of its questions; those of the whole come last."""
    for item in items_of(definition):
        at = {"link_id": str(item.get("linkId", "")), "question": str(item.get("text", ""))}
        for option in item.get("answerOption", ()):
            yield from (PlacedRule(rule=rule, answer=words_of(option), **at) for rule in rules_on(option))
        yield from (PlacedRule(rule=rule, **at) for rule in rules_on(item))
    yield from (PlacedRule(rule=rule) for rule in rules_on(definition))


def exceeding_pairs(definition: Element) -> list[tuple[str, str]]:
    """The questions of which the first must be above the second; none where a rule cannot be read."""
    try:
        rules = [rule for rule in rules_on(definition) if rule.when == "must-exceed"]
    except (KeyError, ValueError, StopIteration):
        return []
    return [(rule.has[0][0], rule.has[1][0]) for rule in rules if len(rule.has) == len(("larger", "smaller"))]


def medicine_words(definition: Element) -> dict[str, list[str]]:
    """The small dictionary: {class: [names]}, in any case. An aid, never a safety gate."""
    found: dict[str, list[str]] = {}
    for extension in definition.get("extension", ()):
        if extension.get("url") == MEDICINE_WORDS:
            said = {part["url"]: str(_value(part)) for part in extension["extension"]}
            found[said["class"]] = [word.strip() for word in said["words"].split(",") if word.strip()]
    return found
