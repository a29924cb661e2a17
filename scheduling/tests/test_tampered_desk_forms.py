"""Forms of the desk that somebody bent, and pages that grew old: refused with words, nothing else touched."""

import pytest
import time_machine

from clinic.roles import Role
from scheduling.day_changes import Away, call_off_visits, plan_hand_over
from scheduling.models import Appointment
from scheduling.rescheduling import reschedule
from scheduling.tests.admin_steps import staff, url
from scheduling.tests.desk_steps import PHONE, a_call, desk_url
from scheduling.tests.factories import TUESDAY, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_moves import book
from scheduling.views.nearest import nearest_times
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db
EDGES = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:45:00+00:00")


@pytest.fixture(autouse=True)
def _tuesday_morning():
    with time_machine.travel(at(8), tick=False):
        yield


@pytest.fixture
def rivers():
    return make_clinician("Dr. Dana Rivers")


@pytest.fixture
def park():
    return make_clinician("Dr. Jo Park")


@pytest.fixture
def kind(rivers, park):
    return make_type([rivers, park])


def stands(visit):
    return Appointment.objects.get(pk=visit.pk).status


def test_off_sick_touches_no_visit_of_another_clinician(client, desk, kind, rivers, park):
    other = make_visit(park, kind, at(10))

    client.post(desk_url("off_sick"), {"clinician": rivers.pk, "day": TUESDAY.isoformat(), "visit": f"{other.pk}:0"})

    assert stands(other) == "booked"


def test_off_sick_calls_off_no_visit_that_was_moved_since_it_was_read(desk, kind, rivers):
    visit = book(kind, at(10), clinician=rivers)
    old = Appointment.objects.get(pk=visit.pk)
    reschedule(appointment=visit, start=at(11), change_key=visit.booking_key, source="staff", by=desk)

    away = Away(clinician=rivers, first=at(9), last=at(12))
    (done,) = call_off_visits([old], away=away, reason="Flu", by=desk)

    assert (done.is_done, stands(visit)) == (False, "booked")
    assert done.problem.startswith("Somebody was faster: Moved to another time")


@pytest.mark.parametrize("day", ["9999-12-31", "3000-01-01"])
@pytest.mark.parametrize("page", ["off_sick", "hand_over", "block"])
def test_day_at_the_end_of_the_calendar_is_asked_again(client, desk, kind, rivers, park, page, day):
    answer = client.get(desk_url(page), {"clinician": rivers.pk, "to": park.pk, "day": day})

    assert (answer.status_code, answer.context["form"].errors["day"]) == (422, ["Check the year"])


@pytest.mark.parametrize("start", EDGES)
@pytest.mark.parametrize("button", ["times", "book"])
def test_start_at_the_edge_of_the_calendar_books_nothing(client, desk, kind, rivers, start, button):
    said = a_call(kind, start=start, clinician=str(rivers.pk), waive=["hours", "horizon", "notice"])

    answer = client.post(PHONE, {**said, button: "1"})

    assert answer.status_code == {"times": 200, "book": 422}[button]
    assert Appointment.objects.count() == 0


def test_typed_year_beyond_all_visits_is_asked_again(client, desk, kind, rivers):
    said = a_call(kind, start="free", free_day="9999-12-31", free_time="17:45", clinician=str(rivers.pk))

    answer = client.post(PHONE, {**said, "book": "1"})

    assert (answer.status_code, answer.context["form"].errors["free_day"]) == (422, ["Check the year"])


@pytest.mark.parametrize("start", EDGES)
def test_move_to_the_edge_of_the_calendar_moves_nothing(client, desk, kind, rivers, start):
    visit = book(kind, at(10), clinician=rivers)

    answer = client.post(desk_url("move", visit.pk), {"start": start, "mode": "phone", "seen": "booked:0", "move": "1"})

    assert answer.status_code == 422
    assert Appointment.objects.get().starts_at == at(10)


def test_visit_in_a_language_is_handed_only_to_who_speaks_it(kind, rivers, park):
    rivers.languages = ["en", "so"]
    rivers.save()
    visit = book(kind, at(10), clinician=rivers, language="so")

    (fit,) = plan_hand_over([visit], park, now=at(8))

    assert (fit.fits, fit.problem) == (False, "Dr. Jo Park does not speak Somali.")


def test_times_shown_beside_a_visit_are_with_who_speaks_its_language(kind, rivers, park):
    rivers.languages = ["en", "so"]
    rivers.save()
    make_visit(rivers, kind, at(9))  # Dr. Park is free then
    visit = book(kind, at(10), clinician=rivers, language="so")

    found = nearest_times(visit.request, kind, at(9), visit=visit)

    assert next(time.value for group in found.page.groups for time in group.times) == value_of(at(9, 30))


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("appointment_changelist", ["off_sick", "hand_over", "phone"]),
        ("clinician_changelist", ["off_sick", "cancel_day", "hand_over", "block"]),
        ("scheduleexception_changelist", ["block"]),
    ],
)
def test_lists_of_the_admin_lead_to_the_desk_who_may_work_there(client, kind, page, leads_to):
    staff(client, Role.FRONT_DESK)
    text = client.get(url(page)).content.decode()
    staff(client, Role.AUDITOR)
    readers = client.get(url(page)).content.decode()

    assert [name for name in leads_to if f'href="{desk_url(name)}"' in text] == leads_to
    assert [name for name in leads_to if f'href="{desk_url(name)}"' in readers] == []


def test_visit_and_list_of_stranded_visits_lead_to_the_desks_page_of_the_visit(client, desk, kind, rivers):
    visit = make_visit(rivers, kind, at(18))
    there = f'href="{desk_url("visit", visit.pk)}"'

    pages = [
        client.get(path).content.decode() for path in (url("appointment_change", visit.pk), "/admin/desk/stranded/")
    ]

    assert [there in page for page in pages] == [True, True]
