"""Pages of a sitting as somebody reads them who speaks Spanish."""

import datetime as dt
import re

import pytest

from clinic import links
from intake.models import Screening
from intake.screening import holds
from intake.screening.flow import Sitting
from intake.tests.safety_steps import clinician
from intake.tests.screening.spanish_states import after_item_nine, held, question
from intake.tests.screening.spanish_steps import reader, sign_spanish

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(signed):
    sign_spanish()


def test_the_first_page_says_what_comes_and_what_exists_only_in_english(both):
    person = reader()
    person.get()

    assert '<html lang="es">' in person.text
    assert person.heading == "Unas preguntas antes de su cita"
    assert "Algunas de estas preguntas existen solo en inglés." in person.text


def test_english_instruments_say_their_language_and_the_page_keeps_its_own(both):
    person = reader()
    question(person)

    assert '<h1 lang="en">Little interest or pleasure in doing things</h1>' in person.text
    assert '<span lang="en">Not at all</span>' in person.text
    assert "Prefiero no responder" in person.text
    assert "Parte 1 de 4 · Pregunta 1 de 3" in person.text


def test_the_crisis_block_is_spanish_and_whole(both):
    person = reader()
    after_item_nine(person)
    block = re.search(r'<section class="crisis-block".*?</section>', person.text, re.DOTALL)[0]

    assert "Usted mencionó pensamientos de que sería mejor estar muerto o de hacerse daño." in block
    assert "En este momento no hay nadie de guardia en nuestra clínica" in block
    assert all(link in block for link in ('href="tel:911"', 'href="tel:988"', 'href="sms:988"'))
    assert "Puede seguir con el formulario." in block


def test_dates_are_written_and_read_in_spanish(both):
    person = reader()
    person.post(person.home)

    person.post(born_month="abril", born_day="31", born_year="1984")
    assert "Escriba una fecha real; por ejemplo: abril, 9, 1984" in person.text
    person.post(born_month="abr.", born_day="9", born_year="1984")

    person.screening.refresh_from_db()
    assert person.screening.date_of_birth == dt.date(1984, 4, 9)


def test_what_was_declined_is_kept_in_the_words_that_were_shown(both):
    person = reader()
    question(person)

    person.choose("-declined")

    entry = Sitting(person.screening).steps[0].entry
    assert (entry["texts"], entry["absent"]) == (["Prefiero no responder"], "asked-declined")


def test_a_letter_s_link_opens_in_the_language_of_the_person(both):
    person = reader("en")
    Screening.objects.update(language="es")

    person.get(links.path_for("questions", person.screening.pk))

    assert '<html lang="es">' in person.text


def test_under_age_is_told_in_spanish(both):
    person = reader()
    held(person)

    assert person.heading == "Primero tenemos que hablar con usted"
    assert holds.is_under_age(Screening.objects.get())


def test_the_tablet_opens_in_the_language_of_who_holds_it_now(both, client):
    spanish, english = reader(), reader("en", phone="+16125550143")
    Screening.objects.filter(pk=spanish.screening.pk).update(language="es")
    staff, pages = clinician(), []
    for person in (spanish, english):
        client.force_login(staff)
        pages.append(client.post(f"/admin/screening/{person.screening.pk}/tablet/", follow=True).text)

    assert ['<html lang="es">' in page for page in pages] == [True, False]
