import datetime as dt
import importlib

import pytest
import time_machine

from clinic.roles import Role
from scheduling.errors import IllegalMoveError
from scheduling.models import Appointment, AppointmentEvent, Clinician, ScheduleException, WorkingHours
from scheduling.stranding import keep_stranded, stranded_visits
from scheduling.tests.admin_steps import staff, url
from scheduling.tests.factories import NOW, TUESDAY, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(clinician, kind):
    return make_visit(clinician, kind, at(10))


def reasons():
    return [one.reason for one in stranded_visits()]


def closure(**changes):
    said = {"date": "2026-12-01", "effect": "closed", "clinician": "", "reason": "Snow"}
    return {**said, **changes}


def test_visit_within_the_rules_is_not_stranded(visit):
    assert stranded_visits() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda _kind, _clinician: WorkingHours.objects.update(ends=dt.time(10, 15)),
            "It lies outside the working hours of Dr. Dana Rivers.",
        ),
        (
            lambda _kind, _clinician: WorkingHours.objects.update(valid_until=dt.date(2026, 11, 30)),
            "It lies outside the working hours of Dr. Dana Rivers.",
        ),
        (
            lambda _kind, _clinician: ScheduleException.objects.create(date=TUESDAY, reason="Snow"),
            "The clinic is closed then: Snow.",
        ),
        (
            lambda _kind, clinician: ScheduleException.objects.create(date=TUESDAY, clinician=clinician),
            "Dr. Dana Rivers is away then.",
        ),
        (
            lambda _kind, clinician: ScheduleException.objects.create(
                date=TUESDAY, clinician=clinician, starts=dt.time(10, 29), ends=dt.time(11), reason="School"
            ),
            "Dr. Dana Rivers is away then: School.",
        ),
        (
            lambda _kind, _clinician: Clinician.objects.update(is_bookable=False),
            "Dr. Dana Rivers cannot be booked any more.",
        ),
        (lambda kind, _clinician: kind.clinicians.clear(), "Dr. Dana Rivers does not hold Free consultation any more."),
        (lambda kind, _clinician: type(kind).objects.update(is_active=False), "Free consultation is switched off."),
    ],
    ids=[
        "hours cut",
        "hours ended",
        "clinic closed",
        "away",
        "away for a part",
        "clinician off",
        "not held",
        "type off",
    ],
)
def test_visit_is_stranded_when_a_rule_is_taken_away(visit, kind, clinician, change, says):
    change(kind, clinician)

    assert reasons() == [says]


@pytest.mark.parametrize(
    "times",
    [(dt.time(10, 30), dt.time(11)), (dt.time(9), dt.time(10))],
    ids=["closed from its end", "closed until its start"],
)
def test_visit_that_a_closure_touches_is_not_stranded(visit, times):
    ScheduleException.objects.create(date=TUESDAY, starts=times[0], ends=times[1])

    assert stranded_visits() == []


@pytest.mark.parametrize("status", ["cancelled_by_patient", "cancelled_by_clinic", "no_show", "completed"])
def test_visit_that_does_not_stand_is_not_stranded(clinician, kind, status):
    make_visit(clinician, kind, at(10), status=status)
    ScheduleException.objects.create(date=TUESDAY)

    assert stranded_visits() == []


def test_visit_of_the_past_is_not_stranded(clinician, kind):
    make_visit(clinician, kind, at(8, 30, day=NOW.date()))

    assert stranded_visits() == []


def test_visit_of_a_clinician_in_another_zone_is_read_by_their_clock():
    clinician = make_clinician(zone="America/New_York")
    make_visit(clinician, make_type([clinician]), at(8, 30))  # 09:30 there
    make_visit(clinician, make_type([clinician]), at(11, 30))  # 12:30 there: they work until noon

    assert [one.visit.starts_at for one in stranded_visits()] == [at(11, 30)]


@pytest.mark.parametrize("visits", [1, 6])
def test_stranded_visits_cost_the_same_queries(clinician, kind, visits, django_assert_num_queries):
    for number in range(visits):
        other = make_clinician(f"Dr. {number}")
        make_visit(other, make_type([other]), at(9))
    ScheduleException.objects.create(date=TUESDAY, reason="Snow")
    stranded_visits()

    with django_assert_num_queries(9):
        assert len(stranded_visits()) == visits


# --- The desk's list -----------------------------------------------------------------------------------


def test_list_of_visits_to_move_names_them_and_one_may_stand(client, visit):
    user = staff(client, Role.FRONT_DESK)
    ScheduleException.objects.create(date=TUESDAY, reason="Snow")

    shown = client.get("/admin/desk/stranded/").content.decode()
    answer = client.post(f"/admin/desk/stranded/{visit.pk}/keep/", follow=True).content.decode()

    assert "The clinic is closed then: Snow." in shown
    assert "None. Every visit to come lies within the rules." in answer
    event = AppointmentEvent.objects.get()
    assert (event.event, event.made_by) == ("kept outside the rules", user)


def test_long_list_of_visits_to_move_has_pages_and_reads_only_the_shown_visits(client, clinician, kind, monkeypatch):
    monkeypatch.setattr(importlib.import_module("scheduling.views.stranded"), "SHOWN", 2)
    staff(client, Role.FRONT_DESK)
    visits = [make_visit(clinician, kind, at(hour)) for hour in (9, 11, 13)]
    ScheduleException.objects.create(date=TUESDAY, reason="Snow")

    pages = [client.get(f"/admin/desk/stranded/?page={number}") for number in (1, 2, "x")]

    shown = [[one.visit for one in page.context["stranded"]] for page in pages]
    assert shown == [visits[:2], visits[2:], visits[:2]]
    assert "Page 1 of 2, 3 visits" in " ".join(pages[0].content.decode().split())


def test_list_of_visits_to_move_lets_readers_only_read(client, visit):
    staff(client, Role.AUDITOR)
    ScheduleException.objects.create(date=TUESDAY)

    assert "Keep it" not in client.get("/admin/desk/stranded/").content.decode()
    assert client.post(f"/admin/desk/stranded/{visit.pk}/keep/").status_code == 403
    assert Appointment.objects.get().is_outside_hours is False


def test_kept_visit_that_a_later_closure_strands_is_asked_about_and_listed_again(client, manager, clinician, kind):
    visit = make_visit(clinician, kind, at(16), is_outside_hours=True)

    asked = client.post(url("scheduleexception_add"), closure())
    client.post(url("scheduleexception_add"), closure(stranding_ok=asked.context["stranding_ok"]))

    assert [one.visit for one in stranded_visits()] == [visit]


def test_keeping_twice_is_one_decision_and_a_cancelled_visit_cannot_be_kept(visit, manager):
    keep_stranded(appointment=visit, by=manager)
    keep_stranded(appointment=visit, by=manager)
    Appointment.objects.update(status="cancelled_by_clinic")

    with pytest.raises(IllegalMoveError, match="cancelled by clinic meanwhile"):
        keep_stranded(appointment=visit, by=manager)
    assert AppointmentEvent.objects.count() == 1
