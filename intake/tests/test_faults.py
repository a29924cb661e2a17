import pytest
import time_machine

from clinic.models import ClinicProfile
from intake.models import ConsultationRequest
from intake.tests.conftest import answers
from intake.tests.pages import PRESS_AGAIN, URL, errors_of, fields_of
from intake.tests.rows import stored
from notifications.models import Consent

pytestmark = pytest.mark.django_db


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
