"""Any order of booking, moving, cancelling, undoing and waiting: nothing overlaps, free and taken add up."""

import datetime as dt
from itertools import pairwise

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from clinic.base import ClinicError
from clinic.tests.examples import examples
from scheduling.availability import free_starts
from scheduling.errors import NotBookableError, SlotTakenError
from scheduling.models import LIVE, OCCUPYING, Appointment
from scheduling.tests.factories import NOW, TUESDAY, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move, undo

STARTS = [at(9) + dt.timedelta(minutes=30 * number) for number in range(6)]

pytestmark = pytest.mark.django_db


class Schedule(RuleBasedStateMachine):
    """One Tuesday morning of two clinicians: twelve half hours. Rolled back after each run."""

    @initialize()
    def open_the_clinic(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
        self.now = NOW
        self.visits = []

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def free(self, moving=None):
        return free_starts(appointment_type=self.kind, first_day=TUESDAY, last_day=TUESDAY, now=self.now, moving=moving)

    @rule(start=st.sampled_from(STARTS))
    def book(self, start):
        offered = start in self.free()
        try:
            self.visits.append(book(self.kind, start, now=self.now))
        except (SlotTakenError, NotBookableError):
            assert not offered
        else:
            assert offered

    @precondition(lambda self: self.visits)
    @rule(number=st.integers(min_value=0), start=st.sampled_from(STARTS))
    def move(self, number, start):
        visit = Appointment.objects.get(pk=self.visits[number % len(self.visits)].pk)
        offered = start in self.free(moving=visit)
        try:
            moved = move(visit, start, now=self.now)
        except (SlotTakenError, NotBookableError):
            assert not offered
        except ClinicError:
            assert not visit.is_live
        else:
            assert (moved.starts_at, moved.pk) == (start, visit.pk)
            assert offered

    @precondition(lambda self: self.visits)
    @rule(number=st.integers(min_value=0), source=st.sampled_from(["web", "staff"]))
    def cancel(self, number, source):
        assert cancel(self.visits[number % len(self.visits)], now=self.now, source=source).is_cancelled

    @precondition(lambda self: self.visits)
    @rule(number=st.integers(min_value=0))
    def undo(self, number):
        visit = Appointment.objects.get(pk=self.visits[number % len(self.visits)].pk)
        may = visit.is_live or (visit.held_until is not None and visit.held_until > self.now)
        try:
            again = undo(visit, now=self.now)
        except ClinicError:
            assert not may
        else:
            assert may
            assert (again.starts_at, again.clinician_id) == (visit.starts_at, visit.clinician_id)

    @rule(minutes=st.sampled_from([1, 9, 10]))
    def wait(self, minutes):
        self.now += dt.timedelta(minutes=minutes)

    @invariant()
    def nothing_overlaps(self):
        if not hasattr(self, "kind"):
            return
        rows = Appointment.objects.filter(Q(status__in=OCCUPYING) | Q(held_until__isnull=False))
        ranges = sorted(rows.values_list("clinician_id", "occupied_from", "occupied_until"))
        assert all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(ranges))

    @invariant()
    def free_and_taken_add_up(self):
        if not hasattr(self, "kind"):
            return
        taken = Appointment.objects.filter(Q(status__in=LIVE) | Q(held_until__gt=self.now)).count()
        assert sum(len(clinicians) for clinicians in self.free().values()) + taken == 2 * len(STARTS)


def test_any_order_of_changes_keeps_the_schedule_whole():
    run_state_machine_as_test(
        Schedule,
        settings=settings(
            max_examples=examples(8),
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
