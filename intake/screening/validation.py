"""What stands in the way of using a questionnaire, in words that name the place. Pure.

Instruments keep their items, codes, weights and English wording: a changed word breaks validity, and for some the
licence. The alerts of their safety questions can be made stronger, not taken away.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from intake.screening import clauses, shipped
from intake.screening.clauses import Element, code_of, items_of, rules_on, words_of
from intake.screening.instruments import INSTRUMENTS
from intake.screening.items import MAX_VALUE, MIN_VALUE, extension
from intake.screening.medicine_names import MEDICINE_QUESTION
from intake.screening.support import unsupported

MUST_SAY = ("url", "version", "title", "language", "copyright")
LONGEST = {"url": 200, "version": 20, "title": 120, "language": 10}
LONGEST_INSTRUMENT = 40
TEXTS = ("linkId", "text", "type", "enableBehavior")
PLAIN = ("code", "enableWhen")  # their members hold no lists of ours
LISTS = ("item", "extension", "enableWhen", "answerOption", "code")


def problems(definition: Any) -> list[str]:
    """Everything that must be mended before the questionnaire can be signed; empty when it can be."""
    broken = list(_broken_shape(definition, "The questionnaire"))
    if broken:
        return broken
    found = [*_problems_of_head(definition), *unsupported(definition)]
    for item in items_of(definition):
        found += [f"{item.get('linkId', '?')}: {problem}" for problem in _problems_of_item(item)]
    broken_rules = list(_broken_rules(definition))
    found += broken_rules
    if not broken_rules:
        found += [
            *_problems_of_rules(definition),
            *_problems_of_words(definition),
            *_problems_of_instrument(definition),
        ]
    return list(dict.fromkeys(found))


def _broken_shape(element: Any, place: str, *, has_lists: bool = True) -> Iterator[str]:
    """Whether lists are lists and their members objects, at any depth; the rest relies on it."""
    if not isinstance(element, Mapping):
        yield f"{place} must be an object in braces."
        return
    for name in TEXTS:
        if not isinstance(element.get(name, ""), str):
            yield f"{place}: {name} must be a text in quotes."
    for name in LISTS if has_lists else ():
        members = element.get(name, [])
        if not isinstance(members, list):
            yield f"{place}: {name} must be a list in square brackets."
            continue
        for number, member in enumerate(members, start=1):
            own = str(member.get("linkId", "")) if isinstance(member, Mapping) else ""
            yield from _broken_shape(member, own or f"{place}, {name} {number}", has_lists=name not in PLAIN)


def _problems_of_head(definition: Element) -> Iterator[str]:
    if definition.get("resourceType") != "Questionnaire":
        yield 'resourceType must be "Questionnaire".'
    for name in MUST_SAY:
        if not isinstance(definition.get(name), str) or not definition[name].strip():
            yield f"{name} is missing."
        elif len(definition[name]) > LONGEST.get(name, len(definition[name])):
            yield f"{name} is longer than {LONGEST[name]} characters."
    instrument = shipped.instrument_of(dict(definition))
    if not instrument or len(instrument) > LONGEST_INSTRUMENT:
        yield f"The extension {shipped.INSTRUMENT} must name the instrument."


def _problems_of_item(item: Element) -> Iterator[str]:
    if not isinstance(item.get("text"), str) or not item["text"].strip():
        yield "it has no text."
    for url, words in ((MIN_VALUE, "minValue"), (MAX_VALUE, "maxValue")):
        limit = extension(item, url)
        is_right = isinstance(limit, str) if item.get("type") == "date" else isinstance(limit, int | float)
        if limit is not None and not is_right:
            yield f"{words} must be a {'date as text' if item.get('type') == 'date' else 'number'}."
    for coding in item.get("code", ()):
        if not coding.get("system") or not coding.get("code"):
            yield "its code needs a system and a code."
    for option in item.get("answerOption", ()):
        coding = option.get("valueCoding")
        if coding is not None and not (
            isinstance(coding, Mapping) and all(coding.get(name) for name in ("system", "code", "display"))
        ):
            yield f"the answer {code_of(option) or '?'} needs a system, a code and a display."


# --- Rules -------------------------------------------------------------------------------------------


def _broken_rules(definition: Element) -> Iterator[str]:
    places = [("The questionnaire", definition)]
    for item in items_of(definition):
        link_id = str(item.get("linkId", "?"))
        places.append((link_id, item))
        places += [(f"{link_id}, answer {code_of(option)}", option) for option in item.get("answerOption", ())]
    for place, element in places:
        try:
            rules_on(element)
            clauses.medicine_words(element)
        except (KeyError, ValueError, TypeError, AttributeError, StopIteration) as error:
            yield f"{place}: a rule cannot be read ({type(error).__name__}: {str(error)[:80]})."


def _problems_of_rules(definition: Element) -> Iterator[str]:
    options = {
        str(item.get("linkId")): {code_of(option) for option in item.get("answerOption", ())}
        for item in items_of(definition)
    }
    codes = Counter(placed.rule.code for placed in clauses.placed_rules(definition))
    yield from (f"Two rules have the code {code}." for code, count in codes.items() if count > 1)
    for placed in clauses.placed_rules(definition):
        rule = placed.rule
        allowed = (clauses.CHOSEN,) if placed.answer else clauses.ON_QUESTION if placed.link_id else clauses.ON_WHOLE
        if rule.when not in allowed:
            yield f"The rule {rule.code} says when={rule.when}; here it can be {', '.join(allowed)}."
        if not rule.reason.strip() or not rule.source.strip():
            yield f"The rule {rule.code} needs a reason and a source."
        if (rule.alert is None) != (not rule.trigger):
            yield f"The rule {rule.code} needs alert and trigger together."
        if rule.when in {"all-of", "must-exceed"}:
            yield from _problems_of_pairs(rule, options)
    for item in items_of(definition):
        yield from _problems_of_targets(item, options)


def _problems_of_pairs(rule: clauses.Rule, options: Mapping[str, set[str]]) -> Iterator[str]:
    if len(rule.has) < 2 or (rule.when == "must-exceed" and len(rule.has) > 2):
        yield f"The rule {rule.code} needs two questions under has."
    for link_id, code in rule.has:
        if link_id not in options:
            yield f"The rule {rule.code} names the question {link_id}, which is not here."
        elif rule.when == "all-of" and code not in options[link_id]:
            yield f"The rule {rule.code} names the answer {code}, which {link_id} does not have."


def _problems_of_targets(item: Element, options: Mapping[str, set[str]]) -> Iterator[str]:
    for condition in item.get("enableWhen", ()):
        coding, target = condition.get("answerCoding"), str(condition.get("question"))
        if coding is not None and options.get(target) and code_of({"valueCoding": coding}) not in options[target]:
            yield f"{item.get('linkId')}: enableWhen waits for an answer that {target} does not have."


def _problems_of_words(definition: Element) -> Iterator[str]:
    classes = clauses.medicine_words(definition)
    question = next((item for item in items_of(definition) if item.get("linkId") == MEDICINE_QUESTION), {})
    known = {code_of(option) for option in question.get("answerOption", ())}
    for name, words in classes.items():
        if name not in known:
            yield f"The word list {name} has no answer of that code at {MEDICINE_QUESTION}."
        if not words:
            yield f"The word list {name} is empty."


# --- Instruments keep what makes them valid ------------------------------------------------------------


def _problems_of_instrument(definition: Element) -> Iterator[str]:
    name = shipped.instrument_of(dict(definition))
    if name not in INSTRUMENTS:
        return
    original = next(found for found in shipped.all_shipped() if shipped.instrument_of(found) == name)
    own = {str(item.get("linkId")): item for item in items_of(definition)}
    is_english = str(definition.get("language", "")).startswith("en")
    for item in items_of(original):
        link_id, kept = item["linkId"], own.get(item["linkId"])
        if kept is None:
            yield f"{link_id}: {name} needs this item."
            continue
        if is_english and kept.get("text") != item["text"]:
            yield f"{link_id}: the wording of {name} must stay as it was published."
        if [_weight(option) for option in kept.get("answerOption", ())] != [
            _weight(option) for option in item.get("answerOption", ())
        ]:
            yield f"{link_id}: the answers of {name}, their order, codes and weights must stay."
        elif is_english and [words_of(option) for option in kept.get("answerOption", ())] != [
            words_of(option) for option in item.get("answerOption", ())
        ]:
            yield f"{link_id}: the answers' wording of {name} must stay as it was published."
        else:
            yield from _weakened_alerts(link_id, item, kept)
    yield from (
        f"{link_id}: {name} has no such item." for link_id in own.keys() - {i["linkId"] for i in items_of(original)}
    )


def _weight(option: Element) -> tuple[str, Any]:
    weights = [
        found.get("valueDecimal")
        for found in option.get("extension", ())
        if str(found.get("url", "")).endswith("ordinalValue")
    ]
    return code_of(option), weights[0] if weights else None


def _weakened_alerts(link_id: str, original: Element, kept: Element) -> Iterator[str]:
    pairs = [(original, kept), *zip(original.get("answerOption", ()), kept.get("answerOption", ()), strict=True)]
    for before, after in pairs:
        alerts = {rule.when: rule.alert for rule in rules_on(after) if rule.alert}
        for rule in rules_on(before):
            now = alerts.get(rule.when)
            if rule.alert and (now is None or now < rule.alert):
                yield f"{link_id}: the alert {rule.code} may be made stronger, not weaker."
