"""The free times nearest to one that is gone."""

import datetime as dt

import pytest

from scheduling import availability
from scheduling.models import ScheduleException, WorkingHours
from scheduling.tests.factories import NOW, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 30)


def close(*dates):
    for date in dates:
        ScheduleException.objects.create(date=date)


def nearest(kind, start, count, **fields):
    return availability.nearest_starts(appointment_type=kind, start=start, now=NOW, count=count, **fields)


def test_nearest_starts_are_the_nearest_in_order_of_time():
    kind = make_type([make_clinician()])

    found = nearest(kind, at(10), 3)

    assert found == [at(9, 30), at(10), at(10, 30)]


def test_nearest_starts_look_as_far_as_the_horizon():
    clinician = make_clinician()
    WorkingHours.objects.update(valid_from=dt.date(2027, 1, 20))

    found = nearest(make_type([clinician]), at(10), 2)

    assert found == [at(9, day=dt.date(2027, 1, 20)), at(9, 30, day=dt.date(2027, 1, 20))]


def test_nearest_starts_look_on_while_a_day_beyond_may_hold_a_nearer_one():
    kind = make_type([make_clinician(hours=[(dt.time(0), dt.time(0, 30)), (dt.time(9), dt.time(9, 30))])])
    wednesday, thursday, friday, saturday = (MONDAY + dt.timedelta(days=days) for days in range(2, 6))
    close(thursday, friday)

    found = nearest(kind, at(20, day=thursday), 1)

    assert at(9, day=wednesday) in availability.free_starts(
        appointment_type=kind, first_day=wednesday, last_day=wednesday, now=NOW
    )  # 35 hours before; this one is 28 hours after
    assert found == [at(0, day=saturday)]


def test_nearest_starts_look_back_while_a_day_before_may_hold_a_nearer_one():
    kind = make_type([make_clinician(hours=[(dt.time(9), dt.time(9, 30)), (dt.time(23), dt.time(23, 30))])])
    tuesday, wednesday, thursday, friday = (MONDAY + dt.timedelta(days=days) for days in range(1, 5))
    close(wednesday, thursday)

    assert nearest(kind, at(3, 30, day=thursday), 1) == [
        at(23, day=tuesday)
    ]  # 28.5 hours before; 29.5 after is the next
    assert nearest(kind, at(4, 30, day=thursday), 1) == [at(9, day=friday)]


def test_nearest_starts_leave_out_those_at_which_the_patient_is_elsewhere():
    kind = make_type([make_clinician()])
    elsewhere = make_clinician()
    visit = make_visit(elsewhere, make_type([elsewhere]), at(10))

    found = nearest(kind, at(10), 2, patient=visit.patient)

    assert found == [at(9, 30), at(10, 30)]
    assert nearest(kind, at(10), 3, patient=visit.patient, moving=visit) == [at(9, 30), at(10), at(10, 30)]


def test_nearest_starts_are_fewer_only_where_the_horizon_holds_no_more():
    kind = make_type([make_clinician(hours=[(dt.time(9), dt.time(9, 30))])], horizon_days=2)

    assert nearest(kind, at(10), 5) == [at(9, day=MONDAY + dt.timedelta(days=days)) for days in range(3)]
