import pytest

from intake.screening import clauses, rules
from intake.screening.clauses import Level
from intake.screening.rules import flags_for
from intake.screening.shipped import instrument_of
from intake.tests.screening.rule_steps import MEDICINES, chose, item_of, number, raised

# --- Medicines ----------------------------------------------------------------------------------------------


def listed(*names):
    rows = [{"medicine-name": number(name, "valueString")} for name in names]
    said = {"answers": [], "rows": rows, "texts": list(names), "question": "List", "absent": None}
    return chose(MEDICINES, takes_medicines="yes") | {"medicines": said}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Parnate 10 mg", "medicine.maoi.by-name"),
        ("XANAX", "medicine.benzodiazepine.by-name"),
        ("methylene  blue", "medicine.maoi.by-name"),
        ("St John\N{RIGHT SINGLE QUOTATION MARK}s-wort", "medicine.enzyme.by-name"),
        ("Tramadöl", "medicine.opioid.by-name"),
        ("theo 24", "medicine.theophylline.by-name"),
    ],
)
def test_listed_medicine_is_known_by_name(name, code):
    found = {flag.code: flag.answer for flag in flags_for(MEDICINES, listed(name), finished=False)}

    assert found == {"medicines.list": name, code: name}


@pytest.mark.parametrize("name", ["Xanaxa", "somatropin", "unknown", "Vitamin D"])
def test_part_of_a_name_does_not_match(name):
    assert raised(MEDICINES, listed(name)) == {"medicines.list": "INFO"}


def test_class_that_was_ticked_is_not_flagged_again_by_name():
    answers = listed("Xanax") | chose(MEDICINES, medicine_classes=["benzodiazepine"])

    assert raised(MEDICINES, answers) == {"medicines.list": "INFO", "medicine.benzodiazepine": "REVIEW"}


@pytest.mark.parametrize(
    "answers",
    [
        chose(MEDICINES, medicine_classes=["opioid", "benzodiazepine"]),
        listed("Norco 5/325", "Ativan"),
        listed("Ativan") | chose(MEDICINES, medicine_classes=["opioid"]),
    ],
    ids=["ticked", "listed", "both"],
)
def test_opioid_with_benzodiazepine_stops_however_it_was_said(answers):
    flag = flags_for(MEDICINES, answers, finished=False)[0]

    assert (flag.code, flag.level) == ("medicine.opioid-with-benzodiazepine", Level.REVIEW_STOP)
    assert " and " in flag.answer


def test_dictionary_names_only_classes_of_the_tick_list():
    options = {clauses.code_of(o) for o in item_of(MEDICINES, rules.MEDICINE_QUESTION)["answerOption"]}

    assert clauses.medicine_words(MEDICINES).keys() <= options
    assert instrument_of(MEDICINES) == "MEDICINES"
