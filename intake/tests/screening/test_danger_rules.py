import pytest

from intake.screening.clauses import Alert, Level
from intake.screening.rules import flags_for, soonest_triggers
from intake.tests.screening.rule_steps import ASQ, PHQ, entry, item_of, raised

ITEM_9 = "44260-8"


DECLINED = {"answers": [], "texts": ["Prefer not to answer"], "question": "Q", "absent": "asked-declined"}
EMPTY = {"answers": [], "texts": [], "question": "Q", "absent": None}


# --- Danger -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "alert"), [("LA6569-3", "URGENT_SAME_DAY"), ("LA6570-1", "URGENT"), ("LA6571-9", "URGENT")]
)
def test_item_9_above_not_at_all_is_urgent_at_once_whatever_the_rest(code, alert):
    answers = {ITEM_9: entry(PHQ, ITEM_9, code)}

    (flag,) = flags_for(PHQ, answers, finished=False)
    (trigger,) = soonest_triggers(flags_for(PHQ, answers, finished=False))

    assert (flag.level, flag.question) == (Level.URGENT, item_of(PHQ, ITEM_9)["text"])
    assert (trigger.code, trigger.level.name, trigger.answer) == ("phq-9.item-9", alert, flag.answer)


def test_item_9_not_at_all_raises_nothing():
    assert flags_for(PHQ, {ITEM_9: entry(PHQ, ITEM_9, "LA6568-5")}, finished=False) == []


@pytest.mark.parametrize(
    ("answers", "finished", "said"),
    [
        ({ITEM_9: DECLINED}, False, "Prefer not to answer"),
        ({ITEM_9: EMPTY}, False, "Not answered"),
        ({}, True, "Not answered"),
    ],
)
def test_item_9_declined_or_left_blank_is_urgent_the_same_day(answers, finished, said):
    assert raised(PHQ, answers, finished=finished) == {"phq-9.item-9.unanswered": "URGENT"}
    (trigger,) = soonest_triggers(flags_for(PHQ, answers, finished=finished))
    assert (trigger.level, trigger.answer) == (Alert.URGENT_SAME_DAY, said)


def test_item_9_not_yet_seen_raises_nothing():
    assert flags_for(PHQ, {}, finished=False) == []


def test_first_four_of_asq_are_one_reason_and_the_fifth_makes_it_an_emergency():
    four = {f"asq-{n}": entry(ASQ, f"asq-{n}", "LA33-6") for n in (1, 4)}
    (urgent,) = soonest_triggers(flags_for(ASQ, four, finished=False))
    (emergency,) = soonest_triggers(flags_for(ASQ, four | {"asq-5": entry(ASQ, "asq-5", "LA33-6")}, finished=False))

    assert (urgent.code, urgent.level, emergency.code, emergency.level) == (
        *("asq", Alert.URGENT_SAME_DAY),
        *("asq", Alert.EMERGENCY),
    )


def test_acute_answer_alone_is_an_emergency_even_where_it_would_not_be_asked():
    answers = {f"asq-{n}": entry(ASQ, f"asq-{n}", "LA32-8") for n in range(1, 5)}
    answers["asq-5"] = entry(ASQ, "asq-5", "LA33-6")

    assert raised(ASQ, answers, finished=True) == {"asq.5.yes": "EMERGENCY"}


def test_asq_all_no_does_not_miss_the_fifth_question():
    answers = {f"asq-{n}": entry(ASQ, f"asq-{n}", "LA32-8") for n in range(1, 5)}

    assert flags_for(ASQ, answers, finished=True) == []


def test_declined_question_of_asq_is_urgent():
    assert raised(ASQ, {"asq-3": DECLINED}) == {"asq.3.unanswered": "URGENT"}


def test_most_urgent_flag_comes_first():
    answers = {"asq-1": entry(ASQ, "asq-1", "LA33-6"), "asq-5": entry(ASQ, "asq-5", "LA33-6")}

    assert [flag.level.name for flag in flags_for(ASQ, answers, finished=False)] == ["EMERGENCY", "URGENT"]
