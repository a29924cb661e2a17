import datetime as dt
import uuid

import pytest
import time_machine
from icalendar import Calendar

from clinic import links
from intake.services import ask_for_call
from notifications.models import Message
from scheduling.models import Appointment, Location
from scheduling.services import cancel
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_steps import booked, path_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def test_visit_page_tells_what_when_where_with_whom(client, kind):
    visit = booked(kind)

    text = text_of(client, visit)

    for words in (
        "You're booked".replace("'", "&#x27;"),
        "Tuesday, December 1, 2026",
        "9:00 AM Central Time, for 30 minutes",
        "Dr. Dana Rivers",
        "Free consultation, in person",
        "100 Example Avenue, Suite 200",
        visit.request.reference,
        path_of(visit, "invite"),
        path_of(visit, "cancel"),
        "(612) 555-0100",
        path_of(visit, "change"),
        "You can do both here until",
        "until Tuesday, December 1, 7:00 AM Central Time",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("mode", "words"),
    [("phone", "We call you at (612) 555-"), ("video", "We tell you how to join"), ("in_person", "Suite 200")],
)
def test_visit_page_says_how_it_is_held(client, mode, words):
    kind = make_type([make_clinician()], modes=[mode])

    assert words in text_of(client, booked(kind, mode=mode))


def test_visit_page_names_the_location(client, kind):
    visit = booked(kind)
    place = Location.objects.create(name="North house", address="7 Example Road\nDuluth, MN 55802")
    Appointment.objects.filter(pk=visit.pk).update(location=place)

    text = text_of(client, visit)

    assert "North house<br>7 Example Road<br>Duluth, MN 55802" in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("queued", "We are sending a text to the number ending in"),
        ("sent", "We sent a text to the number ending in"),
        ("delivered", "We sent a text to the number ending in"),
        ("simulated", "Not sent: this demo has no provider."),
        ("unknown", "We do not know yet whether a text reached the number ending in"),
        ("failed", "We could not send a text to the number ending in"),
        ("suppressed", "We could not send a text to the number ending in"),
    ],
)
def test_visit_page_tells_the_truth_about_the_confirmation(client, kind, state, sentence):
    visit = booked(kind)
    Message.objects.filter(kind="scheduling.booked").update(state=state)

    text = text_of(client, visit)

    assert sentence in text
    assert "p…@person.example" in text
    assert str(visit.request.phone) not in text


def test_visit_page_without_consent_says_to_save_it(client, kind):
    visit = booked(kind, another_request(sms_consent=False, email_consent=False))

    assert "We send you no text or e-mail about this" in text_of(client, visit)


def test_visit_page_names_the_call_that_was_promised(client, kind):
    visit = booked(kind)
    before = text_of(client, visit)
    ask_for_call(request=visit.request)

    after = text_of(client, visit)

    assert "We also call you" not in before
    assert f"We also call you at {visit.request.phone.as_national} by " in after


def test_visit_page_without_a_request_works(client, kind):
    visit = booked(kind)
    Appointment.objects.filter(pk=visit.pk).update(request=None)

    statuses = [client.get(path_of(visit, name)).status_code for name in ("visit", "cancel", "invite", "visit_call_me")]
    asked = client.post(path_of(visit, "visit_call_me"))

    assert (statuses, asked.status_code) == ([200, 200, 200, 200], 200)


@pytest.mark.parametrize("status", ["booked", "completed", "no_show"])
def test_visit_page_after_the_visit_explains(client, kind, status):
    visit = make_visit(make_clinician("Dr. Past"), kind, NOW - dt.timedelta(days=2), status=status)

    text = text_of(client, visit)

    assert "This appointment is over" in text
    assert path_of(visit, "cancel") not in text


def test_visit_page_after_the_clinic_cancelled_says_who_did(client, kind):
    visit = booked(kind)
    cancel(appointment=visit, source="staff")

    assert "We cancelled this appointment" in text_of(client, visit)


def test_visit_page_of_a_cancelled_visit_leads_to_the_later_one(client, kind):
    visit = booked(kind)
    cancel(appointment=visit, source="web")
    other = booked(kind, visit.request, start=at(10))

    assert links.path_for("visit", other.pk) in text_of(client, visit)


@pytest.mark.parametrize(("is_cancelled", "method"), [(False, "REQUEST"), (True, "CANCEL")])
def test_invite_is_a_calendar_file_of_the_visit_as_it_stands(client, kind, is_cancelled, method):
    visit = booked(kind)
    if is_cancelled:
        cancel(appointment=visit, source="web")

    response = client.get(path_of(visit, "invite"))

    calendar = Calendar.from_ical(response.content)
    assert calendar["METHOD"] == method
    assert calendar.events[0].start == at(9)
    assert response["Content-Type"] == f"text/calendar; charset=utf-8; method={method}"
    assert response["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "method"),
    [("visit", "post"), ("invite", "post"), ("visit", "delete"), ("cancel", "put"), ("visit_call_me", "options")],
)
def test_visit_pages_refuse_other_methods(client, kind, name, method):
    assert getattr(client, method)(path_of(booked(kind), name)).status_code == 405


def test_visit_page_escapes_names(client, kind):
    visit = booked(kind)
    visit.clinician.name = "<b>Dr. Bold</b>"
    visit.clinician.save()

    assert "<b>Dr. Bold" not in text_of(client, visit)


@pytest.mark.parametrize("messages", [1, 30])
def test_visit_page_asks_the_database_as_often_with_many_messages(client, kind, messages, django_assert_num_queries):
    visit = booked(kind)
    row = Message.objects.get(kind="scheduling.booked", channel="email")
    for number in range(messages):
        row.pk, row.dedupe_key = uuid.uuid4(), f"k{number}"
        row.save(force_insert=True)
    path = path_of(visit)

    with django_assert_num_queries(9):
        client.get(path)
