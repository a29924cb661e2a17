import datetime as dt

import pytest
import time_machine

from clinic.models import AccessEvent
from clinic.roles import Role
from scheduling.models import Appointment, VisitOutcome
from scheduling.steps import Seen
from scheduling.tests.admin_steps import staff, url
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import at, make_clinician, make_visit
from scheduling.tests.visit_moves import book
from scheduling.transitions import transition
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db
NOON = at(12)


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def clinician():
    return make_clinician(hours=((dt.time(8), dt.time(18)),))


@pytest.fixture
def visit(kind):
    return book(kind, at(14))


def step(client, visit, to, seen=None):
    return client.post(desk_url("step", visit.pk), {"to": to, "seen": str(seen or Seen.of(visit))}, follow=True)


def mark(client, visit, step, seen_step=""):
    return client.post(desk_url("next_step", visit.pk), {"next_step": step, "seen_step": seen_step}, follow=True)


def held(visit):
    return transition(appointment=visit, to=Appointment.Status.COMPLETED, source="staff")


PAGES = ("visit", "step", "cancel", "next_step", "link", "move")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.FRONT_DESK, (200, 405, 200, 405, 200, 200)),
        (Role.MANAGER, (200, 405, 200, 405, 200, 200)),
        (Role.CLINICIAN, (200, 403, 403, 405, 403, 403)),
        (Role.MEDICAL_DIRECTOR, (200, 403, 403, 405, 403, 403)),
        (Role.AUDITOR, (200, 403, 403, 403, 403, 403)),
    ],
)
def test_each_role_opens_its_pages_only(client, visit, role, expected):
    staff(client, role)

    assert tuple(client.get(desk_url(page, visit.pk)).status_code for page in PAGES) == expected


def test_roles_that_only_read_cannot_post(client, visit):
    staff(client, Role.AUDITOR)

    assert {client.post(desk_url(page, visit.pk)).status_code for page in PAGES if page != "visit"} == {403}
    assert Appointment.objects.get().revision == 0


def test_page_records_the_reading_and_offers_the_legal_steps(client, desk, visit):
    page = client.get(desk_url("visit", visit.pk)).content.decode()

    assert [name for name in ("confirmed", "arrived", "completed", "no_show") if f'value="{name}"' in page] == [
        "confirmed",
        "arrived",
        "completed",
    ]
    assert AccessEvent.objects.get().subject_ref == f"scheduling.appointment:{visit.pk}"


def test_unknown_visit_is_not_found(client, desk):
    assert client.get(desk_url("visit", "11111111-2222-3333-4444-555555555555")).status_code == 404


def test_who_did_not_come_is_marked_once_the_visit_has_begun(client, desk, kind, clinician):
    past = make_visit(clinician, kind, at(11))

    page = step(client, past, "no_show").content.decode()

    past.refresh_from_db()
    assert (past.status, "Marked: did not come." in page) == ("no_show", True)


@pytest.mark.parametrize("to", ["cancelled_by_clinic", "booked", "", "gone"])
def test_step_that_the_page_does_not_offer_changes_nothing(client, desk, visit, to):
    page = step(client, visit, to).content.decode()

    visit.refresh_from_db()
    assert (visit.status, "Choose one of the steps" in page) == ("booked", True)


def test_second_of_two_staff_sees_what_happened_and_overwrites_nothing(client, desk, visit):
    seen = Seen.of(visit)
    colleague = staff(client, Role.MANAGER)
    step(client, visit, "completed", seen)
    client.force_login(desk)

    late = step(client, visit, "arrived", seen).content.decode()
    same = step(client, visit, "completed", seen).content.decode()

    visit.refresh_from_db()
    assert visit.status == "completed"
    assert f"somebody was faster: Completed, by {colleague}" in late
    assert "Marked: completed." in same


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.CLINICIAN])
def test_next_step_is_marked_by_desk_and_clinician_and_kept_in_the_history(client, visit, role):
    held(visit)
    user = staff(client, role)

    mark(client, visit, "referred")
    mark(client, visit, "undecided", seen_step="referred")

    outcome = VisitOutcome.objects.get()
    assert (outcome.next_step, outcome.marked_by) == ("undecided", user)
    assert [(event.event, event.reason) for event in visit.events.order_by("id")][2:] == [
        ("next_step", "Referred"),
        ("next_step", "Undecided"),
    ]


def test_next_step_of_a_colleague_is_not_overwritten_unseen(client, desk, visit):
    held(visit)
    mark(client, visit, "referred")

    page = mark(client, visit, "not_suitable").content.decode()
    again = mark(client, visit, "referred").content.decode()

    assert VisitOutcome.objects.get().next_step == "referred"
    assert f"somebody was faster: Referred, by {desk}" in page
    assert "Next step: referred." in again


@pytest.mark.parametrize("chosen", ["referred", "", "cured"])
def test_next_step_needs_a_visit_that_was_held_and_a_step_of_ours(client, desk, visit, chosen):
    mark(client, visit, chosen)

    assert VisitOutcome.objects.count() == 0


def test_list_narrows_to_the_next_step(client, desk, kind, clinician):
    unmarked, referred, coming = (make_visit(clinician, kind, at(hour)) for hour in (9, 10, 15))
    for one in (unmarked, referred):
        held(one)
    mark(client, referred, "referred")

    def found(chosen):
        answer = client.get(url("appointment_changelist"), {"day": "all", "next_step": chosen})
        return {one.pk for one in answer.context["cl"].queryset}

    assert (found("open"), found("referred"), coming.pk in found("open")) == ({unmarked.pk}, {referred.pk}, False)


def move(client, visit, start, **changes):
    said = {"start": value_of(start), "seen": str(Seen.of(visit)), "move": "1"}
    return client.post(desk_url("move", visit.pk), {**said, **changes})


@pytest.mark.parametrize("events", [1, 12])
def test_visit_page_asks_the_database_as_often_with_a_long_history(
    client, desk, visit, events, django_assert_num_queries
):
    for number in range(events):
        to = "confirmed" if number % 2 == 0 else "booked"
        transition(appointment=Appointment.objects.get(), to=Appointment.Status(to), source="staff", by=desk)

    with django_assert_num_queries(12):
        client.get(desk_url("visit", visit.pk))


def test_second_to_cancel_hears_who_was_faster_and_keeps_what_was_typed(client, visit):
    seen = str(Seen.of(visit))
    first = staff(client, Role.MANAGER)
    client.post(desk_url("cancel", visit.pk), {"seen": seen, "reason": "Ill", "asked": "clinic"})
    staff(client, Role.FRONT_DESK)

    answer = client.post(desk_url("cancel", visit.pk), {"seen": seen, "reason": "They called", "asked": "patient"})

    assert answer.status_code == 409
    assert f"Cancelled by clinic, by {first}" in answer.content.decode()
    assert 'value="They called"' in answer.content.decode()
