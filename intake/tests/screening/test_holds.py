"""A link that ended, a visit on hold: nothing is lost, and a person decides."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import DeskTask
from clinic.roles import Role
from intake.models import Screening
from intake.screening import holds
from intake.selectors import requests_on_hold, screening_states
from intake.tests.screening.sitting_steps import BEFORE
from intake.tests.screening.test_staff import page_of, staff

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)


def end_link():
    Screening.objects.update(resumable_until=timezone.now() - dt.timedelta(seconds=1))


@pytest.mark.parametrize("sent", [{"act": "send", "pack": "pre_visit"}, {"act": "extend"}])
def test_staff_see_that_a_link_ended_and_open_it_with_the_answers_in_it(person, sent):
    question = person.start().at
    person.choose("LA6569-3")
    end_link()
    client, _user = staff(Role.FRONT_DESK)
    assert "The link ended" in client.get(page_of(person)).content.decode()

    client.post(page_of(person), {**sent, "sitting": str(person.screening.pk)})

    row = Screening.objects.get()
    assert row.resumable_until > timezone.now() + dt.timedelta(days=6, hours=23)
    assert "The link is open until" in client.get(page_of(person)).content.decode()
    person.get(question)
    assert "checked" in person.text


def test_pack_sent_to_who_wanted_to_tell_in_person_goes_on_in_the_same_sitting(person):
    person.start().choose("LA6569-3")
    person.post(f"{person.home}in-person/")
    client, _user = staff(Role.FRONT_DESK)

    client.post(page_of(person), {"act": "send", "pack": "pre_visit"})

    assert Screening.objects.get().status == "in_progress"


def held(person, year=2012):
    return holds.keep_date_of_birth(screening=person.screening, born=dt.date(year, 1, 2), today=TODAY)


def test_clinician_lifts_the_hold_with_a_reason_and_the_desk_cannot(person):
    held(person)
    what = {"act": "go-ahead", "sitting": str(person.screening.pk), "reason": "Typed 2012 for 1992"}
    assert staff(Role.FRONT_DESK)[0].post(page_of(person), what).status_code == 403
    client, user = staff(Role.CLINICIAN)
    client.post(page_of(person), {**what, "reason": ""})
    assert requests_on_hold([person.screening.request_id]) == {person.screening.request_id}

    client.post(page_of(person), what)

    row = Screening.objects.get()
    assert (row.hold_lifted, row.hold_decided_by, row.hold_reason) == (True, user, "Typed 2012 for 1992")
    assert row.hold_decided_at is not None
    assert not screening_states([row.request_id])[row.request_id].on_hold
    assert DeskTask.objects.get().closed_by == user
    assert "Typed 2012" in client.get(page_of(person)).content.decode()
    assert "Typed 2012" not in staff(Role.FRONT_DESK)[0].get(page_of(person)).content.decode()


def test_clinician_has_the_visit_cancelled_by_the_desk(person):
    held(person)
    client, _user = staff(Role.CLINICIAN)

    what = {"act": "call-off", "sitting": str(person.screening.pk), "reason": "16 years old"}
    client.post(page_of(person), what)

    assert Screening.objects.get().is_held
    open_tasks = DeskTask.objects.filter(closed_at=None)
    assert [(task.kind, task.title) for task in open_tasks] == [
        ("call_back", f"Call and cancel the visit of {person.screening.request.reference}: a clinician decided so")
    ]


def test_lifted_hold_stands_until_another_date_under_18_is_given(person):
    row = held(person)
    _client, user = staff(Role.CLINICIAN)
    holds.decide(screening=row, by=user, goes_ahead=True, reason="Guardian comes along")

    assert not held(person).is_held
    assert held(person, year=2013).is_held
    assert DeskTask.objects.filter(closed_at=None).count() == 1


def test_who_was_let_through_answers_the_questions(person):
    person.post(person.home)
    person.post(born_month="1", born_day="2", born_year=str(timezone.now().year - 16))
    _client, user = staff(Role.CLINICIAN)
    holds.decide(screening=person.screening, by=user, goes_ahead=True, reason="Guardian comes along")

    person.post(f"{person.home}before/", **BEFORE)

    assert person.heading == "Little interest or pleasure in doing things"
