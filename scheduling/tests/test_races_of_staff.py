"""Real threads at the desk: two colleagues, or the desk and the patient, at one visit. On both engines."""

import pytest

from clinic.models import User
from notifications.models import Message
from scheduling.day_changes import Away, call_off_visits
from scheduling.errors import (
    ChangedMeanwhileError,
    IllegalMoveError,
    NotBookableError,
    SlotTakenError,
    WaiverNeededError,
)
from scheduling.models import Appointment, VisitOutcome
from scheduling.steps import Seen, call_off, mark_next_step, take_step
from scheduling.tests.factories import another_request, at
from scheduling.tests.test_races import booking, kinds_of, race
from scheduling.tests.visit_moves import book, events_of, move
from scheduling.transitions import transition
from scheduling.waivers import Rule, Waiver

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LATER = at(11)  # the visits below begin at 10:00
Status = Appointment.Status


@pytest.fixture
def two():
    return [User.objects.create_user(f"{name}@clinic.example", "x") for name in ("ann", "bob")]


def marking(visit, to, by):
    seen = Seen.of(visit)
    return lambda: take_step(visit=visit, to=to, seen=seen, by=by, now=LATER)


def by_staff(kind, start, asker, **changes):
    return lambda: book(kind, start, asker, source="staff", **changes)


def test_two_colleagues_marking_different_outcomes_make_one_and_tell_the_other(kind, two):
    visit = book(kind)

    outcomes = race(
        *[
            marking(visit, to, by)
            for _ in range(4)
            for to, by in zip((Status.COMPLETED, Status.NO_SHOW), two, strict=True)
        ]
    )

    stands = Appointment.objects.get()
    winners = [one for one in outcomes if isinstance(one, Appointment)]
    assert kinds_of(outcomes) == {Appointment: 4, ChangedMeanwhileError: 4}  # who wanted the same is content
    assert {one.status for one in winners} == {stands.status}
    assert events_of(visit) == ["booked", stands.status]


def test_two_colleagues_choosing_different_next_steps_keep_the_first(kind, two):
    visit = transition(appointment=book(kind), to=Status.COMPLETED, source="staff", now=LATER)
    steps = (VisitOutcome.NextStep.REFERRED, VisitOutcome.NextStep.UNDECIDED)

    outcomes = race(
        *[
            lambda step=step, by=by: mark_next_step(visit=visit, step=step, seen_step="", by=by)
            for _ in range(4)
            for step, by in zip(steps, two, strict=True)
        ]
    )

    assert kinds_of(outcomes) == {VisitOutcome: 4, ChangedMeanwhileError: 4}
    assert VisitOutcome.objects.count() == 1
    assert events_of(visit) == ["booked", "completed", "next_step"]


def test_desk_cancelling_while_the_patient_moves_leaves_one_truth_and_its_letters(kind, two):
    visit = book(kind)
    seen = Seen.of(visit)

    outcomes = race(
        *[
            lambda: call_off(visit=visit, seen=seen, by=two[0], reason="", on_behalf_of_patient=False, now=at(8)),
            lambda: move(visit, at(11), now=at(7)),
        ]
        * 4
    )

    stands = Appointment.objects.get()
    assert set(kinds_of(outcomes)) <= {Appointment, ChangedMeanwhileError, IllegalMoveError}
    assert events_of(visit) in (["booked", "moved"], ["booked", "cancelled_by_clinic"])
    assert stands.status == ("booked" if "moved" in events_of(visit) else "cancelled_by_clinic")
    waiting = set(Message.objects.filter(state="queued").values_list("kind", flat=True))
    told = "scheduling.changed" if stands.is_live else "scheduling.called_off"
    assert {one for one in waiting if one in {"scheduling.booked", "scheduling.changed", "scheduling.called_off"}} == {
        told
    }


def test_many_who_book_past_the_hours_with_one_waiver_make_one_visit(kind, two):
    clinician = kind.clinicians.get()
    waiver = Waiver(rules=frozenset({Rule.HOURS}))

    outcomes = race(
        *[by_staff(kind, at(18), another_request(), clinician=clinician, waiver=waiver, by=two[0]) for _ in range(8)]
    )

    assert kinds_of(outcomes) == {Appointment: 1, WaiverNeededError: 7}
    assert all(one.broken >= {Rule.CLINICIAN_BUSY} for one in outcomes if isinstance(one, WaiverNeededError))


def test_overbooking_while_others_book_counts_who_overlaps(kind, two):
    clinician = kind.clinicians.get()
    waiver = Waiver(rules=frozenset(Rule), reason="In pain")

    outcomes = race(
        *[by_staff(kind, at(10), another_request(), clinician=clinician, waiver=waiver, by=two[0]) for _ in range(3)],
        *[booking(another_request(), kind, at(10)) for _ in range(3)],
    )

    visits = Appointment.objects.all()
    assert sum(isinstance(one, Appointment) for one in outcomes) == len(visits) >= 3
    assert set(kinds_of(outcomes)) <= {Appointment, SlotTakenError, NotBookableError}
    assert visits.filter(is_overbooked=False).count() == 1


def test_off_sick_while_patients_move_calls_off_no_visit_at_its_new_time(kind, two):
    clinician = kind.clinicians.get()
    visits = [book(kind, start) for start in (at(9), at(9, 30))]
    away = Away(clinician=clinician, first=at(8), last=at(10))

    race(
        lambda: call_off_visits(visits, away=away, reason="Flu", by=two[0], now=at(7)),
        *[
            lambda visit=visit, start=start: move(visit, start, now=at(7))
            for visit, start in zip(visits, (at(11), at(11, 30)), strict=True)
        ],
    )

    for visit in Appointment.objects.all():
        assert (visit.starts_at >= at(11)) == visit.is_live
