import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic import links
from clinic.models import ClinicProfile, DeskTask
from intake.services import close_request
from scheduling.models import Appointment, ScheduleException
from scheduling.services import book, cancel
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.views import offers

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind():
    return make_type([make_clinician()])


@pytest.fixture
def asker():
    return another_request()


def path_of(asker, name="time"):
    return reverse(f"scheduling:{name}", kwargs={"token": links.token_for("time", asker.pk)})


def values(response, name):
    return re.findall(rf'name="{name}" value="([^"]+)"', response.content.decode())


def send(client, asker, *, day=TUESDAY, **changes):
    said = {"start": offers.value_of(at(9)), "mode": "phone", "booking_key": "5f0e4a3c-8f6b-4a6e-9a44-d3b5a6ee0001"}
    query = f"?day={day}" if day else ""
    return client.post(path_of(asker) + query, {**said, **changes})


def test_time_page_lists_eight_days_first(client, kind, asker):
    response = client.get(path_of(asker))

    assert response.status_code == 200
    assert len(values(response, "day")) == 8
    assert "Monday, November 30 \N{EN DASH} 6 times" in response.content.decode()
    assert "?from=2026-12-08" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_time_page_later_days_begins_where_told(client, kind, asker):
    response = client.get(path_of(asker), {"from": "2026-12-08"})

    assert values(response, "day")[0] == "2026-12-08"


@pytest.mark.parametrize("query", ["from=2031-01-01", "from=x", "day=x", "day=2031-01-01", "page=x", "day=0001-01-01"])
def test_time_page_with_nonsense_in_the_address_shows_days(client, kind, asker, query):
    response = client.get(f"{path_of(asker)}?{query}")

    assert (response.status_code, len(values(response, "day"))) == (200, 8)


def test_time_page_of_a_day_names_zone_and_day_of_each_time(client, kind, asker):
    response = client.get(path_of(asker), {"day": "2026-12-01"})
    text = response.content.decode()

    assert values(response, "start") == [offers.value_of(at(9) + dt.timedelta(minutes=30 * n)) for n in range(6)]
    assert '9:00 AM Central Time<span class="visually-hidden"> on Tuesday, December 1</span>' in text
    assert values(response, "mode") == ["in_person", "phone"]
    assert text.count("Book this time") == 1
    assert "Morning" in text
    assert "Afternoon" not in text


def test_time_page_shows_eight_times_and_the_rest_on_the_next_page(client, asker):
    make_type([make_clinician(hours=[(dt.time(9), dt.time(15))])])

    first = client.get(path_of(asker), {"day": "2026-12-01"})
    second = client.get(path_of(asker), {"day": "2026-12-01", "page": "2"})

    assert (len(values(first, "start")), len(values(second, "start"))) == (8, 4)
    assert "page=2" in first.content.decode()
    assert "Afternoon" in first.content.decode()


def test_time_page_with_one_day_shows_its_times_at_once(client, asker):
    make_type([make_clinician()], horizon_days=0)

    response = client.get(path_of(asker))

    assert len(values(response, "start")) == 6
    assert "Choose a time on Monday, November 30" in response.content.decode()


def test_time_page_of_a_day_that_filled_up_says_so(client, kind, asker):
    ScheduleException.objects.create(date=TUESDAY)

    response = client.get(path_of(asker), {"day": "2026-12-01"})

    assert "That day has no free times any more" in response.content.decode()


def test_time_page_without_free_times_offers_a_call(client, asker):
    response = client.get(path_of(asker))

    assert "There are no free times to choose now" in response.content.decode()
    assert 'action="' + path_of(asker, "call_me") in response.content.decode()


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


def test_time_page_of_a_booked_request_leads_to_the_visit(client, kind, asker):
    first = send(client, asker)

    response = client.get(path_of(asker))

    assert (response.status_code, response.url) == (303, first.url + "?already=1")


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


def test_time_page_while_booking_is_paused_says_so(client, kind, asker):
    ClinicProfile.objects.update_or_create(
        pk=1, defaults={"booking_paused": True, "booking_paused_message": "We are moving house this week."}
    )

    shown, sent = client.get(path_of(asker)), send(client, asker)

    assert "We are moving house this week." in shown.content.decode()
    assert "We are moving house this week." in sent.content.decode()
    assert Appointment.objects.count() == 0


def test_time_page_of_a_closed_request_explains(client, kind, asker):
    close_request(request=asker, reason="Reached by phone")

    response = client.get(path_of(asker))

    assert response.status_code == 410
    assert "This request is closed" in response.content.decode()


def test_time_page_after_cancelling_offers_times_again(client, kind, asker):
    send(client, asker)
    cancel(appointment=Appointment.objects.get(), source="web")

    response = client.get(path_of(asker))

    assert len(values(response, "day")) == 8


def test_call_me_puts_one_call_on_the_desk_and_says_by_when(client, kind):
    asker = another_request()

    first = client.post(path_of(asker, "call_me"))
    second = client.post(path_of(asker, "call_me"))
    page = client.get(first.url).content.decode()

    assert (first.status_code, first.url, second.url) == (303, path_of(asker, "call_me"), path_of(asker, "call_me"))
    assert DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK).count() == 1
    assert "We will call you" in page
    assert "Central Time" in page
    assert "A call is arranged" in client.get(path_of(asker)).content.decode()


def test_call_me_without_a_number_asks_for_one(client, kind):
    asker = another_request(phone="", sms_consent=False)

    listed = client.get(path_of(asker)).content.decode()
    empty = client.post(path_of(asker, "call_me"))
    wrong = client.post(path_of(asker, "call_me"), {"phone": "12"})
    right = client.post(path_of(asker, "call_me"), {"phone": "(612) 555-0188"})

    assert 'name="phone"' in listed
    assert [empty.status_code, wrong.status_code, right.status_code] == [422, 422, 303]
    assert 'value="12"' in wrong.content.decode()
    asker.refresh_from_db()
    assert str(asker.phone) == "+16125550188"


def test_time_page_without_csrf_token_is_refused(kind, asker):
    response = send(Client(enforce_csrf_checks=True), asker)

    assert (response.status_code, Appointment.objects.count()) == (403, 0)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_time_page_refuses_other_methods(client, kind, asker, method):
    assert getattr(client, method)(path_of(asker)).status_code == 405


def test_get_changes_nothing(client, kind, asker):
    for query in ("", "?day=2026-12-01", "?start=2026-12-01T15:00:00Z&mode=phone"):
        client.get(path_of(asker) + query)
    client.get(path_of(asker, "call_me"))

    assert (Appointment.objects.count(), DeskTask.objects.filter(kind="call_back").count()) == (0, 0)


@pytest.mark.parametrize("visits", [0, 30])
@pytest.mark.parametrize("query", ["", "?day=2026-12-03"])
def test_time_page_asks_the_database_as_often_with_many_visits(
    client, kind, asker, visits, query, django_assert_num_queries
):
    kind.clinicians.add(*(make_clinician(f"Dr. Number {number}") for number in range(visits // 6)))
    for number in range(visits):
        start = at(9) + dt.timedelta(days=number // 6, minutes=30 * (number % 6))
        book(
            request=another_request(),
            appointment_type=kind,
            start=start,
            mode="phone",
            booking_key=another_request().form_key,
            source="web",
        )
    path = path_of(asker) + query

    with django_assert_num_queries(14):
        client.get(path)
