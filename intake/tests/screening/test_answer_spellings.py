import pytest

from intake.screening.scoring import score
from intake.tests.screening.fhir_rows import answers_to, codes_of

PHQ, GAD, PTSD, AUDIT, ASQ = (codes_of(name) for name in ("PHQ-9", "GAD-7", "PC-PTSD-5", "AUDIT-C", "ASQ"))


# --- What an answer may look like -------------------------------------------------------------------


def item_score(code, *values, instrument="PHQ-9"):
    return score(instrument, {code: {"answers": list(values)}})


@pytest.mark.parametrize(
    "value",
    [
        {"valueCoding": {"code": "LA6570-1"}},
        {"valueCoding": {"system": "https://loinc.org/", "code": "LA6570-1"}},
        {"valueCoding": {"system": "http://loinc.org/vs/LL358-3", "code": "LA6570-1"}},
        {"valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.1", "code": "LA6570-1"}},
        {"valueCoding": {"code": "LA6570-1", "display": "MORE THAN HALF THE DAYS."}},
        {"valueCoding": {"display": "More than half the days"}},
        {"valueInteger": 2},
        {"valueDecimal": 2.0},
        {"valueString": "  more than half  the days "},
        {"valueString": "2"},
        {"valueCoding": {"code": "LA6570-1", "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}]}},
        {"valueCoding": {"code": "LA6570-1"}, "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 2.0}]},
        {"valueCoding": {"code": "LA6570-1"}, "extension": [{"url": "http://elsewhere.example", "valueDecimal": 9}, "odd"]},
    ],
    ids=str,
)  # fmt: skip
def test_answer_worth_two_points_in_any_spelling(value):
    found = item_score("44250-9", value)

    assert (found.partial, found.errors) == (2, ())


@pytest.mark.parametrize(
    "value",
    [
        {"valueCoding": {"code": "LA18929-2", "display": "4 or more times a week"}},
        {"valueCoding": {"system": "http://snomed.info/sct", "code": "LA6570-1"}},
        {"valueCoding": {"code": "LA6568-5", "display": "Nearly every day"}},
        {"valueCoding": {"code": 2}},
        {"valueCoding": {}},
        {"valueCoding": "LA6570-1"},
        {"valueInteger": 4},
        {"valueInteger": -1},
        {"valueInteger": True},
        {"valueDecimal": 1.5},
        {"valueDecimal": float("nan")},
        {"valueDecimal": float("inf")},
        {"valueBoolean": True},
        {"valueString": "sometimes"},
        {"valueString": 2},
        {"valueDate": "2026-01-01"},
        {"valueInteger": 2, "valueString": "Several days"},
        {"valueCoding": {"code": "LA6570-1", "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 3}]}},
    ],
    ids=str,
)  # fmt: skip
def test_foreign_answer_is_refused_and_nothing_is_totalled(value):
    answers = answers_to("PHQ-9", dict.fromkeys(PHQ, 1)) | {"44250-9": {"answers": [value]}}

    found = score("PHQ-9", answers)

    assert (found.total, found.band, found.complete, len(found.errors)) == (None, None, False, 1)


def test_safety_answer_stands_whatever_else_is_wrong():
    answers = answers_to("PHQ-9", dict.fromkeys(PHQ, 1)) | {"44250-9": {"answers": [{"valueInteger": 7}]}}

    assert score("PHQ-9", answers).safety is True


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ({"valueBoolean": True}, 1),
        ({"valueBoolean": False}, 0),
        ({"valueCoding": {"code": "LA33-6"}}, 1),
        ({"valueCoding": {"code": "LA32-8"}}, 0),
        ({"valueCoding": {"system": "http://snomed.info/sct", "code": "373066001"}}, 1),
        ({"valueCoding": {"system": "SNOMED", "code": "373067005"}}, 0),
        ({"valueCoding": {"code": "373067005", "display": "No"}}, 0),
        ({"valueCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0136", "code": "Y"}}, 1),
        ({"valueInteger": 1}, 1),
        ({"valueString": "no"}, 0),
        ({"valueString": "Yes"}, 1),
    ],
    ids=str,
)
def test_yes_and_no_in_any_spelling(value, points):
    found = item_score("asq-5", value, instrument="ASQ")

    assert (found.partial, found.errors, found.is_acute) == (points, (), bool(points))


def test_letters_of_another_system_are_foreign():
    assert item_score("asq-1", {"valueCoding": {"system": "http://loinc.org", "code": "Y"}}, instrument="ASQ").errors


def test_more_days_than_not_counts_two_at_gad_7_and_is_foreign_to_phq_9():
    value = {"valueCoding": {"code": "LA18938-3", "display": "More days than not"}}

    assert item_score("68509-9", value, instrument="GAD-7").partial == 2
    assert item_score("44250-9", value).errors != ()


def test_number_of_times_is_an_answer_of_the_drug_question():
    found = item_score("68524-8", {"valueInteger": 12}, instrument="DRUG-1")

    assert (found.total, found.band) == (12, "positive")


def test_number_nought_is_an_answer_and_a_count_may_be_written_with_three_digits():
    nought = item_score("44250-9", {"valueInteger": 0})
    count = item_score("68524-8", {"valueString": "120"}, instrument="DRUG-1")

    assert (nought.partial, nought.answered, nought.errors) == (0, 1, ())
    assert (count.total, count.errors) == (120, ())


def test_answer_given_twice_counts_once_and_two_answers_that_disagree_are_refused():
    same = item_score("44250-9", {"valueInteger": 2}, {"valueCoding": {"code": "LA6570-1"}})
    other = item_score("44250-9", {"valueInteger": 2}, {"valueInteger": 1})

    assert (same.partial, same.errors) == (2, ())
    assert len(other.errors) == 1
