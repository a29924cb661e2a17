"""`manage.py score_response`: what other systems send, and the contract of its lines."""

import pytest

from intake.screening import fhir_items
from intake.screening.fhir_response import read, score_resource
from intake.screening.instruments import INSTRUMENTS
from intake.tests.screening.fhir_rows import coded, codes_of, item, plain_response, response
from intake.tests.screening.response_steps import KEYS, NINE, PHQ, SCORED, phq

WORDS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
TEXTS = {code: words for words, code in fhir_items.question_words()["PHQ-9"].items()}


def named(name):
    return {"questionnaire": f"https://other.example/Questionnaire/{name}|2.1"}


VARIANTS = {
    "plain LOINC": phq(lambda n: PHQ[n]),
    "LHC slash": phq(lambda n: f"/{PHQ[n]}"),
    "LHC panel path": phq(lambda n: f"/44249-1/{PHQ[n]}"),
    "dotted path": phq(lambda n: f"44249-1.{PHQ[n]}"),
    "PHQ.1": phq(lambda n: f"PHQ.{n + 1}"),
    "PHQ-1": phq(lambda n: f"PHQ-{n + 1}"),
    "PHQ9": phq(lambda n: f"PHQ{n + 1}"),
    "phq9_1": phq(lambda n: f"phq9_{n + 1}"),
    "phq-9-q1": phq(lambda n: f"phq-9-q{n + 1}"),
    "q1 by address": phq(lambda n: f"q{n + 1}", **named("PHQ-9")),
    "q01 by address": phq(lambda n: f"Q0{n + 1}", **named("phq9")),
    "1 by address": phq(lambda n: f"{n + 1}", **named("phq_9")),
    "panel code in the address": phq(lambda n: f"q{n + 1}", questionnaire="http://loinc.org/q/44249-1"),
    "STU3 reference": phq(lambda n: f"q{n + 1}", questionnaire={"reference": "Questionnaire/phq-9"}),
    "path by address": phq(lambda n: f"H1/T1/Q{n + 1}", **named("PHQ9")),
    "no system": phq(lambda n: PHQ[n], lambda n, w: coded("PHQ-9", PHQ[n], w, system=None)),
    "integers": phq(lambda n: PHQ[n], lambda _n, w: {"valueInteger": w}),
    "decimals": phq(lambda n: PHQ[n], lambda _n, w: {"valueDecimal": float(w)}),
    "words": phq(lambda n: PHQ[n], lambda _n, w: {"valueString": WORDS[w].upper()}),
    "display only": phq(lambda n: PHQ[n], lambda _n, w: {"valueCoding": {"display": WORDS[w]}}),
    "item.code": response([
        item(f"x{n}", coded("PHQ-9", code, w), code=[{"code": code}]) for n, (code, w) in enumerate(zip(PHQ, NINE, strict=True))
    ]),
    "definition": response([
        item(f"x{n}", coded("PHQ-9", code, w), definition=f"http://loinc.org/fhir/{code}")
        for n, (code, w) in enumerate(zip(PHQ, NINE, strict=True))
    ]),
    "texts only": response([
        item(f"{'abcdefghi'[n]}", {"valueInteger": w}, text=f"{n + 1}. {TEXTS[code]}")
        for n, (code, w) in enumerate(zip(PHQ, NINE, strict=True))
    ]),
    "reverse order": response(phq(lambda n: PHQ[n])["item"][::-1]),
    "nested groups": response([
        {"linkId": "H1", "item": [{"linkId": "H1/T1", "item": phq(lambda n: f"/{PHQ[n]}")["item"]}]}
    ]),
    "items under an answer": response([
        item("intro", {"valueString": "ready", "item": phq(lambda n: PHQ[n])["item"]})
    ]),
    "wrong total first": response([item("/44261-6", {"valueDecimal": 27}), *phq(lambda n: f"/{PHQ[n]}")["item"]]),
    "total and severity": response([
        *phq(lambda n: f"H1/T1/Q{n + 1}")["item"], item("H1/TS", {"valueDecimal": 23}),
        item("severity", {"valueCoding": {"code": "severe"}}, text="Depression severity"),
    ], **named("PHQ9")),
    "PHQ-2 total": response([*phq(lambda n: PHQ[n])["item"], item("55758-7", {"valueInteger": 6})]),
    "difficulty, date and comment": response([
        *phq(lambda n: PHQ[n])["item"], item("69722-7", {"valueCoding": {"code": "LA6575-0"}}),
        item("date", {"valueDate": "2026-01-01"}), item("comment", {"valueString": "slept badly"}),
    ]),
    "unanswered extra": response([*phq(lambda n: PHQ[n])["item"], {"linkId": "69737-9"}, item("y", {})]),
    "answered twice alike": response([*phq(lambda n: PHQ[n])["item"], item(PHQ[0], {"valueInteger": 1})]),
    "in progress": phq(lambda n: PHQ[n], status="in-progress"),
}  # fmt: skip


@pytest.mark.parametrize("resource", VARIANTS.values(), ids=VARIANTS)
def test_real_world_variant_scores_the_same(resource):
    assert score_resource(resource) == SCORED


REFUSED = {
    "an item of GAD-7": (
        response([*phq(lambda n: PHQ[n])["item"], item("69725-0", {"valueInteger": 1})]),
        ["69725-0: this is an item of GAD-7, not of PHQ-9."],
    ),
    "an item of GAD-7 by its words": (
        response([*phq(lambda n: PHQ[n])["item"], item("x", {"valueInteger": 1}, text="Trouble relaxing")]),
        ["x: this is an item of GAD-7, not of PHQ-9."],
    ),
    "an unknown item": (
        response([*phq(lambda n: PHQ[n])["item"], item("q77", {"valueInteger": 1})]),
        ["q77: this is not an item of PHQ-9."],
    ),
    "an unknown LOINC item": (
        response([*phq(lambda n: PHQ[n])["item"], item("12345-6", {"valueInteger": 1}, text="Total")]),
        ["12345-6: this is not an item of PHQ-9."],
    ),
    "an answer of the scale beside the items": (
        response([*phq(lambda n: PHQ[n])["item"], item("more", {"valueString": "Several days"})]),
        ["more: this is not an item of PHQ-9."],
    ),
    "a foreign answer": (
        response([*phq(lambda n: PHQ[n])["item"][1:], item(PHQ[0], {"valueCoding": {"code": "LA18929-2"}})]),
        ["44250-9: the answer code is not one of this item."],
    ),
    "a weight that disagrees": (
        phq(lambda n: PHQ[n], lambda n, w: {
            **coded("PHQ-9", PHQ[n], w),
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 3 - w}],
        }, points=(1, *[1] * 8)),
        [f"{code}: the weight sent with the answer is not the one of this instrument." for code in PHQ],
    ),
    "two answers": (
        response([*phq(lambda n: PHQ[n])["item"], item(PHQ[0], {"valueInteger": 3})]),
        ["44250-9: there are several answers that disagree."],
    ),
    "place and words disagree": (
        response([
            item(f"q{n + 1}", {"valueInteger": w}, text=TEXTS[PHQ[1 if n == 0 else n]]) for n, w in enumerate(NINE)
        ], **named("phq-9")),
        ["q1: its code or place and its words name different questions."],
    ),
    "entered in error": (phq(lambda n: PHQ[n], status="entered-in-error"), ["The response was entered in error."]),
    "a broken item": (response([*phq(lambda n: PHQ[n])["item"], 7]), ["An item is not an object."]),
    "a broken list": (
        response([*phq(lambda n: PHQ[n])["item"], {"linkId": "g", "item": {"a": 1}}]), ["An item list is not a list."],
    ),
    "a broken answer": (
        response([*phq(lambda n: PHQ[n])["item"], {"linkId": "g", "answer": "x"}]),
        ["An answer list is not a list of objects."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "errors"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_belong_is_refused_with_the_reason_and_no_total(resource, errors):
    found = score_resource(resource)

    assert found["errors"] == errors
    assert (found["instrument"], found["total"], found["band"], found["complete"]) == ("PHQ-9", None, None, False)


UNKNOWN = {
    "no instrument": response([item("q1", {"valueInteger": 1})]),
    "empty": response([]),
    "PHQ-2 by address": response([item(PHQ[0], {"valueInteger": 1})], **named("PHQ-2")),
    "AUDIT by address": response([item("68518-0", {"valueInteger": 1})], **named("audit")),
    "half of two instruments": response([item(PHQ[0], {"valueInteger": 1}), item("69725-0", {"valueInteger": 1})]),
    "another resource": {"resourceType": "Patient"},
    "a list": [],
    "a number": 3,
    "no items": {"resourceType": "QuestionnaireResponse"},
    "odd items": {"resourceType": "QuestionnaireResponse", "item": 3, "questionnaire": 7, "code": "x"},
}


@pytest.mark.parametrize("resource", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_instrument_is_an_error_line(resource):
    found = score_resource(resource)

    assert [found[key] for key in KEYS[:-1]] == [None, None, None, 0, 0, False, None]
    assert found["errors"]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_each_instrument_is_known_by_its_items_alone(name):
    table = INSTRUMENTS[name]
    highest = [scored.most for scored in table.items]
    found = score_resource(plain_response(name, highest) if name != "ASQ" else asq([True] * 5))

    assert (found["instrument"], found["total"], found["complete"], found["errors"]) == (name, table.most, True, [])
    assert found["safety"] is (True if table.safety else None)


@pytest.mark.parametrize("name", ["PHQ-9", "GAD-7", "PC-PTSD-5", "AUDIT-C"])
def test_each_instrument_is_known_by_its_panel(name):
    table = INSTRUMENTS[name]
    items = [item(f"q{n}", {"valueInteger": 0}) for n in range(1, len(table.items) + 1)]
    found = score_resource(response([{"linkId": f"/{table.panel}", "item": items}]))

    assert (found["instrument"], found["total"], found["complete"]) == (name, 0, True)


def asq(answers, spell=lambda yes: {"valueBoolean": yes}):
    return response([item(f"q{n}", spell(yes)) for n, yes in enumerate(answers, 1)], **named("asq-questionnaire"))


YES_NO_SPELLINGS = {
    "boolean": lambda yes: {"valueBoolean": yes},
    "LOINC": lambda yes: {"valueCoding": {"system": "http://loinc.org", "code": "LA33-6" if yes else "LA32-8"}},
    "SNOMED": lambda yes: {
        "valueCoding": {"system": "http://snomed.info/sct", "code": "373066001" if yes else "373067005"}
    },
    "words": lambda yes: {"valueString": "Yes" if yes else "no"},
}


@pytest.mark.parametrize("spell", YES_NO_SPELLINGS.values(), ids=YES_NO_SPELLINGS)
def test_acute_asq_is_positive_in_every_spelling_of_yes(spell):
    """Another product read booleans only and called a coded yes "no risk" (clinical.md 7.2)."""
    found = score_resource(asq([False, False, True, False, True], spell))

    assert (found["instrument"], found["band"], found["safety"]) == ("ASQ", "positive", True)
    assert score_resource(asq([False] * 4, spell))["band"] == "negative"


def test_acute_answer_alone_is_positive():
    found = score_resource(response([item("asq-5", {"valueBoolean": True})]))

    assert (found["instrument"], found["safety"], found["total"], found["complete"]) == ("ASQ", True, None, False)


def test_us_core_audit_c_is_refused():
    """US Core's example asks 68517-2 as its first question."""
    found = score_resource(
        response(
            [
                item("/68517-2", {"valueDecimal": 3}),
                item("/68519-8", coded("AUDIT-C", "68519-8", 0)),
                item("/68520-6", coded("AUDIT-C", "68520-6", 1)),
                item("/75626-2", {"valueDecimal": 4}),
            ],
            questionnaire="http://hl7.org/fhir/us/core/Questionnaire/AUDIT-C",
        )
    )

    assert (found["instrument"], found["total"], found["errors"]) == (
        *("AUDIT-C", None),
        ["/68517-2: this is not an item of AUDIT-C."],
    )


def test_answer_of_the_second_audit_question_under_the_first_is_refused_and_so_is_another_total():
    found = score_resource(
        response(
            [
                item("/68518-0", coded("AUDIT-C", "68519-8", 2)),
                item("/68519-8", coded("AUDIT-C", "68519-8", 2)),
                item("/68520-6", coded("AUDIT-C", "68520-6", 2)),
                item("/76504-0", {"valueInteger": 6}),
            ]
        )
    )

    assert found["total"] is None
    assert found["errors"] == [
        "/76504-0: this is not an item of AUDIT-C.",
        "68518-0: the answer code is not one of this item.",
    ]


def test_more_days_than_not_counts_two_in_gad_7():
    value = {"valueCoding": {"code": "LA18938-3", "display": "More days than not"}}
    items = [item(f"/{code}", value if code == "68509-9" else {"valueInteger": 1}) for code in codes_of("GAD-7")]

    assert score_resource(response(items))["total"] == 8


def test_gate_of_pc_ptsd_alone_is_complete():
    found = score_resource(response([item("/102011-4", {"valueBoolean": False})], **named("PC-PTSD-5")))

    assert (found["total"], found["band"], found["answered"], found["complete"]) == (0, "negative", 0, True)


def test_gate_stands_before_the_first_question_when_counted():
    items = [item(f"q{n}", {"valueBoolean": True}) for n in range(6)]

    assert score_resource(response(items, **named("pcptsd5")))["total"] == 5
    assert score_resource(response([item("q6", {"valueBoolean": True})], **named("pcptsd5")))["errors"]


def test_question_after_its_stem_is_known():
    texts = fhir_items.question_words()["PC-PTSD-5"]
    items = [
        item(name, {"valueBoolean": True}, text=f"In the past month, have you… {words}?")
        for name, (words, code) in zip("abcdef", texts.items(), strict=True)
        if code != "102011-4"
    ]

    assert score_resource(response(items))["total"] == 5


def test_blank_and_declined_items_are_not_zero():
    declined = {
        "linkId": PHQ[8],
        "answer": [{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}]}],
    }
    found = score_resource(response([*phq(lambda n: PHQ[n])["item"][:8], declined]))

    assert (found["total"], found["band"], found["answered"], found["complete"]) == (None, None, 8, False)


def test_what_was_read_is_by_item_code():
    reading = read(phq(lambda n: f"PHQ.{n + 1}", lambda _n, w: {"valueInteger": w}))

    assert {code: entry["answers"] for code, entry in reading.answers.items()} == {
        code: [{"valueInteger": worth}] for code, worth in zip(PHQ, NINE, strict=True)
    }
