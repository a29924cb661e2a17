import datetime as dt

import pytest
import time_machine

from clinic.models import ClinicProfile, DeskTask
from intake.services import close_request
from scheduling.models import Appointment, ScheduleException
from scheduling.services import cancel
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.time_steps import path_of, send, values
from scheduling.views import offers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asker():
    return another_request()


def test_time_page_lists_eight_days_first(client, kind, asker):
    response = client.get(path_of(asker))

    assert response.status_code == 200
    assert len(values(response, "day")) == 8
    assert "Monday, November 30 \N{EN DASH} 6 times" in response.content.decode()
    assert "?from=2026-12-08" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"


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
    assert (values(first, "turn_to"), values(second, "turn_to")) == (["2"], ["1"])
    assert "Afternoon" in first.content.decode()


def test_time_page_turned_to_more_times_keeps_the_way_to_meet(client, asker):
    make_type([make_clinician(hours=[(dt.time(9), dt.time(15))])])

    turned = send(client, asker, turn_to="2", start="")
    shown = client.get(turned.url)

    assert (turned.status_code, Appointment.objects.count()) == (303, 0)
    assert len(values(shown, "start")) == 4
    assert 'value="phone" checked' in shown.content.decode()


def test_time_page_continued_without_a_day_asks_for_one_and_stays_there(client, kind, asker):
    response = client.get(path_of(asker), {"shown": "2026-12-08"})
    text = response.content.decode()

    assert "<title>Error: Choose a day" in text
    assert '<a href="#day-1">Select a day</a>' in text
    assert 'id="day-error"><span class="visually-hidden">Error:</span> Select a day</p>' in text
    assert values(response, "day")[0] == "2026-12-08"


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


def test_time_page_of_a_booked_request_leads_to_the_visit(client, kind, asker):
    first = send(client, asker)

    response = client.get(path_of(asker))

    assert (response.status_code, response.url) == (303, first.url + "?already=1")


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
    for clinician in kind.clinicians.all() if visits else ():
        for number in range(visits // 6):
            make_visit(clinician, kind, at(9) + dt.timedelta(days=number))
    path = path_of(asker) + query

    with django_assert_num_queries(8):
        client.get(path)
