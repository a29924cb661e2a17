import pytest
import time_machine

from intake.models import ConsultationRequest
from intake.tests.conftest import answers
from intake.tests.pages import URL, errors_of, fields_of
from intake.tests.rows import stored

pytestmark = pytest.mark.django_db


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
