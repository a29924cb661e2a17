import pytest
import time_machine
from django.test import Client

from clinic import links
from clinic.models import DeskTask
from scheduling.models import Appointment, AppointmentEvent
from scheduling.tests.factories import NOW, at
from scheduling.tests.visit_steps import booked, path_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def test_cancel_page_explains_and_changes_nothing(client, kind):
    visit = booked(kind)

    text = text_of(client, visit, "cancel")

    assert "If you cancel, somebody else can have this time." in text
    assert Appointment.objects.get().status == "booked"


def test_cancel_cancels_keeps_the_reason_and_offers_new_times(client, kind):
    visit = booked(kind)

    response = client.post(path_of(visit, "cancel"), {"reason": "No ride"})
    text = client.get(response.url).content.decode()

    event = AppointmentEvent.objects.last()
    assert (response.status_code, response.url) == (303, path_of(visit))
    assert (event.event, event.source, event.reason) == ("cancelled_by_patient", "web", "No ride")
    assert "You cancelled this appointment" in text
    assert links.path_for("time", visit.request.pk) in text


def test_cancel_twice_is_one_cancelling(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"))

    again = client.post(path_of(visit, "cancel"))
    shown = client.get(path_of(visit, "cancel"))

    assert (again.status_code, shown.status_code, again.url) == (303, 303, path_of(visit))
    assert AppointmentEvent.objects.filter(event="cancelled_by_patient").count() == 1


def test_cancel_with_a_long_reason_keeps_it_and_asks_to_shorten(client, kind):
    visit = booked(kind)

    response = client.post(path_of(visit, "cancel"), {"reason": "x" * 301})

    assert response.status_code == 422
    assert "Shorten your reason to 300 characters or fewer" in response.content.decode()
    assert "x" * 301 in response.content.decode()
    assert Appointment.objects.get().status == "booked"


def test_cancel_inside_the_cutoff_gives_the_phone_and_a_call(client, kind):
    visit = booked(kind)

    with time_machine.travel(at(7), tick=False):
        shown = client.get(path_of(visit, "cancel")).content.decode()
        sent = client.post(path_of(visit, "cancel"))
        asked = client.post(path_of(visit, "visit_call_me"))

    assert "Call us to change or cancel this" in shown
    assert path_of(visit, "visit_call_me") in shown
    assert (sent.status_code, asked.status_code) == (409, 303)
    assert Appointment.objects.get().status == "booked"
    assert DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK, closed_at=None).count() == 1


def test_cancel_without_csrf_token_is_refused(kind):
    visit = booked(kind)

    response = Client(enforce_csrf_checks=True).post(path_of(visit, "cancel"))

    assert (response.status_code, Appointment.objects.get().status) == (403, "booked")


def test_cancelled_visit_names_the_zone_of_the_time_until_which_it_can_be_undone(client, kind):
    visit = booked(kind)

    client.post(path_of(visit, "cancel"))

    assert "We keep this time for you until 9:10 AM Central Time." in text_of(client, visit)
