"""A change that no message tells in time is a call, at once."""

import datetime as dt

import pytest
import time_machine

from clinic.access import subject_ref
from clinic.models import DeskTask
from scheduling.tests.factories import TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move

pytestmark = pytest.mark.django_db
WEDNESDAY = TUESDAY + dt.timedelta(days=1)
MONDAY_EVENING = at(22, day=TUESDAY - dt.timedelta(days=1))


def calls(visit):
    tasks = DeskTask.objects.filter(subject_ref=subject_ref("scheduling.appointment", visit.pk), kind="tell")
    return [(task.due_at, task.outcome) for task in tasks.order_by("created_at")]


def visit_at(start, **asker):
    kind = make_type([make_clinician(hours=((dt.time(6), dt.time(20)),))])
    return book(kind, start, asker=another_request(**asker))


@pytest.mark.parametrize(
    ("now", "asker", "start", "expected"),
    [
        (at(7, 59), {}, at(11), 0),  # the text goes at nine, two hours before
        (at(7, 59), {}, at(10, 30), 1),
        (at(9, 1), {}, at(11), 1),
        (MONDAY_EVENING, {}, at(9), 1),
        (MONDAY_EVENING, {}, at(14), 0),
        (MONDAY_EVENING, {"sms_consent": False}, at(14), 1),  # mail of the evening, read too late
        (MONDAY_EVENING, {"sms_consent": False}, at(14, day=WEDNESDAY), 0),
        (MONDAY_EVENING, {"sms_consent": False, "email_consent": False}, at(14, day=WEDNESDAY), 1),
        (at(7), {"phone": "+13105550142"}, at(12), 1),  # Los Angeles: eleven o'clock in Chicago
        (at(7), {"phone": "+13105550142"}, at(13), 0),
    ],
)
def test_cancelled_by_the_clinic_is_called_when_no_message_is_in_time(now, asker, start, expected):
    visit = visit_at(start, **asker)

    with time_machine.travel(now, tick=False):
        cancel(visit, source="staff", now=now)
        cancel(visit, source="staff", now=now)

    assert calls(visit) == [(now, "")] * expected


def test_moved_by_the_clinic_counts_the_time_at_which_the_patient_would_come():
    visit = visit_at(at(10))

    move(visit, at(15, day=WEDNESDAY), source="staff", now=at(9))

    assert calls(visit) == [(at(9), "")]


@pytest.mark.parametrize("change", [{"source": "web"}, {"source": "staff", "on_behalf_of_patient": True}])
def test_who_asked_for_the_change_is_not_called(change):
    moved, cancelled = visit_at(at(13)), visit_at(at(13))

    move(moved, at(15), now=at(9), **change)
    cancel(cancelled, now=at(9), **change)

    assert (calls(moved), calls(cancelled)) == ([], [])


def test_later_change_closes_the_call_about_the_earlier_one():
    visit = visit_at(at(10))
    move(visit, at(11), source="staff", now=at(9))

    move(visit, at(15), source="web", now=at(9) - dt.timedelta(minutes=1))

    assert [outcome for _due, outcome in calls(visit)] == ["The visit was moved again"]
