"""A visit that the clinic calls off, with the way to a new time."""

import pytest

from clinic.models import DeskTask
from notifications.models import Message
from scheduling.messages import visit_ref
from scheduling.tests.factories import NOW, another_request, at, make_visit
from scheduling.tests.visit_moves import book, cancel

pytestmark = pytest.mark.django_db


def test_call_about_a_visit_called_off_closes_when_they_book_again(kind):
    asker = another_request(sms_consent=False, email_consent=False)
    visit = make_visit(kind.clinicians.get(), kind, at(9), request=asker)
    cancel(visit, source="staff", new_times=[])

    book(kind, at(11), asker)

    task = DeskTask.objects.get(subject_ref=visit_ref(visit), kind=DeskTask.Kind.TELL)
    assert (task.closed_at is not None, task.outcome) == (True, "A new time was booked")


def test_letter_leads_to_new_times_and_names_the_nearest(kind):
    visit = make_visit(kind.clinicians.get(), kind, at(9), request=another_request())

    cancel(visit, source="staff", new_times=[at(14)], now=NOW)

    letters = Message.objects.filter(kind="scheduling.called_off")
    assert sorted((one.channel, one.context["free_starts"]) for one in letters) == [
        ("email", ["2026-12-01T20:00:00+00:00"]),
        ("sms", ["2026-12-01T20:00:00+00:00"]),
    ]
    assert {one.context["time_link"] for one in letters} == {f"[[link:time:{visit.request_id}]]"}
