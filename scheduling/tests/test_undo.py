import datetime as dt

import pytest

from intake.tests.factories import make_request
from notifications.models import Message
from scheduling.cancelling import UNDO_WINDOW
from scheduling.errors import SlotTakenError, TooLateToUndoError, TooManyVisitsError
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_moves import book, cancel, events_of, messages_of, undo

END = NOW + UNDO_WINDOW

pytestmark = pytest.mark.django_db


def test_cancel_by_the_patient_holds_the_time_and_lets_the_word_wait(kind):
    visit = book(kind)

    cancelled = cancel(visit)

    waiting = Message.objects.filter(kind="scheduling.cancelled")
    assert cancelled.held_until == END
    assert set(waiting.values_list("not_before", "state")) == {(END, "queued")}
    with pytest.raises(SlotTakenError) as caught:
        book(kind, now=END - dt.timedelta(seconds=1))
    assert at(10) not in caught.value.nearest


def test_cancel_by_the_patient_frees_the_time_when_the_window_ends(kind):
    cancel(book(kind))

    assert book(kind, now=END).is_live
    assert Appointment.objects.filter(held_until__isnull=False).count() == 0


@pytest.mark.parametrize("changes", [{"source": "staff"}, {"source": "staff", "on_behalf_of_patient": True}])
def test_cancel_by_staff_frees_the_time_and_tells_at_once(kind, changes):
    visit = book(kind)

    cancelled = cancel(visit, **changes)

    assert cancelled.held_until is None
    assert book(kind).is_live


def test_cancel_of_a_visit_that_starts_within_the_window_cannot_be_undone():
    kind = make_type([make_clinician()], change_cutoff=0)
    visit = book(kind)

    cancelled = cancel(visit, now=at(9, 50))

    assert cancelled.held_until is None
    with pytest.raises(TooLateToUndoError):
        undo(visit, now=at(9, 51))


def test_undo_has_the_same_visit_stand_again_and_takes_the_word_back(kind):
    visit = book(kind)
    Message.objects.filter(kind="scheduling.booked").update(state="sent")
    cancel(visit)

    again = undo(visit, now=END - dt.timedelta(seconds=1))

    assert (again.pk, again.status, again.starts_at, again.held_until) == (visit.pk, "booked", at(10), None)
    assert (again.revision, again.is_late_cancel) == (2, False)
    assert events_of(visit) == ["booked", "cancelled_by_patient", "booked"]
    assert messages_of(visit) == [
        ("booked", "email", "sent"),
        ("booked", "sms", "sent"),
        ("cancelled", "email", "withdrawn"),
        ("cancelled", "sms", "withdrawn"),
    ]


def test_undo_sends_the_confirmation_that_the_cancelling_caught(kind):
    visit = book(kind)
    cancel(visit)

    undo(visit)

    assert [row for row in messages_of(visit) if row[0] == "booked"] == [
        ("booked", "email", "queued"),
        ("booked", "email", "withdrawn"),
        ("booked", "sms", "queued"),
        ("booked", "sms", "withdrawn"),
    ]


def test_undo_twice_does_nothing_more(kind):
    visit = book(kind)
    cancel(visit)
    undo(visit)

    again = undo(visit)

    assert (again.status, again.revision) == ("booked", 2)


def test_undo_and_cancel_again_is_told_again(kind):
    visit = book(kind)
    cancel(visit)
    undo(visit)

    cancelled = cancel(visit, now=NOW + dt.timedelta(minutes=1))

    assert (cancelled.revision, cancelled.held_until) == (3, END + dt.timedelta(minutes=1))
    assert [row for row in messages_of(visit) if row[::2] == ("cancelled", "queued")] == [
        ("cancelled", "email", "queued"),
        ("cancelled", "sms", "queued"),
    ]


@pytest.mark.parametrize("moment", [END, END + dt.timedelta(minutes=5)])
def test_undo_after_the_window_is_refused(kind, moment):
    visit = book(kind)
    cancel(visit)

    with pytest.raises(TooLateToUndoError, match="Choose a new time"):
        undo(visit, now=moment)

    assert Appointment.objects.get().status == "cancelled_by_patient"


def test_undo_after_somebody_else_took_the_time_is_refused(kind):
    visit = book(kind)
    cancel(visit)
    book(kind, now=END)

    with pytest.raises(TooLateToUndoError):
        undo(visit, now=END)


@pytest.mark.parametrize("status", ["cancelled_by_clinic", "completed", "no_show"])
def test_undo_of_what_the_patient_did_not_cancel_is_refused(kind, status):
    visit = make_visit(kind.clinicians.get(), kind, at(10), status=status)

    with pytest.raises(TooLateToUndoError):
        undo(visit)


def test_booking_another_time_gives_the_held_one_up(kind):
    visit = book(kind)
    cancel(visit)
    other = book(kind, at(11), asker=visit.request)

    with pytest.raises(TooLateToUndoError):
        undo(visit)

    assert book(kind, at(10)).is_live
    assert Appointment.objects.get(pk=other.pk).is_live


def test_undo_beyond_the_limit_of_the_contact_is_refused(kind):
    first, *others = (make_request(name=f"Person {number}") for number in range(3))
    visit = book(kind, at(9), asker=first)
    cancel(visit)
    for number, asker in enumerate(others):
        book(kind, at(10 + number), asker=asker)

    with pytest.raises(TooManyVisitsError):
        undo(visit)


def test_undo_over_another_visit_of_the_patient_is_refused(kind):
    visit = book(kind)
    cancel(visit)
    elsewhere = make_clinician("Dr. Else")
    make_visit(elsewhere, make_type([elsewhere]), at(10), request=another_request(), patient=visit.patient)

    with pytest.raises(SlotTakenError):
        undo(visit)


def test_undo_of_a_visit_without_a_request_works(kind):
    visit = book(kind)
    Appointment.objects.update(request=None)
    visit.refresh_from_db()
    cancel(visit)

    assert undo(visit).is_live
