import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import ClinicProfile, DeskTask
from notifications.models import Message
from scheduling.models import Appointment, AppointmentEvent
from scheduling.tests.factories import NOW, TUESDAY, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_steps import booked, path_of, text_of
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


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


def test_change_page_offers_free_times_but_not_the_one_they_have(client):
    kind = make_type([make_clinician()], modes=["in_person"])
    visit = booked(kind)
    booked(kind, start=at(10))

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert times_on(text) == [value_of(at(hour, minute)) for hour, minute in ((9, 30), (10, 30), (11, 0), (11, 30))]
    assert "Change to this time" in text
    assert "Book this time" not in text


def test_who_reads_spanish_and_asked_for_no_language_may_still_move_to_anybody_s_times(client):
    kind = make_type([make_clinician()], modes=["in_person"])
    visit = booked(kind)
    type(visit.request).objects.filter(pk=visit.request.pk).update(language="es")

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert '<html lang="es">' in text
    assert len(times_on(text)) == 5


def test_change_page_offers_the_time_they_have_where_they_can_meet_in_another_way(client, kind):
    visit = booked(kind)
    kind.clinicians.get().working_hours.all().delete()  # theirs whatever the rules say now

    text = client.get(f"{path_of(visit, 'change')}?day={TUESDAY}").content.decode()

    assert times_on(text) == [value_of(at(9))]
    assert "9:00 AM Central Time, your time now" in text


def test_change_of_only_the_way_to_meet_keeps_the_time_and_says_so(client, kind):
    visit, key = booked(kind), str(uuid.uuid4())
    kind.clinicians.get().working_hours.all().delete()

    answers = [send(client, visit, at(9), mode="phone", booking_key=key) for _ in range(2)]

    row = Appointment.objects.get()
    assert {answer["Location"] for answer in answers} == {f"{path_of(visit)}?mode_changed=1"}
    assert (row.starts_at, row.mode, row.revision) == (at(9), "phone", 1)
    assert "You meet us in another way now. The time is as before." in client.get(answers[0].url).content.decode()
    (text,) = Message.objects.filter(kind="scheduling.changed", channel="sms")
    assert text.context["is_same_time"] is True


def test_change_to_what_they_have_asks_again(client, kind):
    visit = booked(kind)

    response = send(client, visit, at(9), mode="in_person")

    assert response.status_code == 422
    assert "You have this time already." in response.content.decode()
    assert AppointmentEvent.objects.count() == 1


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

    with django_assert_num_queries(12):
        client.get(path)


@pytest.mark.parametrize("name", ["change", "undo", "messages"])
def test_unknown_links_get_the_one_page(client, name):
    response = client.post(reverse(f"scheduling:{name}", kwargs={"token": "x"}))

    assert response.status_code == 404
    assert "This link does not work" in response.content.decode()
