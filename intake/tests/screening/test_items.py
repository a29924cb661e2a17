"""The questions of a definition, which of them are asked, and what we cannot show."""

import pytest

from intake.screening.items import asked, live_answers, questions
from intake.screening.support import unsupported
from intake.tests.screening.definitions import MEDICINES, NO, YES, choice, definition


def when(question, operator="=", **answer):
    return {"question": question, "operator": operator, **answer}


def answered(*values):
    return {"answers": list(values), "texts": [], "question": "", "absent": None}


def asked_ids(given, answers):
    return [question.link_id for question in asked(questions(given), answers)]


def test_questions_come_in_order_with_the_stem_of_their_group():
    given = definition(
        {"linkId": "g", "type": "group", "text": "Over the last 2 weeks", "item": [choice("a"), choice("b")]},
        {"linkId": "d", "type": "display", "text": "Skip what you like."},
        choice("c"),
        MEDICINES,
    )

    found = questions(given)

    assert [(q.link_id, q.number, q.stem, q.kind) for q in found] == [
        ("a", 1, "Over the last 2 weeks", "choice"),
        ("b", 2, "Over the last 2 weeks", "choice"),
        ("c", 3, "", "choice"),
        ("m", 4, "", "rows"),
    ]
    assert [q.hints for q in found] == [(), (), ("Skip what you like.",), ()]
    assert [column.link_id for column in found[3].columns] == ["m.name", "m.dose"]


@pytest.mark.parametrize(
    ("condition", "answer", "is_asked"),
    [
        (when("a", answerCoding=YES["valueCoding"]), [YES], True),
        (when("a", answerCoding=YES["valueCoding"]), [NO], False),
        (when("a", answerCoding={"code": "LA33-6"}), [YES], True),
        (when("a", answerCoding={"code": "LA33-6", "system": "elsewhere"}), [YES], False),
        (when("a", answerCoding=YES["valueCoding"]), [NO, YES], True),
        (when("a", "!=", answerCoding=YES["valueCoding"]), [NO], True),
        (when("a", "!=", answerCoding=YES["valueCoding"]), [], False),
        (when("a", "exists", answerBoolean=True), [NO], True),
        (when("a", "exists", answerBoolean=False), [NO], False),
        (when("a", "exists", answerBoolean=False), [], True),
        (when("a", answerBoolean=True), [{"valueBoolean": True}], True),
        (when("a", answerBoolean=True), [{"valueInteger": 1}], False),
        (when("a", ">", answerInteger=2), [{"valueInteger": 3}], True),
        (when("a", ">", answerInteger=2), [{"valueInteger": 2}], False),
        (when("a", ">=", answerInteger=2), [{"valueDecimal": 2.0}], True),
        (when("a", "<", answerDecimal=2.5), [{"valueInteger": 2}], True),
        (when("a", "<=", answerDate="2026-01-31"), [{"valueDate": "2026-01"}], True),
        (when("a", ">", answerDate="2026-01-31"), [{"valueDate": "2025"}], False),
        (when("a", ">", answerInteger=2), [{"valueString": "many"}], False),
    ],
)
def test_condition_decides_whether_a_question_is_asked(condition, answer, is_asked):
    given = definition(choice("a"), choice("b", enableWhen=[condition]))

    assert asked_ids(given, {"a": answered(*answer)}) == (["a", "b"] if is_asked else ["a"])


@pytest.mark.parametrize(("behaviour", "is_asked"), [("all", False), ("any", True)])
def test_several_conditions_join_as_the_definition_says(behaviour, is_asked):
    conditions = [when("a", answerCoding=YES["valueCoding"]), when("b", answerCoding=YES["valueCoding"])]
    given = definition(choice("a"), choice("b"), choice("c", enableWhen=conditions, enableBehavior=behaviour))

    assert ("c" in asked_ids(given, {"a": answered(YES), "b": answered(NO)})) is is_asked


def test_condition_of_a_group_holds_for_the_questions_in_it():
    gate = [when("a", answerCoding=YES["valueCoding"])]
    given = definition(choice("a"), {"linkId": "g", "type": "group", "enableWhen": gate, "item": [choice("b")]})

    assert asked_ids(given, {"a": answered(NO)}) == ["a"]


def test_answer_to_a_question_that_is_no_longer_asked_does_not_count():
    gate = when("a", answerCoding=YES["valueCoding"])
    next_gate = when("b", answerCoding=YES["valueCoding"])
    given = definition(choice("a"), choice("b", enableWhen=[gate]), choice("c", enableWhen=[next_gate]))
    answers = {"a": answered(NO), "b": answered(YES), "c": answered(YES)}

    assert live_answers(given, answers) == {"a": answered(NO)}


def test_everything_we_show_is_supported():
    given = definition(
        {"linkId": "g", "type": "group", "text": "Stem", "item": [choice("a"), choice("b", repeats=True)]},
        {
            "linkId": "n",
            "type": "integer",
            "text": "How many?",
            "enableWhen": [when("a", "exists", answerBoolean=True)],
        },
        MEDICINES,
    )

    assert unsupported(given) == []


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ([], "The questionnaire has no items."),
        ([{"linkId": "a", "type": "attachment"}], "a: the type attachment cannot be shown."),
        ([{"linkId": "a", "type": "quantity"}], "a: the type quantity cannot be shown."),
        ([{"type": "string"}], "An item without linkId: it needs a linkId."),
        ([choice("a"), choice("a")], "a: two items have this linkId."),
        ([choice("a", options=())], "a: a choice needs its answerOption list."),
        (
            [choice("a", options=(YES, YES))],
            "a: each answerOption needs a code (or a text, number or date) of its own.",
        ),
        (
            [choice("a", options=({"valueReference": {}},))],
            "a: each answerOption needs a code (or a text, number or date) of its own.",
        ),
        (
            [choice("a", options=({**YES, "initialSelected": True},))],
            "a: no answer may be selected before the person chooses: remove initialSelected.",
        ),
        ([{"linkId": "a", "type": "string", "repeats": True}], "a: only choices and groups can repeat."),
        ([{"linkId": "a", "type": "group", "repeats": True}], "a: a group that repeats needs items."),
        (
            [{"linkId": "a", "type": "group", "repeats": True, "item": [choice("b", repeats=True)]}],
            "a: b cannot stand in a group that repeats: only plain questions can.",
        ),
        (
            [choice("a", enableWhen=[when("z", answerBoolean=True)])],
            "a: enableWhen names z, which does not stand before it.",
        ),
        (
            [choice("a"), choice("b", enableWhen=[when("a", "~", answerBoolean=True)])],
            "b: enableWhen has the operator ~.",
        ),
        ([choice("a"), choice("b", enableWhen=[when("a")])], "b: enableWhen has no answer to compare with."),
        ([choice("a", answerValueSet="http://x")], "a: answerValueSet is not supported."),
        ([choice("a", modifierExtension=[{"url": "u"}])], "a: the extension u may not be ignored."),
    ],
)
def test_what_we_cannot_show_is_said_clearly(items, problem):
    assert unsupported(definition(*items)) == [problem]
