import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from scheduling.models import (
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Location,
    Mode,
    ScheduleException,
    WorkingHours,
)
from scheduling.tests.factories import TUESDAY, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db


def test_names_read_as_people_say_them():
    clinician = make_clinician()
    kind = make_type([clinician])
    visit = make_visit(clinician, kind, at(10))
    event = AppointmentEvent.objects.create(appointment=visit, event="booked", source="web", starts_at=visit.starts_at)

    assert [str(one) for one in (clinician, kind, visit, Location(name="North"))] == [
        "Dr. Dana Rivers",
        "Free consultation",
        "Free consultation 2026-12-01 16:00 UTC",
        "North",
    ]
    assert str(clinician.working_hours.get(weekday=1)) == "Tuesday 09:00-12:00"
    assert str(ScheduleException(date=TUESDAY, effect="closed")) == "Closed 2026-12-01"
    assert str(event).startswith("booked 2")


@pytest.mark.parametrize(
    "changes",
    [{"duration": 0}, {"slot_step": 0}, {"duration": 721}, {"buffer_before": 361}, {"buffer_after": 361}],
)
def test_type_with_lengths_that_make_no_sense_is_refused_by_the_database(changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_type(**changes)


def test_type_with_a_day_long_visit_is_told_in_the_form():
    kind = AppointmentType(name="Long", slug="long", duration=721)

    with pytest.raises(ValidationError) as refusal:
        kind.clean_fields(exclude=["modes"])

    assert sorted(refusal.value.message_dict) == ["duration"]


@pytest.mark.parametrize(
    ("modes", "expected"), [([], [Mode.IN_PERSON]), (["phone", "video"], [Mode.PHONE, Mode.VIDEO])]
)
def test_offered_modes(modes, expected):
    assert AppointmentType(modes=modes).offered_modes == expected


def test_hours_that_end_before_they_start_are_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkingHours.objects.create(clinician=make_clinician(), weekday=0, starts=dt.time(17), ends=dt.time(9))


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "open"},
        {"effect": "closed", "starts": dt.time(9)},
        {"effect": "closed", "ends": dt.time(9)},
        {"effect": "closed", "starts": dt.time(9), "ends": dt.time(8)},
    ],
)
def test_exception_with_half_its_times_is_refused(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduleException.objects.create(date=TUESDAY, **fields)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("booked", (True, False)),
        ("confirmed", (True, False)),
        ("arrived", (True, False)),
        ("completed", (False, False)),
        ("no_show", (False, False)),
        ("cancelled_by_patient", (False, True)),
        ("cancelled_by_clinic", (False, True)),
    ],
)
def test_visit_is_live_or_cancelled_by_its_status(status, expected):
    visit = Appointment(status=status)

    assert (visit.is_live, visit.is_cancelled) == expected


def test_visit_can_be_changed_until_the_cut_off_of_its_type():
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician], change_cutoff=90), at(10))

    assert visit.change_ends_at == at(8, 30)


@pytest.mark.parametrize("write", [lambda rows: rows.update(reason="x"), lambda rows: rows.delete()])
def test_history_of_a_visit_only_grows(write):
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(10))
    AppointmentEvent.objects.create(appointment=visit, event="booked", source="web", starts_at=visit.starts_at)

    with pytest.raises(IntegrityError), transaction.atomic():
        write(AppointmentEvent.objects.all())

    assert AppointmentEvent.objects.get().reason == ""


def test_postgresql_has_the_exclusion_constraints_and_sqlite_does_without():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "scheduling_appointment")

    names = sorted(name for name in found if name.startswith("appointment_no_overlap"))
    expected = ["appointment_no_overlap_for_clinician", "appointment_no_overlap_for_patient"]
    assert names == (expected if connection.vendor == "postgresql" else [])


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Front desk", ["add_appointment", "change_appointment", "change_visitoutcome"]),
        ("Clinician", ["change_visitoutcome"]),
        ("Medical director", ["change_visitoutcome"]),
        ("Auditor", []),
    ],
)
def test_roles_may_change_only_their_part_of_the_schedule(role, expected):
    rights = Group.objects.get(name=role).permissions.filter(content_type__app_label="scheduling")

    names = sorted(rights.values_list("codename", flat=True))
    assert [name for name in names if not name.startswith("view_")] == expected
    views = {name.removeprefix("view_") for name in names if name.startswith("view_")}
    assert views - {"reports"} == {
        "appointment",
        "appointmentevent",
        "appointmenttype",
        "clinician",
        "location",
        "scheduleexception",
        "visitoutcome",
        "waitlistentry",
        "waitlistoffer",
        "workinghours",
    }
    assert ("reports" in views) is (role != "Clinician")


def test_manager_keeps_the_rules_and_never_deletes_a_visit():
    rights = Group.objects.get(name="Manager").permissions.filter(content_type__app_label="scheduling")

    deletes = sorted(rights.filter(codename__startswith="delete_").values_list("codename", flat=True))
    assert deletes == [
        f"delete_{model}" for model in ("appointmenttype", "clinician", "location", "scheduleexception", "workinghours")
    ]
