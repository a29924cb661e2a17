"""The list of emergency openings: who reads it, who looks into each, and that nobody settles their own."""

import uuid

import pytest

from clinic.access import record_access
from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.openings import open_answers
from scheduling.desk.next_list import next_rows
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import NOW, another_request

pytestmark = pytest.mark.django_db
PAGE = desk_url("openings")
REASON = "Ambulance crew asks for medicines"


def an_opening(by, **person):
    return open_answers(
        patient=another_request(**person).patient, by=by, reason=REASON, request_id="", page=desk_url("openings")
    )


@pytest.fixture
def dana(client):
    return staff(client, Role.FRONT_DESK)


def look_into(client, event, outcome="Dana was alone; it was right"):
    return client.post(PAGE, {"opening": event.pk, "outcome": outcome}, follow=True)


@pytest.mark.parametrize(
    ("role", "reads", "looks_into"),
    [
        (Role.FRONT_DESK, 403, False),
        (Role.CLINICIAN, 403, False),
        (Role.MEDICAL_DIRECTOR, 200, True),
        (Role.MANAGER, 200, True),
        (Role.AUDITOR, 200, False),
    ],
)
def test_who_reads_the_list_and_who_looks_into_it(client, dana, role, reads, looks_into):
    event = an_opening(dana)
    staff(client, role)

    shown = client.get(PAGE)
    look_into(client, event)

    assert shown.status_code == reads
    assert (REASON in shown.text) == (reads == 200)
    assert DeskTask.objects.filter(kind="opening", closed_at__isnull=False).exists() == looks_into


def test_what_was_found_out_stands_beside_the_opening_once(client, dana):
    event = an_opening(dana)
    staff(client, Role.MANAGER)

    first = look_into(client, event)
    second = look_into(client, event, outcome="Not needed at all")

    assert "it was right" in first.text
    assert "was faster" in second.text
    assert "What you wrote was: Not needed at all" in second.text
    assert DeskTask.objects.get(kind="opening").outcome == "Dana was alone; it was right"


def test_nobody_looks_into_their_own(client):
    boss = staff(client, Role.MANAGER)
    event = an_opening(boss)

    answer = look_into(client, event)

    assert "somebody else looks into it" in answer.text
    assert DeskTask.objects.get(kind="opening").closed_at is None
    assert 'name="outcome"' not in client.get(PAGE).text


@pytest.mark.parametrize("sent", [{}, {"opening": "x"}, {"opening": "9" * 30}])
def test_nonsense_and_an_empty_word_close_nothing(client, dana, sent):
    event = an_opening(dana)
    staff(client, Role.MANAGER)

    answers = [client.post(PAGE, sent, follow=True), look_into(client, event, outcome=" ")]

    assert "out of date" in answers[0].text
    assert "Write what you found out" in answers[1].text
    assert DeskTask.objects.get(kind="opening").closed_at is None


def test_task_is_not_for_the_desk_and_is_closed_on_no_list(client, dana):
    an_opening(dana)
    task = DeskTask.objects.get(kind="opening")
    seen_by_desk = [client.get(path).text for path in (desk_url("next"), "/admin/clinic/desktask/")]
    page = client.get(f"/admin/clinic/desktask/{task.pk}/change/")
    boss = staff(client, Role.MANAGER)
    client.post(desk_url("done"), {"task": task.pk, "outcome": "Gone"})
    client.post(
        "/admin/clinic/desktask/", {"action": "mark_done", "_selected_action": [task.pk], "reason": "Gone"}, follow=True
    )
    client.post(f"/admin/clinic/desktask/{task.pk}/change/", {"outcome": "Gone"})

    task.refresh_from_db()
    assert [task.title in text for text in seen_by_desk] == [False, False]
    assert page.status_code == 302
    assert (task.closed_at, task.outcome) == (None, "")
    assert [reason.page for row in next_rows(now=NOW, may_know=True) for reason in row.reasons if reason.why == "other"] == [PAGE]  # fmt: skip
    assert task.title in client.get(desk_url("next")).text, boss


def test_lost_phones_and_plain_looks_are_not_on_the_list(client, dana):
    for action, subject in (("break_glass", "clinic.user:1"), ("read", f"intake.patient:{uuid.uuid4()}")):
        record_access(by=dana, action=AccessEvent.Action(action), subject_ref=subject)
    staff(client, Role.AUDITOR)

    assert client.get(PAGE).context["lines"] == []


@pytest.mark.parametrize("count", [1, 5])
def test_list_takes_the_same_number_of_queries(client, dana, django_assert_num_queries, count):
    for number in range(count):
        an_opening(dana, name=f"Person {number}")
    staff(client, Role.MANAGER)
    client.get(PAGE)

    with django_assert_num_queries(11):
        client.get(PAGE)


def test_older_ones_are_a_page_further(client, dana, monkeypatch):
    monkeypatch.setattr("scheduling.desk.openings.PAGE", 2)
    events = [an_opening(dana) for _number in range(3)]
    staff(client, Role.AUDITOR)

    first, second = client.get(PAGE), client.get(f"{PAGE}?before={events[1].pk}")

    assert [line.event for line in first.context["lines"]] == [events[2], events[1]]
    assert first.context["older"] == events[1].pk
    assert [line.event for line in second.context["lines"]] == [events[0]]
