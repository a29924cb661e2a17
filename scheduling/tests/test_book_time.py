import datetime as dt

import pytest
import time_machine
from django.test import Client

from clinic import links
from scheduling.models import Appointment, ScheduleException
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.time_steps import path_of, send, values
from scheduling.views import offers

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asker():
    return another_request()


def test_time_page_with_one_mode_does_not_ask(client, asker):
    make_type([make_clinician()], modes=["video"])

    response = client.get(path_of(asker), {"day": "2026-12-01"})
    booked = send(client, asker, mode="")

    assert values(response, "mode") == []
    assert (booked.status_code, Appointment.objects.get().mode) == (303, "video")


def test_book_this_time_leads_to_the_visit(client, kind, asker):
    response = send(client, asker)

    visit = Appointment.objects.get()
    assert (visit.starts_at, visit.mode, visit.request) == (at(9), "phone", asker)
    assert (response.status_code, response.url) == (303, links.path_for("visit", visit.pk))


def test_book_this_time_again_with_the_same_form_leads_to_the_same_visit(client, kind, asker):
    first = send(client, asker)

    second = send(client, asker)

    assert (second.status_code, second.url) == (303, first.url)
    assert Appointment.objects.count() == 1


def test_book_another_time_with_the_same_form_explains_the_first(client, kind, asker):
    first = send(client, asker)

    second = send(client, asker, start=offers.value_of(at(10)))

    assert (second.status_code, second.url) == (303, first.url + "?already=1")
    assert "You have this appointment already" in client.get(second.url).content.decode()


def test_book_a_taken_time_offers_the_nearest_and_keeps_the_mode(client, kind, asker):
    send(client, another_request(), booking_key="")

    response = send(client, asker)
    text = response.content.decode()

    assert response.status_code == 409
    assert "That time was just taken. Choose another time." in text
    assert values(response, "start")[0] == offers.value_of(at(11, 30, day=MONDAY))
    assert 'value="phone" checked' in text
    assert "Tuesday, December 1" in text
    retry = send(client, asker, start=values(response, "start")[0], booking_key=values(response, "booking_key")[0])
    assert retry.status_code == 303


@pytest.mark.parametrize(
    "start",
    [
        "2026-12-01T09:00:00Z",  # 03:00 in the clinic
        "2026-12-01T15:07:00Z",  # off the grid
        "2026-12-01T20:00:00Z",  # outside the hours
        "2020-01-01T15:00:00Z",
        "2027-06-01T14:00:00Z",  # beyond the horizon
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-12-01T15:00:00",  # no zone
        "tomorrow",
        "",
        "\x00",
        "💥" * 500,
        "<script>alert(1)</script>",
    ],
)
@pytest.mark.parametrize("day", [None, "2026-12-01", "2026-12-25"])
def test_book_a_time_that_was_never_offered_offers_others(client, kind, asker, start, day):
    response = send(client, asker, start=start, day=day)

    assert response.status_code == 422
    assert len(values(response, "start")) >= 6
    assert "There is a problem" in response.content.decode()
    assert b"<script>alert" not in response.content
    assert Appointment.objects.count() == 0


def test_book_on_a_closed_day_offers_others(client, kind, asker):
    ScheduleException.objects.create(date=TUESDAY)

    response = send(client, asker)

    assert response.status_code == 422
    assert len(values(response, "start")) == 6


def test_book_hours_of_a_clinician_without_this_type_offers_others(client, kind, asker):
    make_clinician("Dr. Sol Harbor", hours=[(dt.time(13), dt.time(15))])

    response = send(client, asker, start=offers.value_of(at(13)))

    assert (response.status_code, Appointment.objects.count()) == (422, 0)


@pytest.mark.parametrize("mode", ["", "video", "telepathy", "\x00"])
def test_book_without_an_offered_mode_keeps_the_time(client, kind, asker, mode):
    response = send(client, asker, mode=mode)

    assert response.status_code == 422
    assert f'value="{offers.value_of(at(9))}" checked' in response.content.decode()
    assert 'href="#mode-1"' in response.content.decode()


def test_book_with_a_garbled_key_asks_again(client, kind, asker):
    response = send(client, asker, booking_key="nonsense")

    assert (response.status_code, Appointment.objects.count()) == (422, 0)
    assert "Choose a time again" in response.content.decode()


def test_book_one_visit_too_many_gives_the_phone(client, kind):
    for hour in (9, 10):
        send(client, another_request(phone="+16125550177"), start=offers.value_of(at(hour)), booking_key="")

    response = send(client, another_request(phone="+16125550177"), start=offers.value_of(at(11)), booking_key="")

    assert response.status_code == 409
    assert "(612) 555-0100" in response.content.decode()
    assert Appointment.objects.count() == 2


def test_time_page_without_csrf_token_is_refused(kind, asker):
    response = send(Client(enforce_csrf_checks=True), asker)

    assert (response.status_code, Appointment.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    ("changes", "beside"),
    [({"start": ""}, 'id="time-error"'), ({"mode": "telepathy"}, 'id="mode-error"')],
)
def test_book_with_a_fault_says_it_beside_the_question_too(client, kind, asker, changes, beside):
    text = send(client, asker, **changes).content.decode()

    assert text.count(beside) == 1
    assert (text.count('class="error-summary"'), text.count('class="error-message"')) == (1, 1)
