"""A step taken by a slip of the hand costs nobody a message."""

import datetime as dt

import pytest
import time_machine

from clinic.models import User
from notifications.models import Message
from scheduling.models import Appointment, AppointmentEvent
from scheduling.reminders import remind
from scheduling.steps import Seen, take_step
from scheduling.tests.factories import at, make_clinician, make_type
from scheduling.tests.visit_moves import book
from scheduling.transitions import transition
from scheduling.undoing import take_back

pytestmark = pytest.mark.django_db
REMINDER, BOOKED = "scheduling.reminder", "scheduling.booked"


@pytest.fixture(autouse=True)
def clock():
    """Two hours before the visit: the last reminder is due."""
    with time_machine.travel(at(8), tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk():
    return User.objects.create_user("desk@clinic.example", "x")


@pytest.fixture
def visit():
    kind = make_type([make_clinician()])
    booked = book(kind, now=at(9) - dt.timedelta(days=4))
    Message.objects.filter(kind=BOOKED).update(state="sent", sent_at=at(9) - dt.timedelta(days=4))
    remind()
    return booked


def step(visit, to, by):
    visit.refresh_from_db()
    take_step(visit=visit, to=Appointment.Status(to), seen=Seen.of(visit), by=by)
    return AppointmentEvent.objects.filter(appointment=visit).last()


def slip(visit, clock, by, to="arrived"):
    event = step(visit, to, by)
    clock.shift(5)
    visit.refresh_from_db()
    take_back(visit=visit, event_id=event.pk, by=by)


def waiting(kind=REMINDER):
    rows = Message.objects.filter(kind=kind, state=Message.State.QUEUED)
    return sorted(rows.values_list("channel", flat=True))


def test_step_takes_back_the_reminder_that_waited(visit, desk):
    assert waiting() == ["email", "sms"]

    step(visit, "arrived", desk)

    assert waiting() == []


@pytest.mark.parametrize("to", ["arrived", "completed"])
def test_undo_has_the_reminder_wait_again_and_the_sweep_adds_none(visit, desk, clock, to):
    slip(visit, clock, desk, to)

    assert waiting() == ["email", "sms"]
    assert remind() == 0


def test_undo_of_the_same_slip_twice_has_the_reminder_wait_again(visit, desk, clock):
    for _time in range(2):
        slip(visit, clock, desk)

    assert waiting() == ["email", "sms"]
    assert remind() == 0


def test_undo_has_the_confirmation_wait_again(visit, desk, clock):
    Message.objects.filter(kind=BOOKED).update(state="queued", sent_at=None)

    slip(visit, clock, desk)

    assert waiting(BOOKED) == ["email", "sms"]
    assert Message.objects.filter(kind=BOOKED, state="withdrawn").count() == 2


def test_undo_brings_back_only_what_that_step_withdrew(visit, desk, clock):
    Message.objects.filter(kind=REMINDER, channel="sms").update(
        state="withdrawn", reason="The visit was moved", withdrawn_at=at(7)
    )

    slip(visit, clock, desk)

    assert waiting() == ["email"]


def test_undo_does_not_send_what_is_too_late_by_then(visit, desk, clock):
    Message.objects.filter(kind=REMINDER).update(useless_after=at(8) + dt.timedelta(seconds=3))

    slip(visit, clock, desk)

    assert waiting() == []


def test_undo_lets_a_message_on_its_way_be_tried_again(visit, desk, clock):
    Message.objects.filter(kind=REMINDER).update(state="sending")

    slip(visit, clock, desk)

    assert set(Message.objects.filter(kind=REMINDER).values_list("state", "withdrawn_at")) == {("sending", None)}


def test_arrived_that_is_put_right_by_the_table_of_moves_brings_the_reminder_back(visit, desk, clock):
    step(visit, "arrived", desk)
    clock.shift(600)
    visit.refresh_from_db()

    transition(appointment=visit, to=Appointment.Status.BOOKED, source="staff", by=desk)

    assert waiting() == ["email", "sms"]


def test_step_from_arrived_to_completed_leaves_the_withdrawn_where_they_are(visit, desk, clock):
    step(visit, "arrived", desk)
    slip(visit, clock, desk, "completed")

    assert waiting() == []
