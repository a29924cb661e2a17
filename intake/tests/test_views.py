import re

import pytest
from django.test import Client

from clinic.models import ClinicProfile, DeskTask, RateBucket
from intake.forms import ConsultationForm
from intake.models import ConsultationRequest
from intake.tests.conftest import answers
from intake.tests.pages import URL, errors_of, fields_of
from intake.tests.rows import stored
from notifications.models import Consent

pytestmark = pytest.mark.django_db


def test_form_shows_two_unticked_consents_the_notice_and_help(client, next_desk):
    response = client.get(URL)

    page = " ".join(response.content.decode().split())
    fields = fields_of(response)
    assert {"sms_consent", "email_consent", "for_whom", "state"} & fields.keys() == set()
    assert (
        "By ticking a box above, you consent to receive SMS messages and/or emails from our company. To unsubscribe, "
        "follow the instructions provided in our communications. Msg &amp; data rates may apply for SMS. Your "
        "information is secure and will not be sold to third parties."
    ) in page
    assert "This form is not monitored around the clock." in page
    for link in ('href="tel:988"', 'href="tel:911"', 'href="/sms-terms/"', 'href="/privacy/"'):
        assert link in page
    assert (re.findall(r"<[^>]* required[ >=]", page), page.count("*")) == ([], 0)


def test_form_asks_the_common_case_first(client, next_desk):
    ClinicProfile.current()
    ClinicProfile.objects.update(licensed_states=["WI", "MN"])

    page = client.get(URL).content.decode()

    assert [
        page.index(f'value="{value}"') for value in ("me", "under_18", "someone_else", "WI", "MN", "elsewhere")
    ] == sorted(page.index(f'value="{value}"') for value in ("me", "under_18", "someone_else", "WI", "MN", "elsewhere"))


def test_every_field_of_the_form_stands_in_the_page_once(client, next_desk):
    page = client.get(URL).content.decode()

    fields = ConsultationForm(profile=ClinicProfile.current()).fields
    places = {name: len(re.findall(rf'id="id_{name}(?:_0)?"', page)) for name in fields}
    assert places == dict.fromkeys(fields, 1)


def test_form_may_stay_in_the_browser_for_back_and_answers_may_not(client, next_desk):
    shown = client.get(URL)
    answer = client.post(URL, {})

    assert (shown["Cache-Control"], answer["Cache-Control"]) == ("private, no-cache", "no-store")
    assert (shown["Referrer-Policy"], answer["Referrer-Policy"]) == ("same-origin", "same-origin")


def test_get_writes_nothing(client, next_desk, django_assert_num_queries):
    ClinicProfile.current()
    client.get(URL)

    with django_assert_num_queries(3) as queries:
        client.get(URL)

    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT"] * 3


def test_post_keeps_the_request_and_leads_on(send):
    response = send(message="Hello\r\nyou", help_with=["ptsd", "anxiety"], voicemail_ok="on", best_time="evening")

    kept = ConsultationRequest.objects.get()
    assert (response.status_code, response["Location"].startswith("/next/")) == (303, True)
    assert (kept.message, kept.help_with, kept.voicemail_ok, kept.best_time, str(kept.phone)) == (
        "Hello\nyou",
        ["anxiety", "ptsd"],
        True,
        "evening",
        "+16125550142",
    )
    assert stored() == (1, 1, 2, 2, 0)


def test_post_takes_a_constant_number_of_queries(send, django_assert_max_num_queries):
    send()
    with django_assert_max_num_queries(75) as few:
        send(name="Kim", phone="612-555-0150", email="kim@person.example")
    for number in range(20, 26):
        send(name=f"P{number}", phone=f"612-555-01{number}", email=f"p{number}@person.example")
    with django_assert_max_num_queries(75) as many:
        send(name="Alex", phone="612-555-0160", email="alex@person.example")

    assert len(many) == len(few)


def test_post_with_nothing_ticked_promises_a_call(send):
    response = send(sms_consent=None, email_consent=None, email="", phone="612-555-0142 x 57")

    kept = ConsultationRequest.objects.get()
    assert (response.status_code, DeskTask.objects.get().kind) == (303, "call_back")
    assert (str(kept.phone), kept.phone_extension) == ("+16125550142", "57")


@pytest.mark.parametrize("changes", [{"for_whom": "under_18"}, {"for_whom": "someone_else"}, {"state": "elsewhere"}])
def test_post_by_somebody_we_cannot_serve_explains_and_stores_nothing(send, client, changes):
    typed = answers(**changes, name="", phone="nonsense", message="My own\r\nwords", help_with=["ptsd", "ocd"])

    response = send(**typed)

    page = response.content.decode()
    assert (response.status_code, errors_of(response), "(612) 555-0100" in page, "tel:988" in page) == (
        200,
        [],
        True,
        True,
    )
    assert (stored(), RateBucket.objects.count()) == ((0, 0, 0, 0, 0), 0)
    back = client.post(URL, {**fields_of(response), "change": "1"})
    fields = fields_of(back)
    assert (back.status_code, errors_of(back)) == (200, [])
    assert {name: fields[name] for name in (*changes, "phone", "message", "help_with", "sms_consent")} == {
        **{name: [value] for name, value in changes.items()},
        "phone": ["nonsense"],
        "message": ["My own\r\nwords"],
        "help_with": ["ptsd", "ocd"],
        "sms_consent": ["on"],
    }


def test_form_while_paused_shows_the_message_and_the_phone(client, next_desk):
    key = fields_of(client.get(URL))["form_key"][0]
    ClinicProfile.objects.update(booking_paused=True, booking_paused_message="Back on Monday.")

    shown = client.get(URL)
    sent = client.post(URL, answers(form_key=key, message="My own words"))

    for response in (shown, sent):
        page = response.content.decode()
        assert (response.status_code, "Back on Monday." in page, "(612) 555-0100" in page) == (200, True, True)
    assert "form_key" not in fields_of(shown)
    assert stored() == (0, 0, 0, 0, 0)
    ClinicProfile.objects.update(booking_paused=False)
    assert client.post(URL, fields_of(sent)).status_code == 303
    assert ConsultationRequest.objects.get().message == "My own words"


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_other_methods_are_refused(client, next_desk, method):
    assert getattr(client, method)(URL).status_code == 405


def test_post_without_the_csrf_token_is_refused(next_desk):
    client = Client(enforce_csrf_checks=True)
    key = fields_of(client.get(URL))["form_key"][0]

    assert client.post(URL, answers(form_key=key)).status_code == 403
    assert stored() == (0, 0, 0, 0, 0)


def test_get_ignores_the_query_string(client, next_desk):
    response = client.get(f"{URL}?source=flyer&name=Sam")

    assert (response.status_code, fields_of(response)["name"]) == (200, [""])


def test_field_that_comes_twice_counts_once_and_the_address_counts_for_nothing(client, next_desk):
    key = fields_of(client.get(URL))["form_key"][0]
    twice = answers(
        form_key=key, name=["Sam", "Kim"], for_whom=["under_18", "me"], sms_consent=None, help_with=["ptsd", "ptsd"]
    )

    client.post(f"{URL}?sms_consent=on&voicemail_ok=on&name=Eve&message=Hello", twice)

    kept = ConsultationRequest.objects.get()
    assert (kept.name, kept.for_whom, kept.help_with, kept.voicemail_ok, kept.message) == (
        "Kim",
        "me",
        ["ptsd"],
        False,
        "",
    )
    assert list(Consent.objects.values_list("channel", flat=True)) == ["email"]


def test_page_asks_nothing_of_another_host(client, next_desk):
    page = client.get(URL).content.decode()

    body = page.replace('itemtype="https://schema.org/MedicalClinic"', "")  # a name, nothing is fetched
    assert "//" not in body.split("<main")[1]
    assert len(page) < 20_000
