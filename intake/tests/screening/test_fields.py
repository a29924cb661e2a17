"""From typed text to entries, and how one page of questions looks."""

import pytest
from django.template.loader import render_to_string

from intake.screening.forms import ItemsForm
from intake.screening.items import questions
from intake.tests.screening.definitions import MEDICINES, NO, UNSURE, YES, choice, definition, typed

NONE = {
    "valueCoding": {"code": "none", "display": "None of these"},
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive", "valueBoolean": True}
    ],
}


def sent(values):
    query = typed()
    for name, value in values.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def form(*items, **values):
    return ItemsForm(questions(definition(*items)), typed(**values) if values else None)


def item(kind, **more):
    return {"linkId": "a", "type": kind, "text": "What?", **more}


def limits(**values):
    names = {"least": "minValue", "most": "maxValue"}
    return [
        {"url": f"http://hl7.org/fhir/StructureDefinition/{names[name]}", **value} for name, value in values.items()
    ]


def kept(*answers, texts, absent=None):
    return {"answers": list(answers), "texts": list(texts), "question": "What?", "absent": absent}


WHOLE = limits(least={"valueInteger": 60}, most={"valueInteger": 260})
DATED = limits(least={"valueDate": "2020-01-01"}, most={"valueDate": "2026-11-22"})


@pytest.mark.parametrize(
    ("given", "values", "entry"),
    [
        (choice("a", "What?"), {"q1": "LA33-6"}, kept(YES, texts=["Yes"])),
        (choice("a", "What?"), {"q1": "-declined"}, kept(texts=["Prefer not to answer"], absent="asked-declined")),
        (choice("a", "What?"), {"other": "x"}, kept(texts=[])),
        (choice("a", "What?", repeats=True), {"q1": ["LA32-8", "LA33-6"]}, kept(YES, NO, texts=["Yes", "No"])),
        (item("boolean"), {"q1": "false"}, kept({"valueBoolean": False}, texts=["No"])),
        (item("integer"), {"q1": " 1,200 "}, kept({"valueInteger": 1200}, texts=["1200"])),
        (item("integer"), {"q1": "0"}, kept({"valueInteger": 0}, texts=["0"])),
        (item("decimal"), {"q1": "71.50"}, kept({"valueDecimal": 71.5}, texts=["71.50"])),
        (item("date"), {"q1_month": "Apr", "q1_day": "9", "q1_year": "2024"}, kept({"valueDate": "2024-04-09"}, texts=["April 9, 2024"])),
        (item("date"), {"q1_month": "4", "q1_year": "2024"}, kept({"valueDate": "2024-04"}, texts=["April 2024"])),
        (item("date"), {"q1_year": "2024"}, kept({"valueDate": "2024"}, texts=["2024"])),
        (item("string"), {"q1": " a \n b\x00 "}, kept({"valueString": "a b"}, texts=["a b"])),
        (item("text"), {"q1": "a\r\nb"}, kept({"valueString": "a\nb"}, texts=["a\nb"])),
        (item("text"), {"q1": "\u200b \u200d"}, kept(texts=[])),
        (item("text"), {"q1-no": "on"}, kept(texts=["Prefer not to answer"], absent="asked-declined")),
        (item("text", required=True), {"q1-no": "on"}, kept(texts=["Prefer not to answer"], absent="asked-declined")),
    ],
)  # fmt: skip
def test_answer_is_kept_as_fhir_value_with_the_words_shown(given, values, entry):
    filled = ItemsForm(questions(definition(given)), sent(values))

    assert filled.is_valid(), filled.errors
    assert filled.entries() == {"a": entry}


@pytest.mark.parametrize(
    ("given", "values", "error"),
    [
        (choice("a", required=True), {"x": "y"}, "How often?: select an answer, or select “Prefer not to answer”"),
        (choice("a", required=True), {"q1": "LA0"}, "Select from the list"),
        (
            choice("a", options=(YES, NONE), repeats=True),
            {"q1": ["LA33-6", "none"]},
            "“None of these” does not go with the other boxes. Untick one or the other",
        ),
        (
            choice("a", options=(YES, NONE), repeats=True),
            {"q1": ["LA33-6", "-declined"]},
            "“Prefer not to answer” does not go with the other boxes. Untick one or the other",
        ),
        (item("integer"), {"q1": "2.5"}, "Write a whole number"),
        (item("integer"), {"q1": "9" * 30}, "Write a whole number"),
        (item("integer"), {"q1": "٣"}, "Write a whole number"),
        (item("integer", extension=WHOLE), {"q1": "59"}, "Enter a number from 60 to 260"),
        (item("integer", extension=WHOLE[:1]), {"q1": "59"}, "Enter 60 or more"),
        (item("integer", extension=WHOLE[1:]), {"q1": "261"}, "Enter 260 or less"),
        (item("decimal"), {"q1": "1e3"}, "Write a number, for example 2.5"),
        (item("date"), {"q1_month": "4", "q1_day": "9"}, "The date must include a year"),
        (item("date"), {"q1_day": "9"}, "The date must include a month and a year"),
        (
            item("date"),
            {"q1_month": "2", "q1_day": "30", "q1_year": "2024"},
            "Enter a real date, for example April 9 1984",
        ),
        (item("date"), {"q1_month": "ju", "q1_year": "2024"}, "Enter a real date, for example April 9 1984"),
        (item("date"), {"q1_year": "84"}, "Write the year with 4 digits, for example 1984"),
        (item("date", extension=DATED), {"q1_year": "2019"}, "The date must be January 1, 2020 or after"),
        (
            item("date", extension=DATED),
            {"q1_month": "12", "q1_year": "2026"},
            "The date must be November 22, 2026 or before",
        ),
        (item("text"), {"q1": "x" * 1001}, "Use 1,000 characters or fewer. You used 1,001"),
        (item("string", maxLength=3), {"q1": "1234"}, "Use 3 characters or fewer. You used 4"),
        (item("text", required=True), {"q1": " "}, "Write an answer, or tick “Prefer not to answer”"),
        (
            item("text"),
            {"q1": "a", "q1-no": "on"},
            "You wrote an answer and ticked “Prefer not to answer”. Remove one or the other",
        ),
    ],
)
def test_error_says_how_to_mend(given, values, error):
    filled = ItemsForm(questions(definition(given)), sent(values))

    assert filled.errors["q1"] == [error]
    assert filled.entries() == {}


def test_one_wrong_answer_does_not_lose_the_others():
    filled = form(choice("a", "What?"), {**item("integer"), "linkId": "b"}, q1="LA33-6", q2="lots")

    assert filled.entries() == {"a": kept(YES, texts=["Yes"])}


def test_rows_are_kept_without_the_empty_ones():
    filled = form(
        MEDICINES, q1_rows="3", q1_0_1="Sertraline", q1_0_2="50 mg", q1_1_1=" ", q1_2_1="Lithium", q1_2_2="",
    )  # fmt: skip

    entry = filled.entries()["m"]

    assert entry["texts"] == ["Sertraline · 50 mg", "Lithium"]
    assert [{name: cell["texts"] for name, cell in row.items()} for row in entry["rows"]] == [
        {"m.name": ["Sertraline"], "m.dose": ["50 mg"]},
        {"m.name": ["Lithium"]},
    ]
    assert filled.is_valid()


def test_row_without_what_it_needs_says_which():
    filled = form(MEDICINES, q1_rows="2", q1_0_1="Lithium", q1_1_2="50 mg")

    assert filled.errors["q1-1-1"] == ["Name, line 2: fill in this line, or leave all of it empty"]


def test_row_can_be_taken_out():
    filled = form(MEDICINES, q1_rows="2", q1_0_1="Lithium", q1_1_1="Sertraline")

    assert filled.entries(without_row="q1-0")["m"]["texts"] == ["Sertraline"]


def test_rows_and_refusal_together_are_asked_about():
    filled = form(MEDICINES, q1_rows="1", q1_0_1="Lithium", q1_no="on")

    assert list(filled.errors) == ["q1-no"]


@pytest.mark.parametrize("count", ["", "x", "-1", "999", "٣"])
def test_made_up_row_count_is_harmless(count):
    assert 1 <= len(form(MEDICINES, q1_rows=count, q1_0_1="Lithium").shown()[0].rows) <= 30


@pytest.mark.parametrize(
    "given",
    [
        choice("a"),
        choice("a", repeats=True),
        item("boolean"),
        item("integer"),
        item("decimal"),
        item("date"),
        item("string"),
        item("text"),
        MEDICINES,
    ],
)
def test_nothing_is_selected_or_filled_in_beforehand(given):
    shown = form(given)

    assert [(name, shown[name].value()) for name in shown.fields if shown[name].value() and name[-4:] != "rows"] == []
    assert "checked" not in str(shown)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (choice("a", options=(YES, NO, UNSURE)), {"q1": "LA14072-5"}),
        (choice("a"), {"q1": "-declined"}),
        (choice("a", repeats=True), {"q1": ["LA33-6", "LA32-8"]}),
        (choice("a", repeats=True), {"q1": ["-declined"]}),
        (item("boolean"), {"q1": "false"}),
        (item("integer"), {"q1": "0"}),
        (item("decimal"), {"q1": "2.5"}),
        (item("date"), {"q1_month": "4", "q1_day": "9", "q1_year": "2024"}),
        (item("text"), {"q1": "a\nb"}),
        (item("text"), {"q1-no": "on"}),
        (MEDICINES, {"q1-rows": "1", "q1-0-1": "Lithium", "q1-0-2": "300 mg"}),
    ],
)
def test_entry_fills_the_form_that_makes_the_same_entry(given, values):
    first = ItemsForm(questions(definition(given)), sent(values)).entries()

    again = ItemsForm(questions(definition(given)), known=first)

    back = {}
    for name, field in again.fields.items():
        value = again[name].value()
        if hasattr(field.widget, "decompress"):
            for part, text in zip(("month", "day", "year"), field.widget.decompress(value), strict=True):
                back[f"{name}_{part}"] = text
        elif value is not None and value is not False:  # a box that is not ticked is not sent
            back[name] = value if isinstance(value, list) else "on" if value is True else str(value)
    assert ItemsForm(questions(definition(given)), sent(back)).entries() == first


def page(*items, is_single=True):
    found = questions(definition(*items))
    return render_to_string("screening/_questions.html", {"form": ItemsForm(found, is_single=is_single)})


def test_question_is_a_fieldset_with_its_words_as_heading_and_never_a_table():
    text = page(choice("a", "How <often>?", required=True))

    assert "<h1>How &lt;often&gt;?</h1>" in text
    assert text.count("<fieldset") == text.count("<legend") == 1
    assert text.count('type="radio"') == 3
    assert "<table" not in text
    assert " required" not in text


def test_list_has_a_fieldset_for_each_question_and_no_heading_of_the_page():
    text = page(choice("a"), choice("b"), item("text"), is_single=False)

    assert text.count("<fieldset") == 2
    assert "<h1>" not in text
