import re

import pytest
import time_machine
from django.test import Client

from clinic.models import ClinicProfile, DeskTask, RateBucket
from intake.models import ConsultationRequest, Patient
from intake.tests.conftest import answers
from intake.tests.pages import URL, errors_of, fields_of
from notifications.models import Consent, Message

pytestmark = pytest.mark.django_db

PRESS_AGAIN = "Nothing is lost: look over your answers and press the button again."


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Patient, ConsultationRequest, Consent, Message, DeskTask))


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


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"for_whom": None}, ["Select who this is for"]),
        ({"for_whom": "friend"}, ["Select who this is for"]),
        ({"state": None}, ["Select where you will be"]),
        ({"state": "WI"}, ["Select where you will be"]),
        ({"name": ""}, ["Enter the name we should use"]),
        ({"name": "\u200b\u2800"[:1]}, ["Enter the name we should use"]),
        ({"name": "x" * 121}, ["Use 120 characters or fewer for the name"]),
        ({"name": "Sam\r\nBcc: all@person.example"}, ["Write the name on one line"]),
        ({"email": "sam"}, ["Enter an e-mail address like name@example.com"]),
        ({"email": "sam@person.example\r\nBcc: all@person.example"}, ["Enter an e-mail address like name@example.com"]),
        ({"email": ""}, ["Enter the address we should e-mail, or untick e-mail"]),
        ({"phone": ""}, ["Enter the number we should text, or untick texts"]),
        ({"phone": "555-0142"}, ["Add the area code to the phone number, like 612-555-0142"]),
        ({"phone": "612-555-0142\n612-555-0143"}, ["Write one phone number, on one line"]),
        (
            {"phone": "612-555-0142 ext 5"},
            ["Texts cannot reach an extension. Enter a number without one, or untick texts"],
        ),
        (
            {"phone": "", "email": "", "sms_consent": None, "email_consent": None},
            ["Enter a phone number or an e-mail address so that we can answer"],
        ),
        (
            {"phone": "", "sms_consent": None, "email_consent": None},
            ["Tick e-mail or add a number so that we can answer"],
        ),
        ({"best_time": "night"}, ["Select a time of day from the list"]),
        ({"help_with": ["x"]}, ["Select from the list"]),
        (
            {"message": "x" * 10_000},
            ["Use 500 characters or fewer. You used 10,000. You can tell us the rest at your visit"],
        ),
        (
            {"website": "https://spam.example"},
            [f"A box that should stay empty was filled in. We emptied it. {PRESS_AGAIN}"],
        ),
        ({"form_key": "forged"}, [f"We could not check that this form came from our page. {PRESS_AGAIN}"]),
        ({"form_key": None}, [f"We could not check that this form came from our page. {PRESS_AGAIN}"]),
    ],
)
def test_post_with_a_fault_says_how_to_mend_it_and_keeps_the_text(client, next_desk, changes, errors):
    shown = fields_of(client.get(URL))
    typed = answers(**{"form_key": shown["form_key"][0], "message": "My own words", **changes})

    response = client.post(URL, typed)

    back = fields_of(response)
    assert (response.status_code, errors_of(response)) == (200, errors)
    assert stored() == (0, 0, 0, 0, 0)
    for name in ("name", "phone", "email", "message"):
        assert back[name] == [typed[name]]
    assert "<title>Error: " in response.content.decode()


@pytest.mark.parametrize("fault", [{"website": "x"}, {"form_key": "forged"}])
def test_post_again_after_a_suspicion_is_taken(client, next_desk, fault):
    shown = fields_of(client.get(URL))
    again = fields_of(client.post(URL, answers(**{"form_key": shown["form_key"][0], **fault})))

    response = client.post(URL, again)

    assert (response.status_code, ConsultationRequest.objects.count()) == (303, 1)


def test_post_with_characters_that_cannot_be_stored_says_so(send):
    response = send(name="Sa\x00m", message="One\x00two\x07")

    assert (response.status_code, errors_of(response)) == (
        400,
        ["We took out characters that we cannot store. Check what is left"] * 2,
    )
    assert (fields_of(response)["name"], fields_of(response)["message"]) == (["Sam"], ["Onetwo"])


def test_post_with_lone_surrogates_says_so(client, next_desk):
    key = fields_of(client.get(URL))["form_key"][0]
    body = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in answers(form_key=key.replace("+", "+-"), name="Sa+2AA-m", phone="6125550142").items()
    )

    response = client.generic(
        "POST", URL, f"{body}--edge--\r\n", content_type="multipart/form-data; boundary=edge; charset=utf-7"
    )

    assert response.status_code == 400
    assert fields_of(response)["name"] == ["Sam"]


@pytest.mark.parametrize("name", ["O'Brien", "<b>Sam</b>", "J", "سام", "🙂 Sam", "Zoë", "Nguyễn Thị", "x" * 120])
def test_post_takes_any_name_as_typed(send, name):
    response = send(name=name, message=f"  {name}  ")

    kept = ConsultationRequest.objects.get()
    assert (response.status_code, kept.name, kept.message) == (303, name, name)


def test_post_counts_a_line_end_once(send):
    response = send(message="\r\n".join(["x" * 99] * 5) + "x")

    assert (response.status_code, len(ConsultationRequest.objects.get().message)) == (303, 500)


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


def test_post_too_fast_keeps_the_text_and_takes_it_later(client, next_desk, settings):
    settings.FORM_MIN_SECONDS = 3
    with time_machine.travel("2026-11-02 16:00:00Z", tick=False):
        key = fields_of(client.get(URL))["form_key"][0]
        fast = client.post(URL, answers(form_key=key))
    with time_machine.travel("2026-11-02 16:00:04Z", tick=False):
        again = client.post(URL, fields_of(fast))

    assert errors_of(fast) == [f"That was faster than people usually are. {PRESS_AGAIN}"]
    assert (again.status_code, ConsultationRequest.objects.count()) == (303, 1)


def test_post_when_the_consent_words_changed_asks_again(client, next_desk):
    key = fields_of(client.get(URL))["form_key"][0]
    ClinicProfile.objects.update(message_brand="New Brand")

    response = client.post(URL, answers(form_key=key))

    assert errors_of(response) == ["We changed these words since you opened the page. Select the box if you agree"] * 2
    assert {"sms_consent", "email_consent"} & fields_of(response).keys() == set()
    ticked = {**fields_of(response), "sms_consent": "on"}
    assert client.post(URL, ticked).status_code == 303
    assert "New Brand" in Consent.objects.get().wording


def test_post_twice_leads_to_the_same_page(client, next_desk):
    typed = answers(form_key=fields_of(client.get(URL))["form_key"][0])

    first = client.post(URL, typed)
    second = client.post(URL, typed)

    assert (first.status_code, second["Location"]) == (303, first["Location"])
    assert stored() == (1, 1, 2, 2, 0)


def test_post_from_two_tabs_leads_to_the_same_page(send):
    first = send()
    second = send()

    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert stored() == (1, 1, 2, 2, 0)


def test_post_of_a_used_form_with_other_words_explains_and_can_be_sent_anew(client, next_desk):
    typed = answers(form_key=fields_of(client.get(URL))["form_key"][0])
    first = client.post(URL, typed)

    conflict = client.post(URL, {**typed, "message": "One more thing"})

    kept = fields_of(conflict)
    assert (conflict.status_code, ConsultationRequest.objects.count(), kept["message"]) == (409, 1, ["One more thing"])
    assert first["Location"] not in conflict.content.decode()
    assert client.post(URL, kept).status_code == 303
    assert ConsultationRequest.objects.count() == 2


def test_post_too_often_for_one_number_keeps_the_text(send, settings):
    with time_machine.travel("2026-11-02 16:30:00Z", tick=False):
        for number in range(5):
            send(name=f"Sam {number}")
        response = send(name="Sam 6", message="My own words")

    assert (response.status_code, response["Retry-After"]) == (429, "1801")
    assert "Call us on (612) 555-0100" in errors_of(response)[0]
    assert fields_of(response)["message"] == ["My own words"]
    assert ConsultationRequest.objects.count() == 5


def test_post_too_often_from_one_network_keeps_the_text(client, next_desk, settings):
    settings.RATE_LIMIT_FACTOR = 1 / 60
    first = answers(form_key=fields_of(client.get(URL))["form_key"][0], email="", email_consent=None)
    second = {**first, "form_key": fields_of(client.get(URL))["form_key"][0], "phone": "612-555-0177"}
    settings.RATE_LIMIT_FACTOR = 1 / 5  # one for each contact, twelve from the network
    for bucket in range(11):
        client.post(
            URL,
            {
                **first,
                "phone": f"612-555-01{bucket:02}",
                "form_key": fields_of(client.get(URL))["form_key"][0],
            },
        )
    client.post(URL, {**first, "phone": "612-555-0150"})

    response = client.post(URL, second)

    assert (response.status_code, ConsultationRequest.objects.count()) == (429, 12)


def test_post_again_when_over_the_limit_still_leads_to_what_stands(client, next_desk, settings):
    typed = answers(form_key=fields_of(client.get(URL))["form_key"][0])
    first = client.post(URL, typed)
    settings.RATE_LIMIT_FACTOR = 0

    assert client.post(URL, typed)["Location"] == first["Location"]


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


def test_page_asks_nothing_of_another_host(client, next_desk):
    page = client.get(URL).content.decode()

    assert "//" not in page.replace("https://", "//").split("<main")[1]
    assert len(page) < 20_000
