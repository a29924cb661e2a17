import datetime as dt
import re
import time
import uuid

import pytest
import time_machine
from django.urls import reverse

from intake.services import close_request
from notifications.models import Message
from scheduling.link_messages import LINK, SAMPLE_REQUEST, register_kinds
from scheduling.services import book, cancel
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type
from scheduling.views import send_my_link

pytestmark = pytest.mark.django_db
PATH = "/send-my-link/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asker():
    return another_request(phone="+16125550142", email="sam@person.example")


def booked(asker):
    return book(
        request=asker,
        appointment_type=make_type([make_clinician()]),
        start=at(9),
        mode="phone",
        booking_key=uuid.uuid4(),
        source="web",
    )


def sent():
    return sorted(Message.objects.filter(kind=LINK).values_list("channel", "address", "context__link"))


def plain(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())


def test_send_my_link_page_asks_for_one_contact(client):
    response = client.get(PATH)

    assert (reverse("scheduling:send_my_link"), response.status_code) == (PATH, 200)
    assert 'name="contact"' in response.content.decode()


@pytest.mark.parametrize(
    "typed", ["(612) 555-0142", "612.555.0142", "+1 612 555 0142", "Sam@Person.Example", " sam@person.example "]
)
def test_send_my_link_of_an_open_request_goes_to_the_addresses_that_agreed(client, asker, typed):
    response = client.post(PATH, {"contact": typed})

    link = f"[[link:time:{asker.pk}]]"
    assert (response.status_code, response.url) == (303, PATH + "?sent=1")
    assert sent() == [("email", "sam@person.example", link), ("sms", "+16125550142", link)]


def test_send_my_link_of_a_booked_request_opens_the_visit(client, asker):
    visit = booked(asker)

    client.post(PATH, {"contact": "sam@person.example"})

    assert {row[2] for row in sent()} == {f"[[link:visit:{visit.pk}]]"}


def test_send_my_link_after_cancelling_opens_the_times(client, asker):
    cancel(appointment=booked(asker), source="web")

    client.post(PATH, {"contact": "sam@person.example"})

    assert {row[2] for row in sent()} == {f"[[link:time:{asker.pk}]]"}


def test_send_my_link_passes_over_who_did_not_agree(client):
    another_request(phone="+16125550142", email="sam@person.example", sms_consent=False)

    client.post(PATH, {"contact": "+16125550142"})

    assert [row[0] for row in sent()] == ["email"]


def test_send_my_link_of_a_closed_request_sends_nothing(client, asker):
    close_request(request=asker, reason="Done")

    assert client.post(PATH, {"contact": "sam@person.example"}).url == PATH + "?sent=1"
    assert sent() == []


def test_send_my_link_answers_strangers_the_same(client, asker):
    known = client.post(PATH, {"contact": "sam@person.example"})
    unknown = client.post(PATH, {"contact": "stranger@person.example"})

    headers = [{**answer.headers, "X-Request-ID": ""} for answer in (known, unknown)]
    assert (known.status_code, known.url, headers[0]) == (unknown.status_code, unknown.url, headers[1])
    assert plain(client.get(known.url)) == plain(client.get(unknown.url))


def test_send_my_link_takes_as_long_for_strangers(client, asker):
    seconds = []
    with time_machine.travel(NOW, tick=True):
        for contact in ("sam@person.example", "stranger@person.example"):
            begin = time.perf_counter()
            client.post(PATH, {"contact": contact})
            seconds.append(time.perf_counter() - begin)

    assert min(seconds) >= send_my_link.ANSWER_SECONDS - 0.02


@pytest.mark.parametrize(
    "typed", ["", "sam", "12", "a@b", "x" * 300, "\x00", "sam@person.example\r\nBcc: x@y.example", "💥"]
)
def test_send_my_link_with_nonsense_says_how_to_mend_it(client, typed):
    response = client.post(PATH, {"contact": typed})

    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()


def test_send_my_link_with_a_word_asks_for_a_number_or_an_address(client):
    page = client.post(PATH, {"contact": "nobody"}).content.decode()

    assert "Enter a phone number like 612-555-0142, or an e-mail address like name@example.com" in page
    assert 'value="nobody"' in page


def test_send_my_link_too_often_for_one_address_gives_the_phone(client, asker):
    answers = [client.post(PATH, {"contact": "sam@person.example"}).status_code for _turn in range(4)]
    page = client.post(PATH, {"contact": "sam@person.example"}).content.decode()

    assert answers == [303, 303, 303, 429]
    assert "(612) 555-0100" in page
    assert 'value="sam@person.example"' in page


def test_send_my_link_too_often_from_one_network_is_refused(client, settings):
    settings.RATE_LIMIT_FACTOR = 2 / send_my_link.PER_NETWORK.most

    answers = [client.post(PATH, {"contact": f"p{n}@person.example"}).status_code for n in range(3)]

    assert answers[2] == 429


def test_send_my_link_twice_within_a_minute_sends_one(client, asker):
    client.post(PATH, {"contact": "+16125550142"})
    client.post(PATH, {"contact": "sam@person.example"})

    assert len(sent()) == 2


def test_send_my_link_later_sends_again(client, asker):
    client.post(PATH, {"contact": "+16125550142"})
    with time_machine.travel(NOW + dt.timedelta(minutes=5), tick=False):
        client.post(PATH, {"contact": "+16125550142"})

    assert len(sent()) == 4


def test_link_kind_registers_twice_without_harm():
    register_kinds()

    assert str(SAMPLE_REQUEST).startswith("00000000")
