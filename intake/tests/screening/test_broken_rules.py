"""A rule or a definition that cannot be applied loses no answer and no cry for help."""

import copy
import json
import logging

import pytest

from clinic.logs import AllowListFormatter
from intake.models import Flag, SafetyItem, ScreeningResponse
from intake.screening.clauses import RULE
from intake.screening.cries import cries_for, silences_for
from intake.screening.findings import RULES_BROKEN
from intake.screening.rules import soonest_triggers
from intake.tests.screening.sitting_steps import DEFINITIONS, Person, make_screening, sign_all

pytestmark = pytest.mark.django_db


def broken(name):
    """The definition with a rule that lacks its level."""
    whole = copy.deepcopy(DEFINITIONS[name])
    parts = [{"url": "code", "valueCode": "x"}]
    whole["extension"] = [*whole.get("extension", []), {"url": RULE, "extension": parts}]
    return whole


@pytest.fixture
def person(db):
    sign_all(**{name: broken(name) for name in DEFINITIONS})
    return Person(make_screening()).start()


def live_codes():
    return sorted((flag.level, flag.code) for flag in Flag.objects.filter(is_live=True))


def test_answer_flag_and_call_are_kept_and_the_page_goes_on(person, caplog):
    with caplog.at_level(logging.ERROR):
        person.choose("LA6568-5", "LA6570-1")

    assert person.answer.status_code == 200
    assert person.heading == "In the past few weeks, have you wished you were dead?"
    assert "crisis-block" in person.text
    answers = ScreeningResponse.objects.get(questionnaire__instrument="PHQ-9").answers
    assert {link_id: entry["texts"] for link_id, entry in answers.items()} == {
        "44250-9": ["Not at all"], "44260-8": ["More than half the days"],
    }  # fmt: skip
    assert SafetyItem.objects.get().level == 2
    assert live_codes() == [(1, RULES_BROKEN), (3, "phq-9.item-9.answered.safety-net")]
    lines = [json.loads(AllowListFormatter().format(record)) for record in caplog.records]
    said = [line for line in lines if line["event"] == "rules cannot be applied to answers"]
    assert said[0]["check"] == "PHQ-9"
    assert said[0]["error"][0] == "KeyError"
    assert "More than half" not in json.dumps(said)


def test_emergency_is_raised_and_the_sitting_can_be_sent(person):
    person.choose("LA6568-5", "LA6569-3", "LA33-6", "LA33-6", "LA6572-7", "LA6568-5", "none", "none")
    person.post(q2__rows="1", q2__0__1="Lithium", q2__0__2="300 mg")
    person.post()

    assert person.heading == "Thank you. Your answers are with us"
    assert SafetyItem.objects.get().level == 3


def test_safety_question_left_empty_is_raised_when_the_answers_are_sent(person):
    person.choose("LA6568-5")
    person.post(f"{person.home}check/", anyway="1")

    assert person.heading == "Thank you. Your answers are with us"
    assert [item.level for item in SafetyItem.objects.all()] == [1]


def test_condition_that_cannot_be_read_asks_the_question(db):
    odd = copy.deepcopy(DEFINITIONS["GAD-7"])
    odd["item"][0]["enableWhen"] = [{"question": "x", "operator": "="}]
    sign_all(**{"GAD-7": odd})
    person = Person(make_screening()).start()

    person.choose("LA6568-5", "LA6568-5", "LA6572-7", "LA6570-1")

    assert person.answer.status_code == 200
    assert ScreeningResponse.objects.get(questionnaire__instrument="GAD-7").answers["69725-0"]["texts"]


def entry(code="", absent=None):
    return {"answers": [{"valueCoding": {"code": code}}] if code else [], "texts": [], "absent": absent}


@pytest.mark.parametrize(
    ("instrument", "answers", "levels"),
    [
        ("PHQ-9", {"44260-8": entry("LA6568-5")}, []),
        ("PHQ-9", {"/44260-8": entry("LA6569-3")}, [1]),
        ("PHQ-9", {"44260-8": entry("LA6570-1")}, [2]),
        ("PHQ-9", {"44260-8": entry("LA6571-9")}, [2]),
        ("PHQ-9", {"44260-8": entry("never-seen")}, [2]),
        ("PHQ-9", {"44260-8": entry(absent="asked-declined")}, [1]),
        ("PHQ-9", {"44260-8": entry()}, [1]),
        ("PHQ-9", {"44250-9": entry("LA6571-9")}, []),
        ("ASQ", {"asq-1": entry("LA32-8")}, []),
        ("ASQ", {"asq-4": entry("LA33-6")}, [1]),
        ("ASQ", {"asq-4": entry("LA33-6"), "asq-5": entry("LA33-6")}, [3]),
        ("ASQ", {"asq-2": entry(absent="asked-declined")}, [1]),
        ("GAD-7", {"69725-0": entry("LA6571-9")}, []),
    ],
)
def test_codes_alone_say_who_must_be_called(instrument, answers, levels):
    flags = [*cries_for(instrument, answers), *silences_for(instrument, answers, finished=False)]

    assert [trigger.level for trigger in soonest_triggers(flags)] == levels
