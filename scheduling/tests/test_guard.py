import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from clinic import triggers
from scheduling.models import Appointment, Clinician
from scheduling.tests.factories import another_request, at, make_clinician, make_type, make_visit, unsaved_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(clinician):
    return make_type([clinician], buffer_before=5, buffer_after=10)


@pytest.fixture
def visit(clinician, kind):
    return make_visit(clinician, kind, at(10))  # occupies 09:55-10:40


def refused(write):
    """Whether the database refuses a write; a refusal must be an IntegrityError."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at(10), True),
        (at(10, 15), True),
        (at(9, 45), True),
        (at(10, 44), True),
        (at(10, 45), False),  # occupies from 10:40: touches
        (at(9, 16), True),
        (at(9, 15), False),  # occupies until 09:55: touches
    ],
)
def test_guard_of_a_clinician_counts_buffers_of_both_and_lets_touch(visit, clinician, kind, start, expected):
    other = unsaved_visit(clinician, kind, start)

    assert refused(lambda: other.save(force_insert=True)) is expected


def test_guard_refuses_a_longer_visit_around_it(visit, clinician):
    long = make_type([clinician], duration=180)

    assert refused(lambda: make_visit(clinician, long, at(9)))


def test_guard_of_a_clinician_lets_another_clinician_work(visit, kind):
    assert not refused(lambda: make_visit(make_clinician("Dr. B"), kind, at(10)))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("booked", True),
        ("confirmed", True),
        ("arrived", True),
        ("completed", True),
        ("no_show", False),
        ("cancelled_by_patient", False),
        ("cancelled_by_clinic", False),
    ],
)
def test_guard_of_a_clinician_holds_for_states_that_take_time(visit, clinician, kind, status, expected):
    Appointment.objects.filter(pk=visit.pk).update(status=status)

    assert refused(lambda: make_visit(clinician, kind, at(10))) is expected


def times_of(visit):
    return {name: getattr(visit, name) for name in ("starts_at", "ends_at", "occupied_from", "occupied_until")}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("booked", True),
        ("confirmed", True),
        ("arrived", True),
        ("completed", False),
        ("no_show", False),
        ("cancelled_by_patient", False),
    ],
)
def test_guard_of_a_patient_holds_for_live_visits(visit, kind, status, expected):
    Appointment.objects.filter(pk=visit.pk).update(status=status)
    request = another_request()

    write = lambda: make_visit(make_clinician("Dr. B"), kind, at(10, 15), request=request, patient=visit.patient)  # noqa: E731

    assert refused(write) is expected


def test_guard_of_a_patient_leaves_buffers_out(visit, kind):
    write = lambda: make_visit(  # noqa: E731
        make_clinician("Dr. B"), kind, at(10, 30), request=another_request(), patient=visit.patient
    )

    assert not refused(write)


def test_guard_leaves_an_overbooked_visit_out(visit, clinician, kind):
    over = make_visit(clinician, kind, at(10), is_overbooked=True)

    assert refused(lambda: Appointment.objects.filter(pk=over.pk).update(is_overbooked=False))
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled_by_clinic")
    assert not refused(lambda: make_visit(clinician, kind, at(10)))


def test_guard_refuses_a_move_onto_another_visit_by_save(visit, clinician, kind):
    other = make_visit(clinician, kind, at(11))
    for name, value in times_of(visit).items():
        setattr(other, name, value)

    assert refused(other.save)


def test_guard_refuses_a_change_of_clinician_by_update(visit, kind):
    other = make_visit(make_clinician("Dr. B"), kind, at(10))

    assert refused(lambda: Appointment.objects.filter(pk=other.pk).update(clinician=visit.clinician))


def test_guard_refuses_a_cancelled_visit_that_comes_back(visit, clinician, kind):
    gone = make_visit(clinician, kind, at(10), status="cancelled_by_patient")

    assert refused(lambda: Appointment.objects.filter(pk=gone.pk).update(status="booked"))


def test_guard_lets_a_visit_change_in_place(visit):
    later = dt.timedelta(minutes=5)
    moved = {name: F(name) + later for name in times_of(visit)}

    assert not refused(lambda: Appointment.objects.filter(pk=visit.pk).update(**moved))
    assert Appointment.objects.get().starts_at == at(10, 5)


def test_guard_refuses_bulk_create_of_two_that_overlap_and_keeps_neither(clinician, kind):
    rows = [unsaved_visit(clinician, kind, at(10)), unsaved_visit(clinician, kind, at(10, 15))]

    assert refused(lambda: Appointment.objects.bulk_create(rows))
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize("by", ["bulk_create", "update", "raw SQL"])
def test_guard_refuses_two_overlapping_visits_of_one_patient_however_they_are_written(visit, kind, by):
    elsewhere = make_clinician("Dr. B")
    request = another_request()
    row = unsaved_visit(elsewhere, kind, at(10, 15), request=request, patient=visit.patient)
    if by == "bulk_create":
        assert refused(lambda: Appointment.objects.bulk_create([row]))
        return
    other = make_visit(elsewhere, kind, at(10, 15), request=request)
    key = Appointment._meta.pk.get_db_prep_value

    def write_sql():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE scheduling_appointment SET patient_id = %s WHERE id = %s",
                [key(visit.patient_id, connection), key(other.pk, connection)],
            )

    def update():
        Appointment.objects.filter(pk=other.pk).update(patient=visit.patient)

    assert refused(write_sql if by == "raw SQL" else update)


def test_guard_with_ignored_conflicts_lets_no_overlap_in(visit, clinician, kind):
    row = unsaved_visit(clinician, kind, at(10))

    refused(lambda: Appointment.objects.bulk_create([row], ignore_conflicts=True))

    assert list(Appointment.objects.all()) == [visit]


def test_guard_refuses_raw_sql(visit, clinician, kind):
    other = make_visit(clinician, kind, at(11))

    def write():
        with connection.cursor() as cursor:
            names = ", ".join(f"{name} = source.{name}" for name in times_of(visit))
            key = Appointment._meta.pk.get_db_prep_value
            cursor.execute(
                f"UPDATE scheduling_appointment SET {names} FROM scheduling_appointment source "
                "WHERE source.id = %s AND scheduling_appointment.id = %s",
                [key(visit.pk, connection), key(other.pk, connection)],
            )

    assert refused(write)


def test_guard_sees_microseconds(clinician, kind):
    tick = dt.timedelta(microseconds=1)
    make_visit(clinician, kind, at(10) + tick)

    assert refused(lambda: make_visit(clinician, kind, at(10, 45)))
    assert not refused(lambda: make_visit(clinician, kind, at(10, 45) + tick))


@pytest.mark.parametrize(
    "text",
    ["2026-12-01T10:00:00Z", "2026-12-01 10:00:00+00:00", "2026-12-01 10:00", "2026-12-01 10:00:00.5", "20261201", ""],
)
def test_sqlite_refuses_times_that_do_not_sort_as_text(visit, text):
    def write():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE scheduling_appointment SET starts_at = %s", [text])

    if connection.vendor == "sqlite":
        assert refused(write)
    else:  # PostgreSQL has a type for instants
        assert Appointment._meta.get_field("starts_at").db_type(connection) == "timestamp with time zone"


def test_times_in_another_zone_are_stored_as_the_same_instant(clinician, kind):
    east = dt.timezone(dt.timedelta(hours=5, minutes=45))
    make_visit(clinician, kind, at(10).astimezone(east))

    assert refused(lambda: make_visit(clinician, kind, at(10)))


def test_times_out_of_order_are_refused(clinician, kind):
    visit = unsaved_visit(clinician, kind, at(10), ends_at=at(9))

    assert refused(lambda: visit.save(force_insert=True))


def test_one_live_visit_for_a_request(visit, clinician, kind):
    assert refused(lambda: make_visit(clinician, kind, at(11, 30), request=visit.request))


def test_booking_key_is_used_once(visit, clinician, kind):
    assert refused(lambda: make_visit(clinician, kind, at(11, 30), booking_key=visit.booking_key))


def test_guard_stands_after_migrate_and_is_missed_when_gone():
    triggers.drop_all(connection)
    gone = triggers.missing(connection)

    call_command("migrate", verbosity=0)

    guards = [name for name in gone if name.startswith("appointment_")]
    assert len(guards) == (6 if connection.vendor == "sqlite" else 0)
    assert triggers.missing(connection) == []


def test_guard_is_checked_by_name_on_both_engines(visit, clinician, kind):
    with pytest.raises(IntegrityError, match="appointment_no_overlap_for_clinician"), transaction.atomic():
        make_visit(clinician, kind, at(10))
    with pytest.raises(IntegrityError, match="appointment_no_overlap_for_patient"), transaction.atomic():
        make_visit(Clinician.objects.create(name="Dr. C"), kind, at(10), request=None, patient=visit.patient)


def test_a_random_mix_of_writes_never_leaves_an_overlap(clinician, kind):
    for step in range(60):
        start = at(9) + dt.timedelta(minutes=step * 37 % 180)
        refused(lambda start=start: make_visit(clinician, kind, start, booking_key=uuid.uuid4()))

    ranges = sorted(Appointment.objects.values_list("occupied_from", "occupied_until"))
    assert len(ranges) > 1
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(ranges))
