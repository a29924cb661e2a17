"""The consultation form in another language: every word translated, nothing typed lost, nothing taken by the button."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone, translation

from clinic.models import ClinicProfile, RateBucket
from clinic.tests.untranslated import marked, words_outside
from intake.models import ConsultationRequest, Patient
from intake.tests.conftest import answers
from intake.tests.pages import URL, errors_of, fields_of
from intake.tests.rows import stored
from intake.tickets import read_ticket
from notifications.consent import wording_for
from notifications.models import Consent, Message

pytestmark = pytest.mark.django_db

OURS = ["Minnesota Ketamine & Wellness Institute", "Minnesota", "MKWI Care", "100 Example Avenue, Suite 200", "Minneapolis, MN 55401",
        "hello@clinic.example", "Español", "English", "LLC", "Back on Monday."]  # fmt: skip
SPANISH = {"accept-language": "es-MX"}


def key_of(response):
    return fields_of(response)["form_key"][0]


def opened(client, **changes):
    """What Sam has typed into a form that is open now."""
    return answers(form_key=key_of(client.get(URL)), **changes)


def shown_empty(client, _settings):
    return client.get(URL)


def shown_with_errors(client, _settings):
    wrong = {"name": "", "phone": "12", "email": "x", "best_time": "x", "help_with": ["x"], "message": "5" * 501}
    return client.post(URL, opened(client, for_whom=None, **wrong))


def shown_with_more_errors(client, settings):
    settings.FORM_MIN_SECONDS = 60
    return client.post(URL, opened(client, website="x", phone="", name="S\x00", email="a" * 250 + "@b.example"))


def shown_without_a_ticket(client, _settings):
    return client.post(URL, answers(form_key="", phone="612-555-0142 x12", email="", email_consent="on"))


def shown_without_a_way_to_answer(client, _settings):
    return client.post(URL, opened(client, phone="", email="", name="A\nB"))


def shown_not_served(client, _settings):
    first = client.post(URL, opened(client, state="elsewhere", for_whom="under_18")).text
    return client.post(URL, opened(client, for_whom="someone_else")).text + first


def shown_paused(client, _settings):
    typed = opened(client)
    ClinicProfile.objects.update(booking_paused=True, booking_paused_message="Back on Monday.")
    first = client.get(URL).text + client.post(URL, typed).text
    ClinicProfile.objects.update(booking_paused_message="")
    return first + client.post(URL, typed).text


def shown_sent_before(client, _settings):
    typed = opened(client)
    client.post(URL, typed)
    return client.post(URL, {**typed, "message": "5"})


def shown_too_often(client, settings):
    settings.RATE_LIMIT_FACTOR = 1 / 60
    client.post(URL, opened(client))
    return client.post(URL, opened(client, message="5"))


def shown_after_the_switch(client, _settings):
    return client.post(URL, {**opened(client), "switch_language": "en"})


STATES = (
    shown_empty,
    shown_with_errors,
    shown_with_more_errors,
    shown_without_a_ticket,
    shown_without_a_way_to_answer,
    shown_not_served,
    shown_paused,
    shown_sent_before,
    shown_too_often,
    shown_after_the_switch,
)


@pytest.mark.parametrize("state", STATES)
def test_every_word_of_the_form_can_be_translated(client, settings, next_desk, state):
    with marked():
        response = state(client, settings)

    page = response if isinstance(response, str) else response.text
    assert words_outside(page, nobodys=[*OURS, "Sam Example", "A\nB"]) == []


def test_the_finder_sees_a_word_that_nobody_translated(client, next_desk, monkeypatch):
    monkeypatch.setattr("intake.forms.state_choices", lambda _profile: [("MN", "Forgotten words")])

    with marked():
        assert words_outside(client.get(URL).text, nobodys=OURS) == ["Forgotten words"]


def test_the_form_speaks_spanish_and_says_what_to_mend(client, next_desk):
    empty = client.get(URL, headers=SPANISH)
    sent = client.post(URL, answers(form_key=key_of(empty), phone="555"), headers=SPANISH)

    assert "Programar una consulta gratuita" in empty.text
    assert "¿Dónde estará durante sus citas?" in empty.text
    assert (
        errors_of(sent)[0]
        == "Revise cuántas cifras tiene el número de teléfono. Los números de Estados Unidos tienen 10, como 612-555-0142"
    )


# --- The language of a request ---------------------------------------------------------------------


def test_who_asks_in_spanish_is_written_to_in_spanish_with_the_words_they_read(client, next_desk):
    typed = answers(form_key=key_of(client.get(URL, headers=SPANISH)))

    client.post(URL, typed, headers=SPANISH)

    request, patient = ConsultationRequest.objects.get(), Patient.objects.get()
    assert (request.language, patient.language) == ("es", "es")
    assert set(Message.objects.values_list("language", flat=True)) == {"es"}
    with translation.override("es"):
        said = {channel: wording_for(channel, ClinicProfile.current()) for channel in ("sms", "email")}
    assert "Acepto recibir" in said["sms"]
    assert {(line.channel, line.wording, line.language) for line in Consent.objects.all()} == {
        (channel, words, "es") for channel, words in said.items()
    }


def test_a_tick_beside_english_words_is_not_taken_for_spanish_ones(client, next_desk):
    typed = opened(client)  # shown in English; then Spanish was chosen in another tab

    response = client.post(URL, typed, headers=SPANISH)

    assert (response.status_code, stored()) == (200, (0, 0, 0, 0, 0))
    assert (
        errors_of(response)
        == ["Este texto cambió después de que usted abrió la página. Seleccione la casilla si está de acuerdo"] * 2
    )


def test_the_same_words_from_one_page_in_two_languages_are_one_request(client, next_desk):
    typed = opened(client, sms_consent=None, email_consent=None)

    first = client.post(URL, typed)
    again = client.post(URL, typed, headers=SPANISH)

    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert ConsultationRequest.objects.count() == 1


# --- The language button ---------------------------------------------------------------------------


def test_the_switch_keeps_every_answer_and_takes_nothing(client, next_desk):
    typed = opened(client, help_with=["ptsd", "ocd"], message="My own\r\nwords", voicemail_ok="on", phone="12", name="")

    switched = client.post(URL, {**typed, "switch_language": "es"})

    kept = fields_of(switched)
    same = ("for_whom", "state", "phone", "email", "best_time", "voicemail_ok")
    assert {name: kept[name] for name in same} == {name: [typed[name]] for name in same}
    assert (kept["help_with"], kept["message"]) == (["ptsd", "ocd"], ["My own\r\nwords"])
    assert (switched.status_code, errors_of(switched)) == (200, [])
    assert '<html lang="es">' in switched.text
    assert switched.cookies["language"].value == "es"
    assert (stored(), RateBucket.objects.count()) == ((0, 0, 0, 0, 0), 0)


def test_the_page_after_the_switch_has_the_same_key_and_the_time_it_was_first_shown(client, next_desk):
    typed = opened(client)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        switched = client.post(URL, {**typed, "switch_language": "es"})

    before, after = read_ticket(typed["form_key"]), read_ticket(key_of(switched))
    assert (after.key, after.shown_at, after.source) == (before.key, before.shown_at, before.source)
    assert after.wording != before.wording


def test_a_form_sent_too_fast_after_the_switch_is_still_asked_again(client, next_desk, settings):
    settings.FORM_MIN_SECONDS = 60
    switched = client.post(URL, {**opened(client), "switch_language": "es"})

    sent = client.post(URL, fields_of(switched))

    assert "Eso fue más rápido de lo habitual." in errors_of(sent)[0]


def test_consent_is_asked_anew_in_the_new_language_and_the_rest_can_be_sent(client, next_desk):
    switched = client.post(URL, {**opened(client), "switch_language": "es"})
    fields = fields_of(switched)
    assert {"sms_consent", "email_consent"} & fields.keys() == set()
    assert '<a href="#id_sms_consent">Envíenme mensajes de texto sobre mi cita.</a>' in switched.text

    sent = client.post(URL, {**fields, "sms_consent": "on"})

    assert sent.status_code == 303
    assert [(line.channel, line.language) for line in Consent.objects.all()] == [("sms", "es")]


@pytest.mark.parametrize("page", ["not_served", "paused", "sent_before", "tampered", ""])
def test_the_switch_on_a_page_with_hidden_answers_keeps_the_page_and_the_answers(client, next_desk, page):
    typed = opened(client, state="elsewhere", message="My own words")

    switched = client.post(URL, {**typed, "page": page, "switch_language": "es"})

    heading = {
        "not_served": "No podemos ofrecerle esto por internet",
        "paused": "Las solicitudes por internet están en pausa",
        "sent_before": "Usted ya envió este formulario, con otras respuestas",
    }.get(page, "Programar una consulta gratuita")
    assert f"<h1>{heading}</h1>" in switched.text
    assert fields_of(switched)["message"] == ["My own words"]
    assert stored() == (0, 0, 0, 0, 0)


def test_enter_in_a_box_sends_the_form_and_does_not_change_the_language(client, next_desk):
    buttons = [piece.split(">")[0] for piece in client.get(URL).text.split("<button")[1:]]

    assert ("name=" in buttons[0], 'form="consultation"' in buttons[0]) == (False, True)
    assert 'name="switch_language"' in buttons[1]
