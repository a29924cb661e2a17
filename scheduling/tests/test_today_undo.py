import datetime as dt

import pytest
import time_machine

from clinic.roles import Role
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.steps import Seen
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import at, make_clinician, make_visit
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db
NOON = at(12)
TODAY = "/admin/desk/today/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinician():
    return make_clinician(hours=((dt.time(8), dt.time(18)),))


@pytest.fixture
def visit(kind, clinician):
    return make_visit(clinician, kind, at(14))


def rows(client, address=TODAY):
    return client.get(address).context["rows"]


def step(client, visit, to, seen=None):
    said = {"to": to, "seen": str(seen or Seen.of(visit)), "back": TODAY}
    return client.post(desk_url("step", visit.pk), said)


def undo(client, visit, event=None):
    said = {"event": event or visit.events.last().pk, "back": TODAY}
    return client.post(desk_url("undo_step", visit.pk), said, follow=True).content.decode()


@pytest.mark.parametrize("to", ["confirmed", "arrived", "completed", "no_show"])
@pytest.mark.parametrize("before", ["booked", "confirmed", "arrived"])
def test_step_is_taken_back_to_what_stood_before(client, desk, clinician, kind, clock, before, to):
    if before == to or (before, to) == ("arrived", "confirmed"):
        return
    visit = make_visit(clinician, kind, at(11))
    if before != "booked":
        transition(appointment=visit, to=Appointment.Status(before), source="staff", by=desk)
        visit.refresh_from_db()
    step(client, visit, to)
    clock.shift(20)
    (row,) = rows(client)

    page = undo(client, visit, row.undo)

    visit.refresh_from_db()
    assert (visit.status, "Taken back:" in page) == (before, True)
    assert [(one.event, one.made_by) for one in visit.events.all()][-2:] == [(to, desk), ("taken_back", desk)]
    assert rows(client)[0].undo is None


def test_undo_twice_is_one_undo(client, desk, visit, clock):
    step(client, visit, "arrived")
    event = visit.events.last().pk
    clock.shift(5)
    undo(client, visit, event)
    undo(client, visit, event)

    visit.refresh_from_db()
    assert (visit.status, visit.events.count()) == ("booked", 2)


def test_undo_of_a_missed_visit_takes_the_letter_back(client, desk, clinician, kind, clock):
    visit = make_visit(clinician, kind, at(11))
    step(client, visit, "no_show")
    clock.shift(5)

    undo(client, visit)

    assert set(Message.objects.filter(kind="scheduling.missed").values_list("state", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize(("after", "offered", "done"), [(29, True, True), (45, False, True), (61, False, False)])
def test_undo_ends_by_the_clock(client, desk, visit, clock, after, offered, done):
    step(client, visit, "no_show" if visit.starts_at < NOON else "completed")
    clock.shift(after)

    (row,) = rows(client)
    page = undo(client, visit)

    visit.refresh_from_db()
    assert (row.undo is not None, visit.status == "booked") == (offered, done)
    assert ("The time to undo this is over" in page) is not done


def test_colleague_is_not_offered_the_undo_and_cannot_send_it(client, desk, visit, clock):
    step(client, visit, "arrived")
    staff(client, Role.MANAGER)
    clock.shift(5)

    page = undo(client, visit)

    assert rows(client)[0].undo is None
    assert f"somebody was faster: Arrived, by {desk}" in page


def test_undo_after_something_else_happened_changes_nothing(client, desk, visit, clock):
    step(client, visit, "arrived")
    event = visit.events.last().pk
    visit.refresh_from_db()
    step(client, visit, "completed")
    clock.shift(5)

    page = undo(client, visit, event)

    visit.refresh_from_db()
    assert (visit.status, "somebody was faster: Completed" in page) == ("completed", True)


@pytest.mark.parametrize("event", ["", "x", "-1", "9" * 30])
def test_undo_of_nonsense_changes_nothing(client, desk, visit, event):
    assert client.post(desk_url("undo_step", visit.pk), {"event": event}).status_code == 303
