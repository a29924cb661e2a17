import datetime as dt
import uuid

import pytest
import time_machine

from clinic.models import AccessEvent
from clinic.roles import Role
from scheduling.desk.week import gaps
from scheduling.models import Appointment, ScheduleException
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import TUESDAY, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db
HOURS = ((dt.time(8), dt.time(12)), (dt.time(13), dt.time(18)))


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(at(12), tick=False):
        yield


@pytest.fixture
def clinician():
    return make_clinician(hours=HOURS)


@pytest.fixture
def kind(clinician):
    return make_type([clinician], buffer_after=10)


def week(client, clinician, /, **asked):
    return client.get(desk_url("week"), {"clinician": str(clinician.pk), **asked})


def shown(day):
    return [
        (entry.starts_at, entry.ends_at, entry.visit.patient.name if entry.visit else "free") for entry in day.entries
    ]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_the_week_and_it_is_recorded(client, clinician, role):
    staff(client, role)

    assert week(client, clinician).status_code == 200
    assert AccessEvent.objects.get().subject_ref == f"scheduling.clinician:{clinician.pk}"


def test_week_shows_visits_with_the_free_time_between_them(client, clinician, kind):
    staff(client, Role.FRONT_DESK)
    visit = make_visit(clinician, kind, at(9))
    make_visit(clinician, kind, at(15), status=Appointment.Status.CANCELLED_BY_PATIENT)
    make_visit(clinician, kind, at(14), status=Appointment.Status.NO_SHOW)

    answer = week(client, clinician)

    days = answer.context["days"]
    assert [day.date for day in days] == [TUESDAY + dt.timedelta(days=number) for number in range(-1, 6)]
    assert shown(days[1]) == [
        (at(8), at(9), "free"),
        (at(9), at(9, 30), visit.patient.name),
        (at(9, 40), at(12), "free"),
        (at(13), at(18), "free"),
        (at(14), at(14, 30), Appointment.objects.get(status="no_show").patient.name),
    ]
    html = answer.content.decode()
    assert desk_url("move", visit.pk) in html
    assert f"{desk_url('block')}?clinician={clinician.pk}&amp;day=2026-12-01" in html


def test_closures_and_extra_hours_stand_on_their_day(client, clinician):
    staff(client, Role.MANAGER)
    ScheduleException.objects.create(clinician=None, date=TUESDAY, effect="closed", reason="Flood")
    extra = {"effect": "open", "starts": dt.time(19), "ends": dt.time(20)}
    ScheduleException.objects.create(clinician=clinician, date=TUESDAY + dt.timedelta(days=1), **extra)

    answer = week(client, clinician)

    days = answer.context["days"]
    assert (days[1].windows, shown(days[1])) == ([], [])
    assert shown(days[2])[-1][:2] == (at(19) + dt.timedelta(days=1), at(20) + dt.timedelta(days=1))
    assert ("Closed: <bdi>Flood</bdi>" in answer.content.decode(), "effect=open" in answer.content.decode()) == (
        True,
        True,
    )


def test_clinician_who_looks_sees_their_own_week(client, clinician):
    own = make_clinician("Zz Own", user=staff(client, Role.CLINICIAN))

    assert client.get(desk_url("week")).context["clinician"] == own
    assert desk_url("block") not in client.get(desk_url("week")).content.decode()


@pytest.mark.parametrize(
    "asked", [{"week": "x"}, {"week": "2026-13-45"}, {"week": "0001-01-01"}, {"week": "9999-12-31"}, {"clinician": "x"}]
)
def test_nonsense_in_the_address_shows_this_week(client, clinician, asked):
    staff(client, Role.FRONT_DESK)

    answer = week(client, clinician, **asked)

    assert (answer.status_code, answer.context["monday"]) == (200, dt.date(2026, 11, 30))


def test_clinic_without_clinicians_says_so(client):
    staff(client, Role.FRONT_DESK)

    assert "Nobody can be booked yet" in client.get(desk_url("week"), {"clinician": uuid.uuid4()}).content.decode()


def test_week_with_a_change_of_clocks_keeps_wall_time(client, clinician):
    staff(client, Role.FRONT_DESK)

    days = week(client, clinician, week="2027-03-14").context["days"]

    assert [day.windows[0][0].hour for day in days] == [8] * 7


def test_gaps_leave_out_overlaps_and_crumbs():
    windows = [(at(8), at(12))]
    busy = [(at(9), at(10)), (at(9, 30), at(10, 30)), (at(10, 33), at(11)), (at(11), at(13))]

    assert gaps(windows, busy) == [(at(8), at(9))]


@pytest.mark.parametrize("count", [1, 50])
def test_week_asks_the_database_as_often_for_fifty_visits(client, clinician, kind, count, django_assert_num_queries):
    staff(client, Role.FRONT_DESK)
    for number in range(count):
        day, place = divmod(number, 10)
        make_visit(clinician, kind, at(8) + dt.timedelta(days=day, minutes=40 * place))
    week(client, clinician)

    with django_assert_num_queries(13):
        week(client, clinician)
