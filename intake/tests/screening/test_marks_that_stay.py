"""What was not asked for want of an interpreter: neither a change of mind nor a late answer hides it."""

import pytest

from clinic.models import DeskTask
from intake.models import Flag, FlagLevel, SafetyItem
from intake.screening import sittings
from intake.screening.findings import NOT_ASKED
from intake.screening.flow import Sitting
from intake.screening.unasked import no_interpreter
from intake.tests.screening.sitting_steps import signer
from intake.tests.screening.spanish_states import at_choice
from intake.tests.screening.spanish_steps import reader, sign_spanish

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(signed):
    sign_spanish()
    return at_choice(reader())


def phq9_of(person):
    return next(one for one in Sitting(person.screening, by_staff=True).every if "PHQ" in one.questionnaire.instrument)


def marked(person):
    rows = Flag.objects.filter(screening=person.screening, is_live=True)
    return [(row.level, row.content["question"]) for row in rows if row.code == NOT_ASKED]


def open_tasks():
    return DeskTask.objects.filter(kind=DeskTask.Kind.INTERPRETER, closed_at=None).count()


@pytest.fixture
def sent(person):
    """Everything that exists in Spanish is answered and sent."""
    person.post(how="interpreter")
    person.post(q1="none")
    person.post(q1="none")
    person.post(**{"q2-rows": "1", "q2-no": "on"})
    person.post(f"{person.home}check/")
    person.screening.refresh_from_db()
    assert person.screening.status == "completed"
    return person


def test_one_late_answer_does_not_hide_that_item_nine_was_never_asked(sent):
    first = next(step for step in Sitting(sent.screening, by_staff=True).steps if step.response == phq9_of(sent))

    sent.client.post(f"{sent.home}q/{first.key}/", {"q1": "LA6568-5"})

    assert "Not at all" in str(phq9_of(sent).answers)
    assert phq9_of(sent).status == "not_screened"
    assert (FlagLevel.REVIEW_STOP, "PHQ-9") in marked(sent)


def test_the_last_late_answer_takes_the_mark_off_and_a_declined_item_nine_is_a_call(sent):
    steps = [step for step in Sitting(sent.screening, by_staff=True).steps if step.response == phq9_of(sent)]

    for step, code in zip(steps, ("LA6568-5", "-declined", "LA6572-7"), strict=True):
        number = step.question.number
        sent.client.post(f"{sent.home}q/{step.key}/", {f"q{number}": code, "q1": code, "q2": code, "q3": code})

    assert phq9_of(sent).status == "amended"
    assert (FlagLevel.REVIEW_STOP, "PHQ-9") not in marked(sent)
    assert SafetyItem.objects.get().trigger == "phq-9.item-9"


def test_english_pressed_and_taken_back_asks_for_the_interpreter_again(person):
    sittings.speak(screening=person.screening, language="en")
    assert open_tasks() == 0

    sittings.speak(screening=person.screening, language="es")

    assert open_tasks() == 1


def test_start_in_spanish_after_english_asks_for_the_interpreter_again(person):
    sittings.speak(screening=person.screening, language="en")

    sittings.start(screening=person.screening, language="es")

    assert open_tasks() == 1


def test_what_staff_arranged_is_not_asked_for_again(person):
    no_interpreter(person.screening, outcome="Booked Ana for Monday", by=signer())

    sittings.speak(screening=person.screening, language="en")
    sittings.speak(screening=person.screening, language="es")

    assert open_tasks() == 0
