"""A missed visit: a friendly word when staff marked it, or a clinician's call when one is needed anyway."""

import datetime as dt

import pytest
import time_machine

from clinic.models import DeskTask
from intake.models import SafetyItem
from intake.tests.screening_rows import make_safety_item
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db
Status = Appointment.Status
MINUTE = dt.timedelta(minutes=1)
A_WEEK_LATER = at(10, day=TUESDAY + dt.timedelta(days=7))


@pytest.fixture
def visit():
    kind = make_type([make_clinician()])
    with time_machine.travel(NOW, tick=False):
        return book(kind, at(9), asker=another_request())


def mark(visit, to, now):
    with time_machine.travel(now, tick=False):
        return transition(appointment=visit, to=to, source="staff", now=now)


def letters():
    rows = Message.objects.filter(kind="scheduling.missed").order_by("created_at", "channel")
    return [(row.channel, row.state, row.not_before) for row in rows]


def calls():
    return list(DeskTask.objects.filter(kind="safety").values_list("title", "outcome"))


def test_nothing_is_written_until_staff_marked_it(visit):
    assert letters() == []


def test_missed_is_told_in_ten_minutes(visit):
    mark(visit, Status.NO_SHOW, at(9, 20))

    assert letters() == [(channel, "queued", at(9, 30)) for channel in ("email", "sms")]
    assert calls() == []


def test_slip_that_is_taken_back_is_not_told(visit):
    mark(visit, Status.NO_SHOW, at(9, 20))
    mark(visit, Status.ARRIVED, at(9, 25))

    assert [state for _channel, state, _at in letters()] == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize("is_same_request", [True, False], ids=["same request", "another of theirs"])
def test_letter_is_taken_back_when_the_person_books_again_before_it_went(visit, is_same_request):
    mark(visit, Status.NO_SHOW, at(9, 20))
    asker = visit.request
    if not is_same_request:
        asker = another_request()
        asker.patient = visit.patient
        asker.save()

    with time_machine.travel(at(9, 25), tick=False):
        book(visit.appointment_type, A_WEEK_LATER, asker=asker, now=at(9, 25))

    assert [state for _channel, state, _at in letters()] == ["withdrawn", "withdrawn"]
    assert set(Message.objects.filter(kind="scheduling.missed").values_list("reason", flat=True)) == {
        "A new time was booked"
    }


def test_letter_to_another_who_missed_a_visit_stays(visit):
    mark(visit, Status.NO_SHOW, at(9, 20))

    with time_machine.travel(at(9, 25), tick=False):
        book(visit.appointment_type, A_WEEK_LATER, asker=another_request(), now=at(9, 25))

    assert [state for _channel, state, _at in letters()] == ["queued", "queued"]


def test_clinicians_call_stays_when_the_person_books_again(visit):
    make_safety_item(patient=visit.patient)
    mark(visit, Status.NO_SHOW, at(9, 20))

    with time_machine.travel(at(9, 25), tick=False):
        book(visit.appointment_type, A_WEEK_LATER, asker=visit.request, now=at(9, 25))

    assert calls() == [("Clinician call needed: a visit was missed", "")]


def test_missed_after_all_is_told_once(visit):
    for to, minute in ((Status.NO_SHOW, 20), (Status.ARRIVED, 25), (Status.NO_SHOW, 28)):
        mark(visit, to, at(9, minute))

    assert sorted(state for _channel, state, _at in letters()) == ["queued", "queued", "withdrawn", "withdrawn"]


def test_with_a_safety_item_open_a_clinician_calls_and_nobody_writes(visit):
    make_safety_item(patient=visit.patient)

    mark(visit, Status.NO_SHOW, at(9, 20))

    assert (letters(), calls()) == ([], [("Clinician call needed: a visit was missed", "")])


def test_call_is_closed_when_the_patient_came_after_all_and_the_item_is_not(visit):
    item = make_safety_item(patient=visit.patient)
    mark(visit, Status.NO_SHOW, at(9, 20))

    mark(visit, Status.ARRIVED, at(9, 25))

    assert [outcome for _title, outcome in calls()] == ["The patient came after all"]
    assert SafetyItem.objects.get(pk=item.pk).state == "open"
