import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import ClinicProfile, DeskTask
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import cancel
from scheduling.tests.factories import NOW, TUESDAY, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_steps import booked, path_of, text_of
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind():
    return make_type([make_clinician()])


def send(client, visit, when, **changes):
    said = {"start": value_of(when), "mode": "in_person", "booking_key": str(uuid.uuid4())}
    return client.post(f"{path_of(visit, 'change')}?day={TUESDAY}", {**said, **changes})


def times_on(text):
    return re.findall(r'name="start" value="([^"]+)"', text)


def test_visit_page_leads_to_changing(client, kind):
    visit = booked(kind)

    assert path_of(visit, "change") in text_of(client, visit)


def test_change_page_shows_days_the_time_they_have_and_changes_nothing(client, kind):
    visit = booked(kind)

    text = text_of(client, visit, "change")

    assert "Choose a day" in text
    assert "Your time now: <strong>Tuesday, December 1, 2026, 9:00 AM Central Time" in text
    assert "Nothing changes until then." in text
    assert path_of(visit, "visit_call_me") in text
    assert AppointmentEvent.objects.count() == 1


def test_change_page_offers_free_times_but_not_the_one_they_have(client, kind):
    visit = booked(kind)
    booked(kind, start=at(10))

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert times_on(text) == [value_of(at(hour, minute)) for hour, minute in ((9, 30), (10, 30), (11, 0), (11, 30))]
    assert "Change to this time" in text
    assert "Book this time" not in text


def test_change_page_does_not_offer_what_overlaps_another_visit_of_the_patient(client, kind):
    visit = booked(kind)
    elsewhere = make_clinician("Dr. Else")
    make_visit(elsewhere, make_type([elsewhere]), at(11), patient=visit.patient)

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert value_of(at(11)) not in times_on(text)


def test_change_page_ticks_the_way_they_meet_now(client, kind):
    visit = booked(kind, mode="phone")

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert 'name="mode" value="phone" checked' in text


def test_change_moves_the_visit_and_its_page_says_so(client, kind):
    visit = booked(kind)

    response = send(client, visit, at(11), mode="phone")
    text = client.get(response.url).content.decode()

    row = Appointment.objects.get()
    assert (response.status_code, response.url) == (303, f"{path_of(visit)}?moved=1")
    assert (row.pk, row.starts_at, row.mode, row.revision) == (visit.pk, at(11), "phone", 1)
    assert "Your appointment has a new time." in text
    assert "11:00 AM Central Time" in text
    assert "We are sending a text to the number ending in" in text


def test_change_sent_twice_moves_once(client, kind):
    visit, key = booked(kind), str(uuid.uuid4())

    answers = [send(client, visit, at(11), booking_key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert AppointmentEvent.objects.filter(event="moved").count() == 1


def test_change_to_a_time_that_was_just_taken_keeps_the_old_one_and_offers_the_nearest(client, kind):
    visit = booked(kind)
    booked(kind, start=at(11))

    response = send(client, visit, at(11), mode="phone")

    text = response.content.decode()
    assert response.status_code == 409
    assert "That time was just taken. You still have your old time. Choose another one." in text
    assert len(times_on(text)) == 6
    assert 'name="mode" value="phone" checked' in text
    assert Appointment.objects.get(pk=visit.pk).starts_at == at(9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": value_of(at(3))}, "That time cannot be booked here."),
        ({"start": ""}, "Select a time"),
        ({"start": "tomorrow"}, "Select one of the times below"),
        ({"mode": "telepathy"}, "Select one of these ways to meet"),
        ({"booking_key": "x"}, "Choose a time again"),
    ],
)
def test_change_with_a_tampered_form_is_refused_by_the_one_rule(client, kind, changes, words):
    visit = booked(kind)

    response = send(client, visit, at(11), **changes)

    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert Appointment.objects.get().starts_at == at(9)


def test_change_without_a_day_offers_the_times_nearest_to_theirs(client, kind):
    visit = booked(kind)

    response = client.post(path_of(visit, "change"), {"mode": "in_person"})

    offered = times_on(response.content.decode())
    assert response.status_code == 422
    assert len(offered) == 6
    assert offered[1:3] == [value_of(at(9, 30)), value_of(at(10))]
    assert value_of(at(9)) not in offered


def test_change_inside_the_cutoff_gives_the_phone_and_a_call(client, kind):
    visit = booked(kind)

    with time_machine.travel(at(7), tick=False):
        shown = client.get(path_of(visit, "change"))
        sent = send(client, visit, at(11))
        asked = client.post(path_of(visit, "visit_call_me"))

    assert (shown.status_code, sent.status_code, asked.status_code) == (200, 409, 303)
    assert "Call us to change or cancel this" in shown.content.decode()
    assert "(612) 555-0100" in shown.content.decode()
    assert Appointment.objects.get().starts_at == at(9)
    assert DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK, closed_at=None).count() == 1


@pytest.mark.parametrize("status", ["arrived", "completed", "no_show", "cancelled_by_clinic"])
def test_change_of_a_visit_that_cannot_move_leads_to_its_page(client, kind, status):
    visit = booked(kind)
    Appointment.objects.update(status=status)

    answers = [client.get(path_of(visit, "change")), send(client, visit, at(11))]

    assert [(answer.status_code, answer.url) for answer in answers] == [(303, path_of(visit))] * 2


def test_change_with_no_other_times_says_that_theirs_stays(client, kind):
    visit = booked(kind)
    ClinicProfile.objects.update(booking_paused=True, booking_paused_message="We open again on Friday.")

    text = text_of(client, visit, "change")

    assert "There are no other times to choose now" in text
    assert "Your appointment stays as it is: Tuesday, December 1, 2026" in text
    assert "We open again on Friday." in text


def test_change_of_a_visit_without_a_request_works(client, kind):
    visit = booked(kind)
    Appointment.objects.update(request=None)

    shown = client.get(path_of(visit, "change"))
    sent = send(client, visit, at(11))

    assert (shown.status_code, sent.status_code) == (200, 303)
    assert Appointment.objects.get().starts_at == at(11)


def test_change_needs_the_csrf_token(kind):
    visit = booked(kind)

    assert send(Client(enforce_csrf_checks=True), visit, at(11)).status_code == 403
    assert Appointment.objects.get().starts_at == at(9)


@pytest.mark.parametrize("visits", [0, 4])
def test_change_page_asks_the_database_as_often_with_more_visits(client, kind, visits, django_assert_num_queries):
    visit = booked(kind)
    for number in range(visits):
        booked(kind, start=at(9, 30) + dt.timedelta(minutes=30 * number))
    path = f"{path_of(visit, 'change')}?day={TUESDAY}"

    with django_assert_num_queries(13):
        client.get(path)


def test_cancelled_page_offers_undo_until_the_window_ends(client, kind):
    visit = booked(kind)
    client.post(path_of(visit, "cancel"))

    during = text_of(client, visit)
    with time_machine.travel(NOW + dt.timedelta(minutes=10), tick=False):
        after = text_of(client, visit)

    assert "We keep this time for you until 9:10 AM Central Time." in during
    assert path_of(visit, "undo") in during
    assert path_of(visit, "undo") not in after


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
    assert "Choose a new time" in text
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


@pytest.mark.parametrize("name", ["change", "undo", "messages"])
def test_unknown_links_get_the_one_page(client, name):
    response = client.post(reverse(f"scheduling:{name}", kwargs={"token": "x"}))

    assert response.status_code == 404
    assert "This link does not work" in response.content.decode()
