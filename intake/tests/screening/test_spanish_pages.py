"""Every page of a sitting in all its states: no word that no translator saw"""

import datetime as dt
import html

import pytest
from django.utils import timezone

from clinic.models import CrisisLine, OnCallShift
from clinic.tests.untranslated import marked, words_outside
from intake.models import SafetyItem
from intake.screening.items import questions
from intake.tests.screening.sitting_steps import DEFINITIONS, signer
from intake.tests.screening.spanish_states import STATES, after_item_nine, check
from intake.tests.screening.spanish_steps import KEPT, reader, sign_spanish, spanish

pytestmark = pytest.mark.django_db
NOBODYS = [
    "Minnesota Ketamine & Wellness Institute", "MKWI Care", "100 Example Avenue, Suite 200", "Minneapolis, MN 55401",
    "English", "Español", "LLC", "CST", "CDT", "Duluth",
]  # fmt: skip


@pytest.fixture
def both(signed):
    sign_spanish()


def asked_words():
    """The questionnaires' own words: instruments are English, the clinic's questions are there in both languages."""
    for definition in [*DEFINITIONS.values(), *map(spanish, KEPT)]:
        yield from (definition["title"], definition["copyright"])
        for question in questions(definition):
            columns = [column.text for column in question.columns]
            yield from (question.text, question.stem, *question.hints, *columns)
            yield from (option.text for option in question.options)


def outside(page):
    rows = CrisisLine.objects.values_list("name", "what_to_do", "name_es", "what_to_do_es")
    lines = [words for row in rows for words in row]
    asked = {" ".join(words.split()) for words in (*DEFINITIONS, *asked_words())}
    found = words_outside(html.unescape(page), nobodys=[words for words in (*NOBODYS, *lines) if words])
    return [piece for piece in found if piece.removeprefix(": ") not in asked]


@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
def test_every_word_was_given_to_a_translator(both, state):
    person = reader()

    with marked():
        state(person)

    assert person.answer is not None
    assert outside(person.text) == []


@pytest.mark.parametrize("is_emergency", [False, True, None])
def test_the_tablet_s_last_page_too(both, is_emergency):
    person = reader()
    session = person.client.session
    if is_emergency is not None:
        session["parting"] = {"is_emergency": is_emergency, "will_call": ""}
        session.save()

    with marked():
        page = person.client.get("/tablet/done/").text

    assert outside(page) == []


@pytest.mark.parametrize("on_call_in", [None, -1, 1, 30])
def test_when_somebody_calls_is_said_in_the_language_of_the_page(both, on_call_in):
    if on_call_in is not None:
        starts = timezone.now() + dt.timedelta(hours=on_call_in)
        OnCallShift.objects.create(
            user=signer(), email="a@clinic.example", starts_at=starts, ends_at=starts + dt.timedelta(hours=9)
        )
    person = reader()

    with marked():
        after_item_nine(person)

    assert outside(person.text) == []
    assert SafetyItem.objects.exists()


def test_the_test_sees_a_word_that_nobody_marked(both, monkeypatch):
    monkeypatch.setattr("intake.screening.pages.finish.NOT_SEEN", "Nobody marked this")
    person = reader()

    with marked():
        check(person)

    assert set(outside(person.text)) == {"Nobody marked this"}
