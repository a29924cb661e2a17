"""The language button on the pages of times and visits keeps what was chosen or typed, and does nothing else."""

import re

import pytest
import time_machine

from clinic.models import DeskTask, RateBucket
from intake.models import ConsultationRequest
from notifications.models import Consent, Message
from scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from scheduling.tests import time_steps
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.test_waiting_pages import path_of as offer_path
from scheduling.tests.time_steps import send, values
from scheduling.tests.visit_steps import booked, path_of
from scheduling.tests.waiting_steps import ask, offer
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db

TO_SPANISH = {"switch_language": "es"}
SPANISH = {"accept-language": "es"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def rows():
    """Everything that a button of these pages could change."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Appointment, ConsultationRequest, Consent, DeskTask, Message, RateBucket, WaitlistEntry, WaitlistOffer)
    ]  # fmt: skip


def switched(client, path, **said):
    """The page after the button, in Spanish, without an error and with nothing changed."""
    before = rows()
    response = client.post(path, {**said, **TO_SPANISH})
    assert (response.status_code, '<html lang="es">' in response.text) == (200, True)
    assert ("error-summary" in response.text, rows() == before) == (False, True)
    assert client.cookies["language"].value == "es"
    return response


def checked(response):
    return [
        tag.group(1)
        for tag in re.finditer(r'<input type="(?:radio|checkbox)"[^>]* value="([^"]+)" checked', response.text)
    ]


# --- Nothing is lost, nothing is done --------------------------------------------------------------


def test_days_keep_the_ticked_day_and_do_not_go_on(client, kind):
    path = time_steps.path_of(another_request())

    page = client.get(path, {"shown": "2026-12-08", "day": "2026-12-09", "lang": "es"})

    assert (checked(page), values(page, "day")[0]) == (["2026-12-09"], "2026-12-08")
    assert "<h1>Elija un día</h1>" in page.text
    assert 'name="lang" value="en"' in page.text
    going_on = client.get(path, {"shown": "2026-12-08", "day": "2026-12-09"})
    assert "Elija una hora el miércoles 9 de diciembre" in going_on.text


def test_days_with_nothing_ticked_find_no_fault(client, kind):
    page = client.get(time_steps.path_of(another_request()), {"shown": str(TUESDAY), "lang": "es"})

    assert ("error-summary" in page.text, "<h1>Elija un día</h1>" in page.text) == (False, True)


def test_times_keep_the_chosen_time_the_way_to_meet_and_the_key(client, kind):
    asker = another_request()
    path = f"{time_steps.path_of(asker)}?day={TUESDAY}"
    chosen = value_of(at(10))
    key = "5f0e4a3c-8f6b-4a6e-9a44-d3b5a6ee0009"

    page = switched(client, path, start=chosen, mode="phone", booking_key=key)

    assert checked(page) == [chosen, "phone"]
    assert values(page, "booking_key") == [key]
    assert "Elija una hora el martes 1 de diciembre" in page.text
    done = send(client, asker, start=chosen, booking_key=key)
    assert (done.status_code, Appointment.objects.get().mode) == (303, "phone")


def test_times_without_a_day_keep_the_page_and_make_a_key_where_there_was_none(client, kind):
    page = switched(client, time_steps.path_of(another_request()), start="", mode="", booking_key="x")

    assert "Estas son las horas libres más cercanas." in page.text
    assert len(values(page, "booking_key")[0]) == 36


def test_times_for_a_change_keep_the_choice_and_the_visit(client, kind):
    visit = booked(kind)
    chosen = value_of(at(11))

    page = switched(client, f"{path_of(visit, 'change')}?day={TUESDAY}", start=chosen, mode="phone")

    assert checked(page) == [chosen, "phone"]
    assert "Cambiar a esta hora" in page.text


def test_call_me_keeps_the_number_and_promises_nothing(client, kind):
    asker = another_request(phone="", sms_consent=False)

    page = switched(client, time_steps.path_of(asker, "call_me"), phone="612 555")

    assert ('value="612 555"' in page.text, "¿A qué número le llamamos?" in page.text) == (True, True)


def test_cancelling_keeps_the_reason_and_the_visit(client, kind):
    page = switched(client, path_of(booked(kind), "cancel"), reason="My own <words>")

    assert "My own &lt;words&gt;</textarea>" in page.text
    assert "¿Cancelar esta cita?" in page.text


def test_the_switch_on_a_cancelling_that_came_too_late_explains(client, kind, clock):
    visit = booked(kind)
    clock.move_to(at(8, 59))

    page = switched(client, path_of(visit, "cancel"), reason="Late")

    assert "Llámenos para cambiar o cancelar esta cita" in page.text


def test_the_waiting_list_keeps_the_wish_and_asks_nothing(client, kind):
    page = switched(
        client,
        path_of(booked(kind, start=at(11)), "visit_earlier"),
        wish="ask",
        weekdays=["1", "4"],
        parts_of_day=["evening"],
    )

    assert checked(page) == ["1", "4", "evening"]
    assert ">Martes<" in page.text


def test_an_offer_keeps_the_way_to_meet_and_stays_open(client, kind):
    made = offer(ask(another_request(), kind), kind.clinicians.get(), at(9))

    page = switched(client, offer_path(made), mode="phone")

    assert (checked(page), "Tomar esta hora" in page.text) == (["phone"], True)


def test_sending_the_link_again_keeps_the_address_and_counts_no_try(client, kind):
    page = switched(client, "/send-my-link/", contact="p1@person.example")

    assert 'value="p1@person.example"' in page.text


@pytest.mark.parametrize("wish", ["stop", "allow"])
def test_what_we_may_send_is_not_changed_by_the_button(client, kind, wish):
    visit = booked(kind)
    before = rows()

    response = client.post(path_of(visit, "messages"), {"channel": "sms", "wish": wish, "agree": "on", **TO_SPANISH})

    assert (response.status_code, response["Location"]) == (303, path_of(visit, "messages"))
    assert rows() == before
    assert "Mensajes de texto al número que termina en" in client.get(response["Location"]).text


def test_an_undo_is_not_done_by_the_button(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"), {"reason": ""})
    before = rows()

    client.post(path_of(visit, "undo"), TO_SPANISH)

    assert rows() == before


# --- Whose language a private link speaks ----------------------------------------------------------


def test_a_private_link_speaks_the_language_of_whom_it_is_about(client, kind):
    asker = another_request(language="es")
    visit = booked(kind, asker=asker)
    made = offer(ask(another_request(language="es"), kind), kind.clinicians.get(), at(9, 30))
    paths = [
        path_of(visit, name) for name in ("visit", "change", "cancel", "messages", "visit_earlier", "visit_call_me")
    ]
    waiting = another_request(language="es")
    paths += [offer_path(made), *(time_steps.path_of(waiting, name) for name in ("time", "call_me", "earlier"))]

    assert {
        path: client.get(path, headers={"accept-language": "en-US"})["Content-Language"] for path in paths
    } == dict.fromkeys(paths, "es")


def test_a_choice_goes_before_the_language_of_whom_the_link_is_about(client, kind):
    path = path_of(booked(kind, asker=another_request(language="es")))

    assert client.get(f"{path}?lang=en")["Content-Language"] == "en"
    assert client.get(path)["Content-Language"] == "en"


def test_an_english_link_in_a_spanish_browser_speaks_english_until_somebody_asks(client, kind):
    path = path_of(booked(kind))

    assert client.get(path, headers=SPANISH)["Content-Language"] == "en"
    assert client.get(f"{path}?lang=es", headers=SPANISH)["Content-Language"] == "es"


@pytest.mark.parametrize("language", ["so", "xx", ""])
def test_a_language_we_do_not_speak_leaves_the_page_to_the_browser(client, kind, language):
    asker = another_request()
    visit = booked(kind, asker=asker)
    ConsultationRequest.objects.filter(pk=asker.pk).update(language=language)

    assert client.get(path_of(visit), headers=SPANISH)["Content-Language"] == "es"


def test_a_form_is_answered_in_the_language_that_was_chosen_last(client, kind):
    visit = booked(kind)
    address = f"{path_of(visit, 'cancel')}?lang=es"
    client.get(address)
    client.post(address, {"switch_language": "en", "reason": ""})

    refused = client.post(address, {"reason": "x" * 301})

    assert (refused.status_code, refused["Content-Language"]) == (422, "en")


# --- What is written down --------------------------------------------------------------------------


def test_agreeing_on_a_page_in_spanish_keeps_the_spanish_words(client, kind):
    visit = booked(kind, asker=another_request(sms_consent=False))
    page = client.get(path_of(visit, "messages"), headers=SPANISH, query_params={"lang": "es"})
    mark = values(page, "wording")[0]

    client.post(path_of(visit, "messages"), {"channel": "sms", "wish": "allow", "agree": "on", "wording": mark})

    line = Consent.objects.latest("pk")
    assert (line.language, line.wording.startswith("Envíenme mensajes de texto")) == ("es", True)


def test_the_calendar_entry_is_neutral_in_the_language_of_the_person(client, kind):
    visit = booked(kind, asker=another_request(language="es"), mode="phone")

    entry = client.get(path_of(visit, "invite")).text

    assert ("SUMMARY:Cita\r\n" in entry, "LOCATION:Por teléfono\r\n" in entry) == (True, True)


def test_no_language_of_a_clinician_is_chosen_for_somebody_who_reads_spanish(client):
    make_type([make_clinician(languages=["en"]), make_clinician("Dr. Robin Reyes", languages=["es"])])
    page = client.get(time_steps.path_of(another_request(language="es")))

    assert ("<strong>cualquier idioma</strong>" in page.text, values(page, "language")) == (True, [])


def test_what_is_written_for_staff_stays_english(client, kind):
    asker = another_request(language="es")
    time_path = f"{time_steps.path_of(asker)}?day={TUESDAY}"
    client.get(time_path)
    send(client, asker)
    visit = Appointment.objects.get()
    client.post(path_of(visit, "cancel"), {"reason": ""})

    assert [(event.event, event.reason) for event in visit.events.order_by("pk")] == [
        ("booked", ""),
        ("cancelled_by_patient", ""),
    ]
