import datetime as dt
import uuid

import pytest
import time_machine

from clinic.roles import Role
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import book
from scheduling.tests.admin_steps import staff, url
from scheduling.tests.factories import NOW, another_request, at, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def booked(kind, start=None, **changes):
    return book(
        request=another_request(**changes),
        appointment_type=kind,
        start=start or at(9),
        mode="phone",
        booking_key=uuid.uuid4(),
        source="web",
    )


def shown(response):
    return [visit.pk for visit in response.context["cl"].result_list]


def test_visits_list_shows_the_clinic_zone_and_the_reference(client, desk, kind):
    visit = booked(kind)

    text = client.get(url("appointment_changelist")).content.decode()

    assert "Tue Dec 01 2026, 09:00 AM CST" in text
    assert visit.request.reference in text


def test_visits_list_begins_today_in_the_clinic_zone(client, desk, kind):
    clinician = kind.clinicians.get()
    late = make_visit(clinician, kind, at(23, day=dt.date(2026, 11, 29)))
    earlier = make_visit(clinician, kind, at(9, day=dt.date(2026, 11, 27)))
    today = make_visit(clinician, kind, at(0, 30, day=dt.date(2026, 11, 30)))
    night = make_visit(clinician, kind, at(23, day=dt.date(2026, 11, 30)))
    next_day = make_visit(clinician, kind, at(9))

    path = url("appointment_changelist")
    lists = {
        day: shown(client.get(path, {"day": day} if day else {})) for day in ("", "today", "tomorrow", "past", "all")
    }

    assert lists == {
        "": [today.pk, night.pk, next_day.pk],
        "today": [today.pk, night.pk],
        "tomorrow": [next_day.pk],
        "past": [late.pk, earlier.pk],
        "all": [earlier.pk, late.pk, today.pk, night.pk, next_day.pk],
    }


@pytest.mark.parametrize(
    "words",
    [
        "(763) 555-0155",
        "763.555.0155",
        "+17635550155",
        "7635550155",
        "5550155",
        "0155",
        "zoe@person.example",
        "Zoe",
        "ZOË",
        "REFERENCE",
    ],
)
def test_visits_search_finds_phone_email_name_and_reference(client, desk, kind, words):
    wanted = booked(kind, name="Zoe Example", phone="+17635550155", email="zoe@person.example")
    booked(kind, at(10), name="Sam Example", phone="+16515550166")

    term = wanted.request.reference if words == "REFERENCE" else words

    assert shown(client.get(url("appointment_changelist"), {"q": term})) == [wanted.pk]


def test_cancel_action_cancels_what_stands_and_says_what_not(client, desk, kind):
    standing = booked(kind)
    over = make_visit(kind.clinicians.get(), kind, at(10), status="completed")

    response = client.post(
        url("appointment_changelist"),
        {"action": "cancel_by_clinic", "_selected_action": [standing.pk, over.pk]},
        follow=True,
    )

    told = [str(message) for message in response.context["messages"]]
    event = AppointmentEvent.objects.latest("id")
    assert [visit.status for visit in Appointment.objects.order_by("starts_at")] == ["cancelled_by_clinic", "completed"]
    assert (event.source, event.made_by) == ("staff", desk)
    assert told == [
        f"Not cancelled: {over.patient}, Tue Dec 01, 10:00 AM CST. It is completed already.",
        "Cancelled by the clinic: 1.",
    ]


def test_cancel_action_is_not_for_those_who_only_read(client, kind):
    staff(client, Role.AUDITOR)
    visit = booked(kind)

    client.post(url("appointment_changelist"), {"action": "cancel_by_clinic", "_selected_action": [visit.pk]})

    assert Appointment.objects.get().status == "booked"


@pytest.mark.parametrize("rows", [1, 30])
def test_visits_list_asks_the_database_as_often_with_many_rows(client, desk, kind, rows, django_assert_num_queries):
    clinician = kind.clinicians.get()
    for number in range(rows):
        make_visit(clinician, kind, at(9) + dt.timedelta(hours=number))
    path = url("appointment_changelist")
    client.get(path)

    with django_assert_num_queries(10):
        client.get(path)


@pytest.mark.parametrize("name", ["clinician", "location", "appointmenttype", "scheduleexception", "appointment"])
def test_every_table_has_a_page_for_readers(client, name):
    staff(client, Role.CLINICIAN)

    assert client.get(url(f"{name}_changelist")).status_code == 200


def test_admin_form_neither_makes_nor_moves_a_visit(client, desk, kind, django_user_model):
    """Booking and moving go through the services, for a superuser too: no overlap can be typed here."""
    visit = make_visit(kind.clinicians.get(), kind, at(10))
    client.force_login(django_user_model.objects.create_superuser("root@clinic.example", "x"))

    added = client.get(url("appointment_add"))
    client.post(url("appointment_change", visit.pk), {"starts_at_0": "2026-12-01", "starts_at_1": "09:00"})

    assert added.status_code == 403
    assert Appointment.objects.get().starts_at == at(10)
