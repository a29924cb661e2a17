import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from clinic import links
from clinic.models import DeskTask
from notifications.models import Message
from scheduling.models import Appointment, AppointmentEvent, Location
from scheduling.services import book, cancel
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.views import private

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind():
    return make_type([make_clinician()])


def booked(kind, asker=None, mode="in_person", start=None):
    return book(
        request=asker or another_request(),
        appointment_type=kind,
        start=start or at(9),
        mode=mode,
        booking_key=uuid.uuid4(),
        source="web",
    )


def path_of(visit, name="visit"):
    return reverse(f"scheduling:{name}", kwargs={"token": links.token_for("visit", visit.pk)})


def text_of(client, visit, name="visit"):
    return client.get(path_of(visit, name)).content.decode()


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
        "To change the time, cancel this one and choose again",
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


NAMES = ("visit", "cancel", "invite", "visit_call_me", "time", "call_me")


@pytest.mark.parametrize("name", NAMES)
def test_unknown_and_foreign_links_get_one_page(client, kind, name):
    visit = booked(kind)
    purpose = "visit" if name in {"time", "call_me"} else "time"
    object_id = visit.pk if purpose == "visit" else visit.request.pk
    foreign = links.token_for(purpose, object_id)
    own = links.token_for(
        "visit" if purpose == "time" else "time", visit.request.pk if purpose == "visit" else visit.pk
    )
    mutated = ("A" if own[0] != "A" else "B") + own[1:]

    answers = [
        client.get(reverse(f"scheduling:{name}", kwargs={"token": token}))
        for token in (foreign, mutated, "x", "é", "a" * 3000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "This link does not work" in answers[0].content.decode()
    assert reverse("scheduling:send_my_link") in answers[0].content.decode()


def test_revoked_link_gets_the_unknown_page(client, kind):
    visit = booked(kind)
    path = path_of(visit)
    links.revoke("visit", visit.pk)

    assert client.get(path).status_code == 404


def test_link_of_an_erased_visit_gets_the_unknown_page(client):
    path = reverse("scheduling:visit", kwargs={"token": links.token_for("visit", uuid.uuid4())})

    assert client.get(path).status_code == 404


def test_post_to_an_unknown_link_changes_nothing(client, kind):
    booked(kind)

    response = client.post(reverse("scheduling:cancel", kwargs={"token": "x"}))

    assert (response.status_code, Appointment.objects.get().status) == (404, "booked")


def test_guessing_links_ends_in_429(client, settings):
    settings.RATE_LIMIT_FACTOR = 2 / private.UNKNOWN_LINKS.most

    statuses = [client.get(reverse("scheduling:visit", kwargs={"token": f"x{n}"})).status_code for n in range(4)]

    assert statuses == [404, 404, 429, 429]


@pytest.mark.parametrize(
    ("name", "method"),
    [("visit", "post"), ("invite", "post"), ("visit", "delete"), ("cancel", "put"), ("visit_call_me", "options")],
)
def test_visit_pages_refuse_other_methods(client, kind, name, method):
    assert getattr(client, method)(path_of(booked(kind), name)).status_code == 405


def test_cancel_without_csrf_token_is_refused(kind):
    visit = booked(kind)

    response = Client(enforce_csrf_checks=True).post(path_of(visit, "cancel"))

    assert (response.status_code, Appointment.objects.get().status) == (403, "booked")


def test_visit_page_escapes_names(client, kind):
    visit = booked(kind)
    visit.clinician.name = "<b>Dr. Bold</b>"
    visit.clinician.save()

    assert "<b>Dr. Bold" not in text_of(client, visit)


@pytest.mark.parametrize("messages", [1, 30])
def test_visit_page_asks_the_database_as_often_with_many_messages(client, kind, messages, django_assert_num_queries):
    visit = booked(kind)
    row = Message.objects.filter(kind="scheduling.booked").first()
    for number in range(messages):
        row.pk, row.dedupe_key = uuid.uuid4(), f"k{number}"
        row.save(force_insert=True)
    path = path_of(visit)

    with django_assert_num_queries(6):
        client.get(path)
