"""Shipped questionnaires, validation that names the place, versions and signatures."""

import json
import re

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as FhirQuestionnaire

from intake.screening import clauses
from intake.screening.shipped import EXTENSIONS, NAMES, all_shipped, shipped
from intake.screening.validation import problems
from intake.tests.screening.rule_steps import item_of

RULE = f"{EXTENSIONS}/rule"


# --- What is shipped ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_shipped_questionnaire_is_fhir_r4_and_can_be_used(name):
    definition = shipped(name)

    FhirQuestionnaire.model_validate(definition)
    assert problems(definition) == []


@pytest.mark.parametrize("name", NAMES)
def test_shipped_questionnaire_carries_version_copyright_and_licence(name):
    definition = shipped(name)
    licence = [e["valueString"] for e in definition["extension"] if e["url"] == f"{EXTENSIONS}/licence"]

    assert re.fullmatch(r"\d+\.\d+\.\d+", definition["version"])
    assert len(licence) == 1
    assert definition["copyright"]
    assert ("loinc.org/license" in definition["copyright"]) is any(
        coding["system"] == "http://loinc.org"
        for item in clauses.items_of(definition)
        for coding in [*item.get("code", []), *(o["valueCoding"] for o in item.get("answerOption", []))]
    )


PHQ_9 = [
    ("44250-9", "Little interest or pleasure in doing things"),
    ("44255-8", "Feeling down, depressed, or hopeless"),
    ("44259-0", "Trouble falling or staying asleep, or sleeping too much"),
    ("44254-1", "Feeling tired or having little energy"),
    ("44251-7", "Poor appetite or overeating"),
    (
        "44258-2",
        "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
    ),
    ("44252-5", "Trouble concentrating on things, such as reading the newspaper or watching television"),
    (
        "44253-3",
        (
            "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety or "
            "restless that you have been moving around a lot more than usual"
        ),
    ),
    ("44260-8", "Thoughts that you would be better off dead or of hurting yourself in some way"),
]


def test_phq_9_has_the_published_words_and_codes_in_the_published_order():
    (stem, _difficulty) = shipped("phq-9")["item"]

    assert stem["text"] == ("Over the last 2 weeks, how often have you been bothered by any of the following problems?")
    assert [(item["linkId"], item["text"]) for item in stem["item"]] == PHQ_9
    assert all(item["code"] == [{"system": "http://loinc.org", "code": item["linkId"]}] for item in stem["item"])


def test_nothing_is_selected_beforehand_anywhere():
    assert "initial" not in json.dumps(all_shipped())


# --- Validation names the place -------------------------------------------------------------------------


def broken(name, change):
    definition = shipped(name)
    change(definition)
    return problems(definition)


def drop(definition, *path):
    for step in path[:-1]:
        definition = definition[step]
    del definition[path[-1]]


def option(definition, link_id, code):
    return next(o for o in item_of(definition, link_id)["answerOption"] if clauses.code_of(o) == code)


def part(element, name):
    rule = next(e for e in element["extension"] if e["url"] == RULE)
    return next(p for p in rule["extension"] if p["url"] == name)


BREAKS = {
    "copyright is missing.": lambda d: drop(d, "copyright"),
    "version is longer than 20 characters.": lambda d: d.update(version="1" * 21),
    'resourceType must be "Questionnaire".': lambda d: d.update(resourceType="Patient"),
    "The questionnaire: item must be a list in square brackets.": lambda d: d.update(item={}),
    "The questionnaire, item 2 must be an object in braces.": lambda d: d["item"].insert(1, "x"),
    "vessels: text must be a text in quotes.": lambda d: item_of(d, "vessels").update(text=3),
    "vessels: it has no text.": lambda d: drop(item_of(d, "vessels"), "text"),
    "reaction: the type slider cannot be shown.": lambda d: item_of(d, "reaction").update(type="slider"),
    "vessels: two items have this linkId.": lambda d: d["item"].append(
        {"linkId": "vessels", "type": "string", "text": "Again"}
    ),
    "systolic: minValue must be a number.": lambda d: item_of(d, "systolic")["extension"][-2].update(
        valueInteger="low"
    ),
    "reading-date: minValue must be a date as text.": lambda d: item_of(d, "reading-date")["extension"][0].update(
        valueDate=3
    ),
    "heart: its code needs a system and a code.": lambda d: item_of(d, "heart").update(code=[{"code": "1"}]),
    "heart: the answer valve needs a system, a code and a display.": lambda d: drop(
        option(d, "heart", "valve"), "valueCoding", "system"
    ),
    "heart, answer valve: a rule cannot be read (KeyError: 'SEVERE').": lambda d: part(
        option(d, "heart", "valve"), "level"
    ).update(valueCode="SEVERE"),
    "Two rules have the code heart.valve.": lambda d: part(option(d, "heart", "rhythm"), "code").update(
        valueCode="heart.valve"
    ),
    "The rule heart.valve needs a reason and a source.": lambda d: part(option(d, "heart", "valve"), "source").update(
        valueString=" "
    ),
    "The rule heart.unanswered says when=never; here it can be answered, unanswered, at-least, above, below.": (
        lambda d: part(item_of(d, "heart"), "when").update(valueCode="never")
    ),
    "The rule reading.not-plausible names the question pulse, which is not here.": lambda d: part(d, "has")[
        "extension"
    ][0].update(valueString="pulse"),
    "The extension https://clinic.example/fhir/StructureDefinition/instrument must name the instrument.": (
        lambda d: d["extension"].pop(0)
    ),
    "systolic: a rule cannot be read (KeyError: 'value').": lambda d: item_of(d, "systolic")["extension"][0][
        "extension"
    ].remove(part(item_of(d, "systolic"), "value")),
    "The rule heart.valve needs alert and trigger together.": lambda d: option(d, "heart", "valve")["extension"][0][
        "extension"
    ].append({"url": "alert", "valueCode": "URGENT"}),
}


@pytest.mark.parametrize(("message", "change"), BREAKS.items(), ids=BREAKS)
def test_broken_definition_is_refused_with_the_place_named(message, change):
    assert broken("stop-items", change) == [message]


def _words(definition):
    return [e for e in definition["extension"] if e["url"].endswith("medicine-words")]


MEDICINE_BREAKS = {
    "The rule medicine.opioid-with-benzodiazepine names the answer opiate, which medicine-classes does not have.": (
        lambda d: part(d, "has")["extension"][1].update(valueCode="opiate")
    ),
    "The word list maois has no answer of that code at medicine-classes.": lambda d: _words(d)[0]["extension"][
        0
    ].update(valueCode="maois"),
    "The word list maoi is empty.": lambda d: _words(d)[0]["extension"][1].update(valueString=" , "),
    "medicines: enableWhen waits for an answer that takes-medicines does not have.": lambda d: item_of(d, "medicines")[
        "enableWhen"
    ][0]["answerCoding"].update(code="maybe"),
    "The rule medicine.opioid-with-benzodiazepine needs two questions under has.": lambda d: next(
        e for e in d["extension"] if e["url"] == RULE
    )["extension"].remove(part(d, "has")),
}


@pytest.mark.parametrize(("message", "change"), MEDICINE_BREAKS.items(), ids=MEDICINE_BREAKS)
def test_broken_list_of_medicines_is_refused_with_the_place_named(message, change):
    assert broken("medicines", change) == [message]


INSTRUMENT_BREAKS = {
    "44260-8: the wording of PHQ-9 must stay as it was published.": lambda d: item_of(d, "44260-8").update(
        text="Sad thoughts"
    ),
    "44250-9: the answers of PHQ-9, their order, codes and weights must stay.": lambda d: item_of(d, "44250-9")[
        "answerOption"
    ].reverse(),
    "44250-9: the answers' wording of PHQ-9 must stay as it was published.": lambda d: item_of(d, "44250-9")[
        "answerOption"
    ][0]["valueCoding"].update(display="Not at all sure"),
    "44250-9: PHQ-9 needs this item.": lambda d: d["item"][0]["item"].pop(0),
    "x: PHQ-9 has no such item.": lambda d: d["item"].append({"linkId": "x", "type": "string", "text": "More"}),
    "44260-8: the alert phq-9.item-9.more-than-half may be made stronger, not weaker.": lambda d: part(
        option(d, "44260-8", "LA6570-1"), "alert"
    ).update(valueCode="URGENT_SAME_DAY"),
    "44260-8: the alert phq-9.item-9.unanswered may be made stronger, not weaker.": lambda d: drop(
        item_of(d, "44260-8"), "extension"
    ),
}


@pytest.mark.parametrize(("message", "change"), INSTRUMENT_BREAKS.items(), ids=INSTRUMENT_BREAKS)
def test_instrument_keeps_what_makes_it_valid(message, change):
    assert broken("phq-9", change) == [message]


def test_alert_may_be_made_stronger():
    stronger = lambda d: part(option(d, "44260-8", "LA6569-3"), "alert").update(valueCode="EMERGENCY")  # noqa: E731

    assert broken("phq-9", stronger) == []


def test_translation_may_have_other_words():
    def translate(definition):
        definition["language"] = "es"
        item_of(definition, "44250-9")["text"] = "Poco interés"

    assert broken("phq-9", translate) == []


@pytest.mark.parametrize("nonsense", [None, [], 3, "x", {}, {"item": [{"type": [], "linkId": 1}]}, {"extension": [1]}])
def test_nonsense_is_refused_without_an_accident(nonsense):
    assert problems(nonsense) != []
