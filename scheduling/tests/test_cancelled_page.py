import datetime as dt
import re
import uuid

import pytest
import time_machine

from clinic import links
from scheduling.models import Appointment
from scheduling.services import cancel
from scheduling.tests.factories import NOW, at
from scheduling.tests.visit_steps import booked, path_of, text_of
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def times_on(text):
    return re.findall(r'name="start" value="([^"]+)"', text)


def test_cancelled_page_offers_undo_until_the_window_ends(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"))

    during = text_of(client, visit)
    with time_machine.travel(NOW + dt.timedelta(minutes=10), tick=False):
        after = text_of(client, visit)

    assert "We keep this time for you until 9:10 AM Central Time." in during
    assert path_of(visit, "undo") in during
    assert path_of(visit, "undo") not in after
    assert times_on(during) == []
    assert len(times_on(after)) == 6
    assert value_of(at(9)) in times_on(after)  # it is free again
    assert f'action="{links.path_for("time", visit.request.pk)}"' in after


def test_cancelled_page_books_again_with_one_of_the_nearest_times(client, kind):
    visit = booked(kind)
    cancel(appointment=visit, source="staff")
    assert value_of(at(10)) in times_on(text_of(client, visit))

    sent = {"start": value_of(at(10)), "mode": "phone", "booking_key": str(uuid.uuid4())}
    response = client.post(links.path_for("time", visit.request.pk), sent)

    assert response.status_code == 303
    assert Appointment.objects.get(status="booked").starts_at == at(10)
    assert "You have another appointment." in text_of(client, visit)


def test_undo_has_the_visit_stand_again(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"))

    response = client.post(path_of(visit, "undo"))
    text = client.get(response.url).content.decode()

    assert (response.status_code, response.url) == (303, f"{path_of(visit)}?undone=1")
    assert "You did not cancel. Your appointment stands as before." in text
    assert Appointment.objects.get().status == "booked"


def test_undo_too_late_says_so_and_offers_new_times(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"))

    with time_machine.travel(NOW + dt.timedelta(minutes=11), tick=False):
        response = client.post(path_of(visit, "undo"))
        text = client.get(response.url).content.decode()

    assert "It could not be undone any more." in text
    assert "The nearest free times" in text
    assert Appointment.objects.get().status == "cancelled_by_patient"


def test_undo_by_get_is_not_possible(client, kind):
    visit = booked(kind)
    cancel(appointment=visit, source="web")

    assert client.get(path_of(visit, "undo")).status_code == 405
    assert Appointment.objects.get().status == "cancelled_by_patient"


def test_undo_when_the_clinic_cancelled_changes_nothing(client, kind):
    visit = booked(kind)
    cancel(appointment=visit, source="staff")

    response = client.post(path_of(visit, "undo"))

    assert response.url == f"{path_of(visit)}?undo_late=1"
    assert Appointment.objects.get().status == "cancelled_by_clinic"
