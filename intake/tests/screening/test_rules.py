"""Every rule of the shipped questionnaires, and what the engine does with answers."""

import datetime as dt

import pytest

from intake.models import FlagLevel, SafetyLevel
from intake.screening import clauses
from intake.screening.clauses import CHOSEN, Alert, Level, placed_rules, rules_on
from intake.screening.rules import flags_for
from intake.screening.shipped import NAMES, shipped
from intake.tests.screening.rule_steps import HISTORY, MEDICINES, STOP, chose, entry, item_of, number, raised

# --- As data ------------------------------------------------------------------------------------------


def test_levels_are_those_of_the_database():
    assert [(level.name, level.value) for level in Level] == [(level.name, level.value) for level in FlagLevel]
    assert [(alert.name, alert.value) for alert in Alert] == [(level.name, level.value) for level in SafetyLevel]


EVERY_OPTION = [
    pytest.param(name, item["linkId"], clauses.code_of(option), id=f"{name}:{item['linkId']}:{clauses.code_of(option)}")
    for name in NAMES
    for item in clauses.items_of(shipped(name))
    for option in item.get("answerOption", ())
]


@pytest.mark.parametrize(("name", "link_id", "code"), EVERY_OPTION)
def test_each_answer_raises_exactly_its_own_rules(name, link_id, code):
    definition = shipped(name)
    asked_alone = {**definition, "extension": [], "item": [item_of(definition, link_id)]}
    asked_alone["item"][0].pop("enableWhen", None)
    option = next(o for o in asked_alone["item"][0]["answerOption"] if clauses.code_of(o) == code)

    found = flags_for(asked_alone, {link_id: entry(definition, link_id, code)})

    assert [(flag.code, flag.level, flag.reason, flag.source, flag.note) for flag in found] == [
        (rule.code, rule.level, rule.reason, rule.source, rule.note) for rule in rules_on(option)
    ]
    assert all(flag.question == asked_alone["item"][0]["text"] for flag in found)
    assert all(flag.answer == option["valueCoding"]["display"] for flag in found)


def test_stop_items_say_for_not_sure_and_for_unanswered_that_a_clinician_reviews():
    found = list(placed_rules(STOP))
    not_sure = [placed for placed in found if placed.answer == "Not sure"]
    unanswered = [placed for placed in found if placed.rule.when == "unanswered"]

    assert {placed.rule.level for placed in not_sure} == {placed.rule.level for placed in unanswered} == {Level.REVIEW}
    stops = {
        placed.link_id for placed in found if placed.rule.when == CHOSEN and placed.rule.level == Level.REVIEW_STOP
    }
    assert stops <= {placed.link_id for placed in not_sure} & {placed.link_id for placed in unanswered}


# The table of clinical.md 2.3: (answer, level).
STOP_TABLE = {
    ("vessels", "aneurysm"): "REVIEW_STOP",
    ("vessels", "avm"): "REVIEW_STOP",
    ("vessels", "brain-bleed"): "REVIEW_STOP",
    ("vessels", "stroke-recent"): "REVIEW_STOP",
    ("vessels", "stroke-past"): "REVIEW",
    ("heart", "chest-pain-now"): "REVIEW_STOP",
    ("heart", "heart-attack-recent"): "REVIEW_STOP",
    ("heart", "heart-attack-past"): "REVIEW",
    ("heart", "rhythm"): "REVIEW",
    ("blood-pressure", "not-controlled"): "REVIEW_STOP",
    ("blood-pressure", "controlled"): "REVIEW",
    ("breathing", "severe-lung"): "REVIEW_STOP",
    ("breathing", "home-oxygen"): "REVIEW_STOP",
    ("breathing", "sleep-apnea"): "REVIEW",
    ("head-eyes", "brain-pressure"): "REVIEW_STOP",
    ("head-eyes", "brain-tumor"): "REVIEW_STOP",
    ("head-eyes", "head-injury"): "REVIEW_STOP",
    ("head-eyes", "glaucoma-untreated"): "REVIEW_STOP",
    ("head-eyes", "eye-surgery"): "REVIEW_STOP",
    ("head-eyes", "glaucoma-treated"): "REVIEW",
    ("head-eyes", "seizures"): "REVIEW",
    ("organs", "liver-severe"): "REVIEW_STOP",
    ("organs", "liver-mild"): "REVIEW",
    ("organs", "bladder"): "REVIEW_STOP",
    ("organs", "urination"): "REVIEW",
    ("organs", "kidney"): "REVIEW",
    ("organs", "thyroid"): "REVIEW_STOP",
    ("organs", "porphyria"): "REVIEW_STOP",
    ("reaction", "yes"): "REVIEW_STOP",
    ("pregnancy", "pregnant"): "REVIEW_STOP",
    ("pregnancy", "trying"): "REVIEW_STOP",
    ("pregnancy", "breastfeeding"): "REVIEW_STOP",
    ("pregnancy", "not-sure"): "REVIEW",
    ("diagnoses", "schizophrenia"): "REVIEW_STOP",
    ("diagnoses", "psychosis"): "REVIEW_STOP",
    ("diagnoses", "bipolar"): "REVIEW",
    ("diagnoses", "dissociative"): "REVIEW",
    ("diagnoses", "borderline"): "REVIEW",
    ("diagnoses", "dementia"): "REVIEW_STOP",
    ("high-mood", "now"): "REVIEW_STOP",
    ("high-mood", "past"): "REVIEW",
    ("voices", "now"): "REVIEW_STOP",
    ("voices", "past"): "REVIEW",
}


@pytest.mark.parametrize(("answer", "level"), STOP_TABLE.items(), ids=str)
def test_stop_item_has_the_level_of_the_signed_table(answer, level):
    link_id, code = answer

    assert list(raised(STOP, {link_id: entry(STOP, link_id, code)}).values()) == [level]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("maoi", "REVIEW_STOP"),
        ("theophylline", "REVIEW_STOP"),
        ("oxybate", "REVIEW_STOP"),
        ("benzodiazepine", "REVIEW"),
        ("opioid", "REVIEW"),
        ("stimulant", "REVIEW"),
        ("lamotrigine", "REVIEW"),
        ("antipsychotic", "REVIEW"),
        ("tricyclic", "REVIEW"),
        ("enzyme", "REVIEW"),
        ("lithium", "INFO"),
        ("antidepressant", "INFO"),
        ("birth-control", "INFO"),
    ],
)
def test_class_of_medicines_has_the_level_of_the_signed_table(code, level):
    assert list(raised(MEDICINES, chose(MEDICINES, medicine_classes=[code])).values()) == [level]


# --- Unanswered, numbers, dates, text --------------------------------------------------------------------


def test_unanswered_safety_questions_are_reviewed_once_the_form_is_sent():
    everything = raised(STOP, {}, finished=True)

    asked = [item["linkId"] for item in clauses.items_of(STOP) if item.get("required")]
    assert everything == {f"{link_id}.unanswered": "REVIEW" for link_id in asked}


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [
        (140, 90, {}),
        (141, 90, {"systolic.high": "REVIEW_STOP"}),
        (140, 91, {"diastolic.high": "REVIEW_STOP"}),
        (179, 119, {"systolic.high": "REVIEW_STOP", "diastolic.high": "REVIEW_STOP"}),
        (180, 90, {"systolic.very-high": "REVIEW_STOP"}),
        (150, 120, {"systolic.high": "REVIEW_STOP", "diastolic.very-high": "REVIEW_STOP"}),
        (80, 80, {"reading.not-plausible": "REVIEW"}),
        (60, 40, {}),
        (59, 40, {"systolic.not-plausible": "REVIEW"}),
        (260, 90, {"systolic.very-high": "REVIEW_STOP"}),
        (261, 90, {"systolic.very-high": "REVIEW_STOP", "systolic.not-plausible": "REVIEW"}),
    ],
)
def test_blood_pressure_at_each_boundary(systolic, diastolic, expected):
    answers = {"systolic": number(systolic), "diastolic": number(diastolic)}

    assert raised(STOP, answers) == expected


def test_crisis_reading_carries_plain_words_for_the_person():
    (flag,) = flags_for(STOP, {"systolic": number(185)}, finished=False)

    assert "call 911" in flag.note


def test_half_a_reading_is_not_compared():
    assert raised(STOP, {"systolic": number(100)}) == {}
    assert raised(STOP, {"diastolic": number(70)}) == {}


@pytest.mark.parametrize(
    ("date", "on", "expected"),
    [
        ("2026-11-22", dt.date(2026, 11, 22), {}),
        ("2026-11-23", dt.date(2026, 11, 22), {"reading-date.not-plausible": "REVIEW"}),
        ("2026-12", dt.date(2026, 11, 22), {"reading-date.not-plausible": "REVIEW"}),
        ("2026", dt.date(2026, 11, 22), {}),
        ("2000-01-01", None, {}),
        ("1999-12-31", None, {"reading-date.not-plausible": "REVIEW"}),
        ("2026-11-23", None, {}),
    ],
)
def test_dates_are_range_checked(date, on, expected):
    assert raised(STOP, {"reading-date": number(date, "valueDate")}, on=on) == expected


@pytest.mark.parametrize(("age", "expected"), [(64, {}), (65, {"age.65": "REVIEW"}), (None, {})])
def test_age_is_reviewed_from_65(age, expected):
    assert raised(STOP, {}, age=age) == expected


def test_free_text_is_information_in_the_persons_words():
    (flag,) = flags_for(HISTORY, {"allergies": number("Penicillin", "valueString")}, finished=False)

    assert (flag.level, flag.answer) == (Level.INFO, "Penicillin")


@pytest.mark.parametrize(("count", "expected"), [(1, {"trials.fewer-than-two": "INFO"}), (2, {})])
def test_fewer_than_two_trials_is_information(count, expected):
    answers = chose(HISTORY, treatments=["antidepressants"]) | {"trials": number(count)}

    assert raised(HISTORY, answers) == expected


def test_answer_to_a_question_that_is_not_asked_does_not_count():
    assert raised(HISTORY, {"trials": number(1)}) == {}


@pytest.mark.parametrize(
    ("answers", "flagged"),
    [
        ({"units": "us", "height-feet": 5, "height-inches": 6, "weight-pounds": 248}, True),
        ({"units": "us", "height-feet": 5, "height-inches": 6, "weight-pounds": 247}, False),
        ({"units": "us", "height-feet": 5, "weight-pounds": 205}, True),
        ({"units": "us", "height-feet": 5, "weight-pounds": 204}, False),
        ({"units": "metric", "height-cm": 170, "weight-kg": 116}, True),
        ({"units": "metric", "height-cm": 170, "weight-kg": 115}, False),
        ({"units": "metric", "height-cm": 170}, False),
        ({"units": "us", "height-feet": 5}, False),
    ],
)
def test_bmi_of_40_is_reviewed_in_either_unit(answers, flagged):
    said = {name: number(value) for name, value in answers.items() if name != "units"}

    found = raised(HISTORY, chose(HISTORY, units=answers["units"]) | said)

    assert found == ({"bmi.40": "REVIEW"} if flagged else {})


# --- Scores -----------------------------------------------------------------------------------------------


def audit(*points):
    definition = shipped("audit-c")
    items = [item["linkId"] for item in clauses.items_of(definition)]
    codes = [[clauses.code_of(o) for o in item["answerOption"]] for item in clauses.items_of(definition)]
    said = {link: entry(definition, link, codes[n][p]) for n, (link, p) in enumerate(zip(items, points, strict=False))}
    return flags_for(definition, said, finished=False)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((1, 1, 0), []),
        ((1, 1, 1), ["audit-c.positive"]),
        ((4, 2, 0), ["audit-c.positive"]),
        ((4, 3, 0), ["audit-c.dependence-range"]),
        ((4, 4, 4), ["audit-c.dependence-range"]),
        ((3,), ["audit-c.positive"]),
    ],
)
def test_audit_c_is_reviewed_from_3_and_stops_from_7_one_flag_only(points, expected):
    assert [flag.code for flag in audit(*points)] == expected


def test_score_flag_says_the_total_and_band_or_what_is_certain():
    assert [flag.answer for flag in (*audit(4, 3, 0), *audit(3))] == [
        "7 of 12: positive",
        "at least 3, 1 of 3 answered",
    ]


def test_definition_without_rules_raises_nothing():
    assert (
        flags_for({"item": [{"linkId": "a", "type": "string", "text": "A"}]}, {"a": number("x", "valueString")}) == []
    )
