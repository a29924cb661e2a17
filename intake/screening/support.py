"""Which questionnaires we can show, and what stands in the way of the others. Pure."""

from collections.abc import Iterator
from typing import Any

from intake.screening.items import OPTION_VALUES, Item

TYPES = frozenset({"boolean", "choice", "date", "decimal", "integer", "string", "text"})
OPERATORS = frozenset({"exists", "=", "!=", ">", "<", ">=", "<="})
NOT_SUPPORTED = ("initial", "answerValueSet", "readOnly")


def unsupported(definition: Item) -> list[str]:
    """What of a Questionnaire we cannot show, in words for the person who wrote it; empty when we can show all."""
    items = list(_all_items(definition.get("item", ())))
    link_ids = [str(item.get("linkId", "")) for item in items]
    problems = ["The questionnaire has no items."] if not items else []
    problems += [f"{link_id}: two items have this linkId." for link_id in _twice(link_ids)]
    for link_id, item in zip(link_ids, items, strict=True):
        problems += [f"{link_id or 'An item without linkId'}: {problem}" for problem in _problems_of(item)]
        problems += [
            f"{link_id}: enableWhen names {condition.get('question')}, which does not stand before it."
            for condition in item.get("enableWhen", ())
            if condition.get("question") not in link_ids[: link_ids.index(link_id)]
        ]
    return problems


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _all_items(items: Any) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _all_items(item.get("item", ()))


def _problems_of(item: Item) -> Iterator[str]:
    kind = item.get("type")
    if not item.get("linkId"):
        yield "it needs a linkId."
    if kind not in TYPES | {"group", "display"}:
        yield f"the type {kind} cannot be shown."
    if kind == "choice":
        yield from _problems_of_choice(item)
    if item.get("repeats"):
        yield from _problems_of_rows(item) if kind == "group" else _problems_of_repeating(item)
    for condition in item.get("enableWhen", ()):
        yield from _problems_of_condition(condition)
    yield from (f"{name} is not supported." for name in NOT_SUPPORTED if item.get(name))
    yield from (f"the extension {found.get('url')} may not be ignored." for found in item.get("modifierExtension", ()))


def _problems_of_repeating(item: Item) -> Iterator[str]:
    if item.get("type") != "choice":
        yield "only choices and groups can repeat."


def _problems_of_rows(item: Item) -> Iterator[str]:
    if not item.get("item"):
        yield "a group that repeats needs items."
    for child in item.get("item", ()):
        is_plain = not (child.get("repeats") or child.get("enableWhen") or child.get("item"))
        if child.get("type") not in TYPES or not is_plain:
            yield f"{child.get('linkId')} cannot stand in a group that repeats: only plain questions can."


def _problems_of_condition(condition: Item) -> Iterator[str]:
    if condition.get("operator") not in OPERATORS:
        yield f"enableWhen has the operator {condition.get('operator')}."
    if not any(name.startswith("answer") for name in condition):
        yield "enableWhen has no answer to compare with."


def _problems_of_choice(item: Item) -> Iterator[str]:
    options = item.get("answerOption", ())
    if not options:
        yield "a choice needs its answerOption list."
    if any(option.get("initialSelected") for option in options):
        yield "no answer may be selected before the person chooses: remove initialSelected."
    values = [next((option[name] for name in OPTION_VALUES if name in option), None) for option in options]
    keys = [str(value.get("code", "") if isinstance(value, dict) else value) for value in values]
    if None in values or "" in keys or len(set(keys)) < len(keys):
        yield "each answerOption needs a code (or a text, number or date) of its own."
