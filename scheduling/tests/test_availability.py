import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from clinic.models import ClinicProfile
from scheduling import availability
from scheduling.models import Clinician, ScheduleException, WorkingHours
from scheduling.tests.factories import (
    CHICAGO,
    NOW,
    TUESDAY,
    at,
    make_clinician,
    make_type,
    make_visit,
)

MONDAY = dt.date(2026, 11, 30)
WEEK = MONDAY + dt.timedelta(days=6)
NINE_TO_TEN = ((dt.time(9), dt.time(10)),)


def free(kind, first=TUESDAY, last=None, now=NOW, clinician=None):
    return availability.free_starts(
        appointment_type=kind, first_day=first, last_day=last or first, now=now, clinician=clinician
    )


def close(date=TUESDAY, **fields):
    return ScheduleException.objects.create(date=date, **fields)


@pytest.mark.django_db
def test_free_starts_of_two_clinicians_in_order_of_time_then_of_fewest_visits():
    ann, bob = make_clinician("Dr. Ann", hours=NINE_TO_TEN), make_clinician("Dr. Bob")
    kind = make_type([ann, bob])
    make_visit(bob, kind, at(11))
    make_visit(ann, make_type([ann]), at(9, 30))
    make_visit(ann, make_type([ann]), at(15))

    found = free(kind)

    assert list(found.items()) == [
        (at(9), [bob, ann]),
        (at(9, 30), [bob]),
        (at(10), [bob]),
        (at(10, 30), [bob]),
        (at(11, 30), [bob]),
    ]


@pytest.mark.django_db
def test_free_starts_of_one_clinician_only():
    ann, bob = make_clinician("Dr. Ann", hours=NINE_TO_TEN), make_clinician("Dr. Bob")
    kind = make_type([ann, bob])

    assert free(kind, clinician=ann) == {at(9): [ann], at(9, 30): [ann]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("booked", False),
        ("confirmed", False),
        ("arrived", False),
        ("completed", False),
        ("no_show", True),
        ("cancelled_by_patient", True),
        ("cancelled_by_clinic", True),
    ],
)
def test_free_starts_leave_out_time_that_a_visit_holds(status, expected):
    clinician = make_clinician()
    kind = make_type([clinician])
    make_visit(clinician, kind, at(10), status=status)

    assert (at(10) in free(kind)) is expected


@pytest.mark.django_db
def test_free_starts_leave_out_the_time_of_an_overbooked_visit():
    clinician = make_clinician()
    kind = make_type([clinician])
    make_visit(clinician, kind, at(10), is_overbooked=True)

    assert at(10) not in free(kind)


@pytest.mark.django_db
def test_free_starts_meet_buffers_of_a_visit_after_midnight_of_the_day_before():
    clinician = make_clinician(hours=((dt.time(0), dt.time(1)),))
    late = make_type([clinician], buffer_after=90)
    make_visit(clinician, late, at(23, day=MONDAY))  # occupied until 01:00

    assert free(make_type([clinician])) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda kind, _clinician: type(kind).objects.update(is_active=False),
        lambda _kind, _clinician: Clinician.objects.update(is_bookable=False),
        lambda kind, _clinician: kind.clinicians.clear(),
        lambda _kind, _clinician: WorkingHours.objects.all().delete(),
        lambda _kind, _clinician: ClinicProfile.objects.update(booking_paused=True),
        lambda _kind, clinician: close(clinician=clinician),
        lambda _kind, _clinician: close(),
        lambda _kind, _clinician: WorkingHours.objects.update(valid_from=TUESDAY + dt.timedelta(days=1)),
        lambda _kind, _clinician: WorkingHours.objects.update(valid_until=MONDAY),
        lambda _kind, _clinician: WorkingHours.objects.filter(weekday=1).delete(),
    ],
    ids=[
        "type switched off",
        "clinician not bookable",
        "clinician does not hold it",
        "no hours",
        "booking paused",
        "clinician away",
        "clinic closed",
        "hours from tomorrow",
        "hours until yesterday",
        "not that weekday",
    ],
)
def test_free_starts_are_none_when_a_rule_forbids(change):
    ClinicProfile.current()
    clinician = make_clinician()
    kind = make_type([clinician])
    change(kind, clinician)
    kind.refresh_from_db()

    assert free(kind) == {}
    assert not availability.bookable(appointment_type=kind, clinician=clinician, start=at(9), now=NOW)


@pytest.mark.django_db
def test_free_starts_on_the_first_and_last_day_that_hours_hold():
    clinician = make_clinician(hours=NINE_TO_TEN)
    WorkingHours.objects.update(valid_from=TUESDAY, valid_until=TUESDAY + dt.timedelta(days=1))

    found = free(make_type([clinician], duration=60), MONDAY, WEEK)

    assert list(found) == [at(9), at(9, day=TUESDAY + dt.timedelta(days=1))]


@pytest.mark.django_db
def test_free_starts_with_exceptions_for_one_and_for_all():
    ann, bob = make_clinician("Dr. Ann", hours=NINE_TO_TEN), make_clinician("Dr. Bob", hours=NINE_TO_TEN)
    kind = make_type([ann, bob])
    close(starts=dt.time(9), ends=dt.time(9, 30))
    ScheduleException.objects.create(
        date=TUESDAY, clinician=bob, effect="open", starts=dt.time(14), ends=dt.time(14, 30)
    )

    assert free(kind) == {at(9, 30): [ann, bob], at(14): [bob]}


@pytest.mark.django_db
def test_free_starts_after_the_minimum_notice_which_keeps_the_grid():
    kind = make_type([make_clinician(hours=((dt.time(9), dt.time(12)),))], minimum_notice=75)

    assert list(free(kind, MONDAY)) == [at(10, 30, day=MONDAY), at(11, day=MONDAY), at(11, 30, day=MONDAY)]


@pytest.mark.django_db
def test_free_starts_up_to_the_horizon_in_the_clinic_zone():
    kind = make_type([make_clinician(hours=NINE_TO_TEN)], duration=60, horizon_days=2)

    assert list(free(kind, dt.date.min, dt.date.max)) == [
        at(9, day=MONDAY),
        at(9, day=TUESDAY),
        at(9, day=dt.date(2026, 12, 2)),
    ]


@pytest.mark.django_db
def test_free_starts_at_the_daily_cap_of_the_type():
    clinician = make_clinician()
    capped, other = make_type([clinician], daily_cap=1), make_type([clinician])
    make_visit(clinician, other, at(9))
    before = len(free(capped))
    make_visit(clinician, capped, at(10))

    assert (before, free(capped), len(free(other))) == (5, {}, 4)
    assert len(free(capped, dt.date(2026, 12, 2))) == 6


@pytest.mark.django_db
def test_free_starts_of_a_clinician_in_another_zone_are_on_the_clinic_dates():
    tokyo = ZoneInfo("Asia/Tokyo")
    clinician = make_clinician(hours=NINE_TO_TEN, zone="Asia/Tokyo")
    kind = make_type([clinician], duration=60)
    wednesday_in_tokyo = at(9, day=dt.date(2026, 12, 2), zone=tokyo)

    assert wednesday_in_tokyo.astimezone(CHICAGO).date() == TUESDAY
    assert free(kind) == {wednesday_in_tokyo: [clinician]}
    assert availability.bookable(appointment_type=kind, clinician=clinician, start=wednesday_in_tokyo, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "hour", "their_day"),
    [("Asia/Tokyo", 9, TUESDAY + dt.timedelta(days=1)), ("Pacific/Honolulu", 21, TUESDAY - dt.timedelta(days=1))],
)
def test_day_beside_the_one_asked_for_counts_where_the_clinician_lives_in_it(zone, hour, their_day):
    clinician = make_clinician(hours=[(dt.time(hour), dt.time(hour + 1))], zone=zone)
    kind = make_type([clinician], duration=60)
    offered = free(kind)
    close(their_day)

    assert offered == {at(hour, day=their_day, zone=ZoneInfo(zone)): [clinician]}
    assert free(kind) == {}


@pytest.mark.django_db
def test_free_starts_at_nine_before_and_after_the_clocks_change():
    kind = make_type([make_clinician(hours=NINE_TO_TEN)], duration=60)
    now = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)

    found = free(kind, dt.date(2026, 10, 31), dt.date(2026, 11, 2), now=now)

    assert [f"{start:%d %H:%M}" for start in found] == ["31 14:00", "01 15:00", "02 15:00"]


@pytest.mark.django_db
def test_bookable_takes_the_start_in_any_zone_and_refuses_other_instants():
    clinician = make_clinician()
    kind = make_type([clinician])

    answers = [
        availability.bookable(appointment_type=kind, clinician=clinician, start=start, now=NOW)
        for start in (at(9).astimezone(ZoneInfo("Asia/Tokyo")), at(9, 1), at(9) + dt.timedelta(microseconds=1))
    ]

    assert answers == [True, False, False]


@pytest.mark.django_db
def test_time_that_somebody_holds_would_be_offered_and_one_outside_the_hours_never():
    clinician = make_clinician()
    kind = make_type([clinician])
    make_visit(clinician, kind, at(10))

    answers = [
        availability.would_be_offered(appointment_type=kind, start=start, now=NOW)
        for start in (at(10), at(10, 1), at(18), NOW - dt.timedelta(days=1))
    ]

    assert (at(10) in free(kind), answers) == (False, [True, False, False, False])


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "visits"), [(1, 3), (7, 0), (7, 3), (60, 3)])
def test_free_starts_of_five_clinicians_cost_four_queries_however_much_there_is(
    django_assert_num_queries, days, visits
):
    clinicians = [make_clinician(f"Dr. {number}") for number in range(5)]
    kind = make_type(clinicians)
    for number, clinician in enumerate(clinicians):
        for day in range(visits):
            make_visit(clinician, kind, at(9 + number % 3, day=TUESDAY + dt.timedelta(days=day)))
        close(clinician=clinician, date=WEEK)
    ClinicProfile.current()

    with django_assert_num_queries(4):
        free(kind, MONDAY, MONDAY + dt.timedelta(days=days))


@pytest.mark.django_db
def test_bookable_of_a_start_without_a_zone_is_a_mistake_of_the_caller():
    clinician = make_clinician()
    naive = dt.datetime(2026, 12, 1, 9)

    with pytest.raises(ValueError, match="A start needs a zone"):
        availability.bookable(appointment_type=make_type([clinician]), clinician=clinician, start=naive, now=NOW)
