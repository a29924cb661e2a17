"""Who reads Spanish and cannot be asked in it: marked, told to the clinician and the desk, never silently skipped."""

import pytest

from clinic.models import DeskTask
from intake.models import Flag, FlagLevel, SafetyItem, ScreeningResponse
from intake.screening import sittings
from intake.screening.findings import NOT_ASKED
from intake.screening.flow import Sitting
from intake.screening.saving import save_answers
from intake.selectors import screening_states
from intake.tests.screening.sitting_steps import BEFORE, BORN
from intake.tests.screening.spanish_steps import reader, sign_spanish

pytestmark = pytest.mark.django_db
ONLY_ENGLISH = {"PHQ-9", "GAD-7"}


@pytest.fixture
def spanish(signed):
    sign_spanish()


def states(person):
    rows = ScreeningResponse.objects.filter(screening=person.screening).select_related("questionnaire")
    return {row.questionnaire.instrument: (row.questionnaire.language, row.status) for row in rows}


def flags_of(person):
    return [
        (row.level, row.content["question"])
        for row in Flag.objects.filter(screening=person.screening, is_live=True)
        if row.code == NOT_ASKED
    ]


def tasks():
    return list(DeskTask.objects.filter(kind="interpreter").values_list("title", "outcome"))


def state(person):
    return screening_states([person.screening.request_id])[person.screening.request_id]


def walk_in(person):
    person.post(person.home)
    person.post(**BORN)
    person.post(**BEFORE)
    return person


def test_the_choice_comes_before_the_first_question(spanish):
    person = walk_in(reader())

    assert person.at == f"{person.home}english/"
    assert person.heading == "Algunas preguntas existen solo en inglés"
    assert states(person) == {
        "PHQ-9": ("en", "not_screened"),
        "GAD-7": ("en", "not_screened"),
        "STOP-ITEMS": ("es", "in_progress"),
        "MEDICINES": ("es", "in_progress"),
    }


def test_who_goes_away_at_the_choice_is_marked_all_the_same(spanish):
    person = walk_in(reader())

    assert flags_of(person) == [(FlagLevel.REVIEW_STOP, "PHQ-9"), (FlagLevel.REVIEW, "GAD-7")]
    assert state(person).needs_interpreter
    assert state(person).highest_level == FlagLevel.REVIEW_STOP
    [(title, outcome)] = tasks()
    assert title == f"Arrange an interpreter (es) for the visit of {person.screening.request.reference}"
    assert outcome == ""


def test_with_an_interpreter_only_what_exists_in_spanish_is_asked(spanish):
    person = walk_in(reader())

    person.post(how="interpreter")
    assert person.heading == "¿Alguna vez le han dicho que tiene algo de esto?"
    person.post(q1="none")
    person.post(q1="none")
    person.post(**{"q2-rows": "1", "q2-no": "on"})
    person.post(f"{person.home}check/")

    person.screening.refresh_from_db()
    assert person.screening.status == "completed"
    assert {name for name, (_language, status) in states(person).items() if status == "not_screened"} == ONLY_ENGLISH
    assert {name for name, (_language, status) in states(person).items() if status == "completed"} == {
        "STOP-ITEMS",
        "MEDICINES",
    }
    assert "Esas se las haremos con un intérprete." in person.text
    assert flags_of(person) == [(FlagLevel.REVIEW_STOP, "PHQ-9"), (FlagLevel.REVIEW, "GAD-7")]
    assert not SafetyItem.objects.exists()


def test_who_answers_in_english_is_asked_everything_and_the_mark_goes_with_the_first_answer(spanish):
    person = walk_in(reader())

    person.post(how="english")
    assert person.heading == "Little interest or pleasure in doing things"
    assert '<h1 lang="en">' in person.text
    assert flags_of(person) != []
    person.choose("LA6568-5")

    assert states(person)["PHQ-9"] == ("en", "in_progress")
    assert flags_of(person) == [(FlagLevel.REVIEW, "GAD-7")]
    assert [outcome for _title, outcome in tasks()] == ["They answer in English"]


def test_item_nine_answered_in_english_raises_its_alarm_and_asks_on(spanish):
    person = walk_in(reader())
    person.post(how="english")

    person.choose("LA6571-9", "LA6571-9")

    assert SafetyItem.objects.get().trigger == "phq-9.item-9"
    assert "Hay ayuda en este momento" in person.text
    assert person.heading == "In the past few weeks, have you wished you were dead?"


def test_who_stops_in_the_middle_keeps_the_alarm_and_the_help(spanish):
    person = walk_in(reader())
    person.post(how="english")
    person.choose("LA6571-9", "LA6571-9")

    person.post(f"{person.home}english/", how="interpreter")

    assert states(person)["PHQ-9"][1] == "not_screened"
    assert states(person)["ASQ"][1] == "not_screened"
    assert SafetyItem.objects.get().state == "open"
    live = Flag.objects.filter(screening=person.screening, is_live=True, level__gte=FlagLevel.URGENT)
    assert live.exists()
    assert person.heading == "¿Alguna vez le han dicho que tiene algo de esto?"
    assert "crisis-block" in person.text


def test_what_was_answered_completely_in_english_stays_answered(spanish):
    person = walk_in(reader())
    person.post(how="english")
    person.choose("LA6568-5", "LA6568-5", "LA6572-7")

    person.post(f"{person.home}english/", how="interpreter")

    assert states(person)["PHQ-9"][1] == "in_progress"
    assert flags_of(person) == [(FlagLevel.REVIEW, "GAD-7")]


def test_left_blank_in_english_item_nine_is_a_call(spanish):
    person = walk_in(reader())
    person.post(how="english")

    person.post(f"{person.home}check/", anyway="1")

    assert SafetyItem.objects.get().trigger == "phq-9.item-9"


def test_without_signed_spanish_questions_everything_waits_for_the_interpreter(signed):
    person = walk_in(reader())

    person.post(how="interpreter")

    assert person.heading == "Está bien. Le preguntaremos en persona"
    person.screening.refresh_from_db()
    assert person.screening.status == "in_person"
    assert {status for _language, status in states(person).values()} == {"not_screened"}
    assert "Esas se las haremos con un intérprete." in person.text


def test_the_choice_cannot_be_walked_around(spanish):
    person = walk_in(reader())
    step = Sitting(person.screening, by_staff=True).steps[-1]

    for page in ("check/", f"q/{step.key}/", f"all/{step.key}/"):
        person.get(f"{person.home}{page}")
        assert person.at == f"{person.home}english/"


def test_english_readers_never_meet_the_choice(spanish):
    person = reader("en").start()

    person.get(f"{person.home}english/")

    assert person.heading == "Little interest or pleasure in doing things"
    assert not flags_of(person)
    assert tasks() == []
    person.post(f"{person.home}english/", how="interpreter")
    assert "not_screened" not in {status for _language, status in states(person).values()}


def test_staff_with_an_interpreter_are_asked_everything_and_answers_take_the_mark_off(spanish):
    person = walk_in(reader())
    person.post(how="interpreter")
    row = person.screening

    steps = Sitting(row, by_staff=True).steps
    assert steps[0].response.questionnaire.instrument == "PHQ-9"
    entry = {
        "answers": [{"valueCoding": {"code": "LA6568-5"}}],
        "texts": ["Not at all"],
        "question": "-",
        "absent": None,
    }
    save_answers(screening=row, response=steps[0].response, answers={steps[0].question.link_id: entry})

    assert states(person)["PHQ-9"][1] == "in_progress"
    assert flags_of(person) == [(FlagLevel.REVIEW, "GAD-7")]


def test_one_task_at_a_time_and_a_new_one_when_they_change_their_mind(spanish):
    person = walk_in(reader())
    person.post(how="interpreter")
    assert len(tasks()) == 1

    person.post(f"{person.home}english/", how="english")
    person.post(f"{person.home}english/", how="interpreter")

    assert [outcome for _title, outcome in sorted(tasks(), key=lambda pair: not pair[1])] == [
        "They answer in English",
        "",
    ]


def test_a_later_change_to_english_asks_for_no_interpreter(spanish):
    person = walk_in(reader())

    sittings.speak(screening=person.screening, language="en")

    assert states(person)["STOP-ITEMS"] == ("en", "in_progress")
    assert flags_of(person) != []  # until somebody answers
    assert [outcome for _title, outcome in tasks()] == ["They read English now"]
