"""Real threads that move, cancel and undo, on both engines."""

from itertools import pairwise

import pytest

from notifications.models import Message
from scheduling.errors import IllegalMoveError, SlotTakenError, TooLateToUndoError
from scheduling.models import OCCUPYING, Appointment, AppointmentEvent
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.test_races import kinds_of, race
from scheduling.tests.visit_moves import book, cancel, events_of, move, undo

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def moving(visit, start, **changes):
    return lambda: move(visit, start, **changes)


def booking(kind, start, asker, **changes):
    return lambda: book(kind, start, asker=asker, **changes)


def changed_messages():
    return Message.objects.filter(kind="scheduling.changed")


def has_overlap():
    rows = Appointment.objects.filter(status__in=OCCUPYING).order_by("clinician", "occupied_from")
    ranges = list(rows.values_list("clinician_id", "occupied_from", "occupied_until"))
    return any(one[0] == two[0] and one[2] > two[1] for one, two in pairwise(ranges))


def test_fifty_people_moving_to_one_time_make_one_winner_and_the_rest_keep_theirs():
    kind = make_type([make_clinician(f"Dr. {number}", hours=()) for number in range(49)])
    target = make_clinician("Dr. Target")
    kind.clinicians.add(target)
    visits = [make_visit(one, kind, at(9)) for one in kind.clinicians.exclude(pk=target.pk)]
    visits.append(make_visit(target, kind, at(9)))

    outcomes = race(*[moving(visit, at(11)) for visit in visits])

    moved = Appointment.objects.get(starts_at=at(11))
    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 49}
    assert Appointment.objects.filter(starts_at=at(9), revision=0, status="booked").count() == 49
    assert list(AppointmentEvent.objects.values_list("event", "appointment")) == [("moved", moved.pk)]
    assert set(changed_messages().values_list("address", flat=True)) == {str(moved.request.phone), moved.request.email}
    assert all(at(11) not in one.nearest for one in outcomes if isinstance(one, SlotTakenError))


def test_moving_and_booking_the_same_time_make_one_winner():
    kind = make_type([make_clinician()])
    visit = book(kind, at(9))
    others = [booking(kind, at(11), another_request()) for _ in range(9)]

    outcomes = race(moving(visit, at(11)), *others)

    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 9}
    assert Appointment.objects.filter(starts_at=at(11), status="booked").count() == 1


def test_one_visit_moved_from_ten_tabs_ends_at_one_time():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    visit = book(kind, at(9))
    starts = [at(9, 30), at(10), at(10, 30), at(11), at(11, 30)] * 2

    outcomes = race(*[moving(visit, start) for start in starts])

    row = Appointment.objects.get()
    assert set(kinds_of(outcomes)) <= {Appointment, IllegalMoveError}
    assert row.starts_at in starts
    assert row.revision == len(events_of(row)) - 1
    assert changed_messages().filter(state="queued").count() == 2
    assert set(changed_messages().filter(state="queued").values_list("occurrence", flat=True)) == {str(row.revision)}


def test_one_key_from_ten_threads_moves_once():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    visit = book(kind, at(9))
    key = "5f0e4a3c-8f6b-4a6e-9a44-d3b5a6ee0001"

    outcomes = race(*[moving(visit, at(11), change_key=key) for _ in range(10)])

    assert [(one.pk, one.starts_at) for one in outcomes] == [(visit.pk, at(11))] * 10
    assert events_of(visit) == ["booked", "moved"]
    assert changed_messages().count() == 2


def test_two_visits_swapping_their_times_never_overlap_and_never_hang():
    kind = make_type([make_clinician()])
    first, second = book(kind, at(9)), book(kind, at(10))

    outcomes = race(moving(first, at(10)), moving(second, at(9)))

    assert kinds_of(outcomes) == {SlotTakenError: 2}
    assert sorted(Appointment.objects.values_list("starts_at", flat=True)) == [at(9), at(10)]


def test_visits_of_two_clinicians_moving_past_each_other_never_hang():
    ann, bob = make_clinician("Dr. A"), make_clinician("Dr. B")
    kind = make_type([ann, bob])
    visits = [book(kind, start, clinician=who) for who in (ann, bob) for start in (at(9), at(9, 30), at(10))]

    outcomes = race(*[moving(visit, start) for visit in visits for start in (at(10, 30), at(11), at(11, 30))])

    assert set(kinds_of(outcomes)) <= {Appointment, SlotTakenError, IllegalMoveError}
    assert Appointment.objects.filter(status="booked").count() == 6
    assert not has_overlap()


def test_cancelling_against_moving_ends_in_one_truth():
    kind = make_type([make_clinician()])
    visit = book(kind, at(9))

    outcomes = race(*[moving(visit, at(11)), lambda: cancel(visit)] * 5)

    row = Appointment.objects.get()
    assert set(kinds_of(outcomes)) <= {Appointment, IllegalMoveError}
    assert (row.status, row.held_until is not None) == ("cancelled_by_patient", True)
    assert events_of(row)[-1] == "cancelled_by_patient"
    assert row.revision == len(events_of(row)) - 1
    assert set(Message.objects.filter(state="queued").values_list("kind", flat=True)) == {"scheduling.cancelled"}


def test_undoing_from_ten_tabs_is_one_undo():
    kind = make_type([make_clinician()])
    visit = book(kind, at(9))
    cancel(visit)

    outcomes = race(*[lambda: undo(visit)] * 10)

    assert kinds_of(outcomes) == {Appointment: 10}
    assert events_of(visit) == ["booked", "cancelled_by_patient", "booked"]
    assert Message.objects.filter(kind="scheduling.cancelled", state="queued").count() == 0


def test_undoing_against_choosing_another_time_leaves_one_visit():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    visit = book(kind, at(9))
    cancel(visit)

    race(lambda: undo(visit), lambda: book(kind, at(11), asker=visit.request))

    assert Appointment.objects.filter(status="booked").count() == 1
    assert Appointment.objects.filter(held_until__isnull=False).count() == 0


def test_undoing_at_the_end_of_the_window_against_fifty_bookings_makes_one_visit():
    kind = make_type([make_clinician()])
    visit = book(kind, at(9))
    end = cancel(visit).held_until
    others = [booking(kind, at(9), another_request(), now=end) for _ in range(49)]

    outcomes = race(lambda: undo(visit, now=NOW), *others)

    assert set(kinds_of(outcomes)) <= {Appointment, SlotTakenError, TooLateToUndoError}
    assert kinds_of(outcomes)[Appointment] == 1
    assert Appointment.objects.filter(status="booked", starts_at=at(9)).count() == 1
