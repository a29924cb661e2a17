"""Changing the language in the middle: what was typed and the place stay, nothing is saved, and what was begun keeps its words."""

import pytest

from intake.models import ResponseRevision, Screening, ScreeningResponse
from intake.screening.flow import Sitting
from intake.tests.pages import fields_of
from intake.tests.screening.sitting_steps import BEFORE, BORN
from intake.tests.screening.spanish_steps import reader, sign_spanish

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(signed):
    sign_spanish()


def pinned():
    rows = ScreeningResponse.objects.values_list("questionnaire__instrument", "questionnaire__language", "status")
    return {instrument: (language, status) for instrument, language, status in rows}


def test_what_was_chosen_stays_and_nothing_is_saved(both):
    person = reader("en").start()
    person.get()

    answer = person.post(q1="LA6570-1", switch_language="es", form_key=person.form_key)

    assert answer.status_code == 200
    assert '<html lang="es">' in person.text
    assert fields_of(answer)["q1"] == ["LA6570-1"]
    assert person.heading == "Little interest or pleasure in doing things"
    assert not ResponseRevision.objects.exists()
    assert "Seleccione una respuesta" not in person.text


def test_who_turns_to_spanish_is_offered_an_interpreter_there_and_then(both):
    person = reader("en").start()
    person.post(q1="", switch_language="es")

    assert "Háganme estas preguntas con un intérprete" in person.text
    assert pinned()["PHQ-9"] == ("en", "not_screened")


def test_an_answer_given_after_the_change_counts_and_then_comes_the_choice(both):
    person = reader("en").start()
    person.post(q1="LA6570-1", switch_language="es")

    person.post(q1="LA6570-1", asked=fields_of(person.answer)["asked"][0])

    assert pinned()["PHQ-9"] == ("en", "in_progress")
    assert pinned()["GAD-7"] == ("en", "not_screened")
    assert person.at == f"{person.home}english/"


def test_what_was_begun_keeps_its_words_and_the_rest_is_asked_in_spanish(both):
    person = reader("en").start()
    stop = next(one for one in Sitting(person.screening).steps if one.response.questionnaire.instrument == "STOP-ITEMS")
    person.post(f"{person.home}q/{stop.key}/", q1="none")

    person.post(f"{person.home}q/{stop.key}/", q1="none", switch_language="es")

    assert person.heading == "Have you ever been told you have any of these?"
    assert pinned()["STOP-ITEMS"] == ("en", "in_progress")
    assert pinned()["MEDICINES"] == ("es", "in_progress")


def test_an_untouched_question_turns_and_keeps_the_choice(both):
    person = reader("en").start()
    stop = next(one for one in Sitting(person.screening).steps if one.response.questionnaire.instrument == "STOP-ITEMS")

    answer = person.post(f"{person.home}q/{stop.key}/", q1=["avm"], switch_language="es")

    assert person.heading == "¿Alguna vez le han dicho que tiene algo de esto?"
    assert fields_of(answer)["q1"] == ["avm"]


def test_an_old_tab_whose_questions_are_other_ones_is_shown_again(both):
    person = reader("en").start()
    stop = next(one for one in Sitting(person.screening).steps if one.response.questionnaire.instrument == "STOP-ITEMS")
    other = next(one for one in Sitting(person.screening).every if one.questionnaire.instrument == "GAD-7")

    answer = person.post(f"{person.home}q/{stop.key}/", q1=["avm"], asked=str(other.questionnaire_id))

    assert answer.status_code == 422
    assert fields_of(answer)["q1"] == ["avm"]
    assert not ResponseRevision.objects.exists()


def test_the_boxes_before_the_questions_keep_what_was_typed(both):
    person = reader("en")
    person.post(person.home)
    person.post(born_month="4", born_day="", born_year="1984", switch_language="es")
    assert fields_of(person.answer)["born_month"] == ["4"]
    assert "A la fecha le falta" not in person.text

    person.post(**BORN)
    person.post(**{**BEFORE, "whereabouts": "Mankato"}, switch_language="es")
    assert fields_of(person.answer)["whereabouts"] == ["Mankato"]
    assert person.heading == "Antes de empezar"
    assert not Screening.objects.get().whereabouts


def test_the_wrong_date_is_not_counted_as_a_try_by_the_language_button(both):
    person = reader("en").start()
    person.client.cookies.clear()

    for _press in range(8):
        person.post(f"{person.home}birthday/", **{**BORN, "born_year": "1960"}, switch_language="es")

    assert person.answer.status_code == 200
    assert person.heading == "¿Cuál es su fecha de nacimiento?"


def test_rows_keep_their_lines(both):
    person = reader("en").start()
    medicines = next(one for one in Sitting(person.screening).steps if one.question.columns)
    path = f"{person.home}q/{medicines.key}/"

    answer = person.post(path, **{"q2-rows": "2", "q2-0-1": "Lamictal", "q2-1-1": "Litio"}, switch_language="es")

    assert (fields_of(answer)["q2-0-1"], fields_of(answer)["q2-1-1"]) == (["Lamictal"], ["Litio"])
    assert "Medicina 2" in person.text
