"""The clinic's questions in Spanish: the same questions, codes and rules, in other words."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.models import Questionnaire
from intake.screening import definitions, rules
from intake.screening.instruments import INSTRUMENTS
from intake.screening.items import Option, questions, shape_of
from intake.screening.shipped import TRANSLATED, all_shipped, instrument_of, original_of, shipped, shipped_in
from intake.screening.validation import problems
from intake.tests.screening.sitting_steps import signer

SPANISH = {instrument_of(one): one for one in shipped_in("es")}
ENGLISH = {instrument_of(one): one for one in all_shipped()}
PAIRS = [pytest.param(ENGLISH[name], SPANISH[name], id=name) for name in SPANISH]


def test_no_instrument_is_translated_by_us():
    assert set(SPANISH) & set(INSTRUMENTS) == set()
    assert set(SPANISH) == {"STOP-ITEMS", "MEDICINES", "HISTORY"}


@pytest.mark.parametrize(("english", "spanish"), PAIRS)
def test_spanish_can_be_signed_and_asks_the_same(english, spanish):
    assert problems(spanish) == []
    assert shape_of(spanish) == shape_of(english)
    assert (spanish["language"], spanish["url"], spanish["version"]) == ("es", english["url"], english["version"])


@pytest.mark.parametrize(("english", "spanish"), PAIRS)
def test_every_text_is_translated_and_keeps_its_english_for_staff(english, spanish):
    for own, other in zip(questions(spanish), questions(english), strict=True):
        assert original_of(own.item) == other.text
        options = zip(own.item.get("answerOption", ()), other.item.get("answerOption", ()), strict=True)
        assert all(original_of(ours) == theirs["valueCoding"]["display"] for ours, theirs in options)


def test_a_text_that_nobody_translated_stops_the_build(monkeypatch):
    changed = {**shipped("stop-items"), "title": "A new title"}
    monkeypatch.setattr("intake.screening.shipped.shipped", lambda _name: changed)

    with pytest.raises(KeyError, match="A new title"):
        shipped_in("es")


def _answer(draw, question):
    if question.options:
        picked: list[Option] = draw(
            st.lists(st.sampled_from(question.options), unique_by=lambda one: one.key, max_size=3)
        )
        return {"answers": [dict(one.value) for one in picked], "texts": [one.text for one in picked]}
    if question.kind in {"integer", "decimal"}:
        number = draw(st.integers(0, 300))
        return {"answers": [{"valueInteger": number}], "texts": [str(number)]}
    if question.columns:
        text = draw(st.sampled_from(["Lamictal", "tramadol", "aspirina"]))
        row = {question.columns[0].link_id: {"answers": [{"valueString": text}], "texts": [text]}}
        return {"answers": [], "rows": [row], "texts": [text]}
    return {"answers": [], "texts": []}


@st.composite
def sittings_of(draw):
    """The same answers, by code, to both versions of one questionnaire."""
    name = draw(st.sampled_from(sorted(SPANISH)))
    answers = {
        one.link_id: {**_answer(draw, one), "absent": draw(st.sampled_from([None, None, "asked-declined"]))}
        for one in questions(ENGLISH[name])
        if draw(st.booleans())
    }
    return name, answers


@settings(max_examples=60, deadline=None)
@given(sittings_of(), st.booleans(), st.sampled_from([None, 40, 70]))
def test_the_same_answers_raise_the_same_flags_in_both_languages(sitting, finished, age):
    name, answers = sitting

    def flags(definition):
        found = rules.flags_for(definition, answers, finished=finished, facts=rules.Facts(age=age))
        return [(one.level, one.code, one.reason, one.source, one.alert, one.trigger) for one in found]

    assert flags(SPANISH[name]) == flags(ENGLISH[name])


def test_what_the_person_is_told_is_told_in_spanish():
    vessels_note = "Si tiene dolor de pecho ahora, llame al 911."
    answers = {"heart": {"answers": [{"valueCoding": {"code": "chest-pain-now"}}], "texts": ["-"]}}

    notes = [flag.note for flag in rules.flags_for(SPANISH["STOP-ITEMS"], answers, finished=False)]

    assert notes == [vessels_note]


@pytest.mark.django_db
def test_spanish_is_used_only_once_the_director_signed_it():
    definitions.install_drafts()
    drafts = Questionnaire.objects.filter(language="es")

    assert drafts.count() == len(TRANSLATED["es"])
    assert set(drafts.values_list("status", flat=True)) == {"draft"}
    assert definitions.current("STOP-ITEMS", "es") is None

    assert definitions.sign_shipped(by=_director()) == len(all_shipped()) + len(TRANSLATED["es"])
    assert json.loads(json.dumps(definitions.current("STOP-ITEMS", "es").definition))["status"] == "active"


def _director():
    from django.contrib.auth.models import Group  # noqa: PLC0415 - models are not loaded yet

    user = signer()
    user.groups.add(Group.objects.get(name="Medical director"))
    return user
