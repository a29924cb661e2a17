import datetime as dt

import pytest

from intake.services import close_request
from scheduling.models import Appointment, ScheduleException, WaitlistEntry
from scheduling.tests.factories import (
    NOW,
    TUESDAY,
    another_request,
    at,
    make_clinician,
    make_type,
    make_visit,
)
from scheduling.tests.visit_moves import book, cancel, move, undo
from scheduling.tests.waiting_steps import ask, fill_monday, later, offer, offered_texts
from scheduling.waiting import services
from scheduling.waiting.selectors import live_entry_of, people_waiting, wanted_times

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clinician():
    return make_clinician(hours=[(dt.time(9), dt.time(10))])  # two times a day


@pytest.fixture
def kind(clinician):
    return make_type([clinician], horizon_days=1)


def wanted(now=NOW):
    """(start, names in order) of what the desk sees."""
    return [(one.start, [asked.waiting.entry.request.name for asked in one.people]) for one in wanted_times(now=now)]


@pytest.fixture(autouse=True)
def _monday_is_full(kind):
    fill_monday(kind)


def test_asking_again_changes_the_wish_and_keeps_the_place(kind, clinician):
    request = another_request()
    first = ask(request, kind, weekdays=[1])

    again = ask(request, kind, now=NOW + HOUR, weekdays=[3, 2], parts_of_day=["morning"], clinician=clinician)

    assert (again.pk, again.created_at) == (first.pk, first.created_at)
    assert (again.weekdays, again.parts_of_day, again.clinician, again.asked_at) == (
        [2, 3],
        ["morning"],
        clinician,
        NOW + HOUR,
    )
    assert WaitlistEntry.objects.count() == 1


def test_stopping_takes_the_offer_back_and_a_new_wish_is_a_new_place(kind, clinician):
    visit, entry = later(kind)
    made = offer(entry, clinician)

    assert services.stop_asking(request=visit.request, reason="Enough", now=NOW) == 1

    made.refresh_from_db()
    assert (made.outcome, live_entry_of(visit.request)) == ("withdrawn", None)
    assert {text.state for text in offered_texts(made)} == {"withdrawn"}
    assert services.stop_asking(request=visit.request, reason="Enough", now=NOW) == 0
    assert ask(visit.request, kind).pk != entry.pk


def test_a_time_freed_by_a_cancelling_is_shown_with_who_waits_longest_first(kind):
    blocker = book(kind, at(9))
    first, _entry = later(kind)
    second = another_request(name="Second")
    ask(second, kind)
    assert wanted() == []

    cancel(blocker, source="staff")

    assert wanted() == [(at(9), [first.request.name, "Second"])]


def test_a_time_freed_by_a_move_is_shown(clinician):
    kind = make_type([clinician], horizon_days=2)
    blocker = book(kind, at(9))
    visit, _entry = later(kind)
    assert wanted() == []

    move(blocker, at(9, day=TUESDAY + dt.timedelta(days=1)))

    assert wanted() == [(at(9), [visit.request.name])]


def test_a_time_freed_by_a_change_of_the_rules_is_shown(kind, clinician):
    closed = ScheduleException.objects.create(
        clinician=clinician, date=TUESDAY, effect="closed", starts=dt.time(9), ends=dt.time(9, 30)
    )
    visit, _entry = later(kind)
    assert wanted() == []

    closed.delete()

    assert wanted() == [(at(9), [visit.request.name])]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, True),
        ({"weekdays": [1]}, True),
        ({"weekdays": [0, 2]}, False),
        ({"parts_of_day": ["morning"]}, True),
        ({"parts_of_day": ["afternoon", "evening"]}, False),
    ],
)
def test_a_wish_narrows_the_times(kind, wish, expected):
    request = another_request()
    ask(request, kind, **wish)

    assert (at(9) in dict(wanted())) is expected


def test_a_wish_for_another_clinician_is_respected(kind):
    other = make_clinician("Dr. Other", hours=())
    ask(another_request(), kind, clinician=other)

    assert wanted() == []


def test_nobody_is_told_of_a_later_time_than_theirs(kind):
    visit = book(kind, at(9))
    ask(visit.request, kind)

    assert wanted() == []


def test_nobody_is_offered_a_time_at_which_they_are_seen_elsewhere(kind):
    visit, _entry = later(kind)
    elsewhere = make_clinician("Dr. Else")
    make_visit(elsewhere, make_type([elsewhere]), at(9), patient=visit.patient)

    assert wanted() == []


def test_nobody_is_offered_a_clinician_who_does_not_speak_their_language(kind, clinician):
    visit, _entry = later(kind)
    Appointment.objects.filter(pk=visit.pk).update(language="so")
    assert wanted() == []

    clinician.languages = ["en", "so"]
    clinician.save()

    assert wanted() == [(at(9), [visit.request.name])]


@pytest.mark.parametrize("status", ["cancelled_by_patient", "completed", "no_show"])
def test_who_needs_no_visit_any_more_does_not_wait(kind, status):
    visit, _entry = later(kind)
    Appointment.objects.filter(pk=visit.pk).update(status=status, updated_at=NOW + HOUR)

    assert people_waiting(now=NOW + HOUR) == []


def test_who_undoes_the_cancelling_waits_again_and_so_does_who_asks_again(kind):
    visit, entry = later(kind)
    cancel(visit, now=NOW + HOUR)
    assert people_waiting(now=NOW + HOUR) == []
    undo(visit, now=NOW + HOUR)
    assert [one.entry for one in people_waiting(now=NOW + HOUR)] == [entry]
    cancel(visit, now=NOW + HOUR)

    ask(visit.request, kind, now=NOW + 2 * HOUR)

    assert [(one.entry, one.visit) for one in people_waiting(now=NOW + 2 * HOUR)] == [(entry, None)]


def test_whose_visit_the_clinic_cancelled_goes_on_waiting(kind):
    visit, entry = later(kind)
    cancel(visit, source="staff", now=NOW + HOUR)

    assert [one.entry for one in people_waiting(now=NOW + HOUR)] == [entry]


def test_who_is_too_near_to_change_or_whose_request_is_closed_does_not_wait(kind):
    visit, _entry = later(kind)
    assert people_waiting(now=visit.change_ends_at) == []

    close_request(request=visit.request, reason="Done")

    assert people_waiting(now=NOW) == []


@pytest.mark.parametrize("people", [1, 4])
def test_the_desks_list_asks_the_database_as_often_with_more_people(kind, people, django_assert_num_queries):
    for _ in range(people):
        ask(another_request(), kind)

    with django_assert_num_queries(9):
        assert len(wanted_times(now=NOW)[0].people) == people
