import datetime as dt

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from clinic import subjects
from clinic.admin import DeskTaskAdmin
from clinic.models import DeskTask, User
from clinic.roles import Role
from clinic.tests.admin_steps import PASSWORD, a_task, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = staff("desk@clinic.example", Role.FRONT_DESK)
    client.force_login(user)
    return user


@pytest.fixture
def admin_list(client):
    client.force_login(User.objects.create_superuser("root@clinic.example", PASSWORD))


@pytest.mark.parametrize("count", [1, 3])
def test_task_list_takes_the_same_number_of_queries(client, desk, django_assert_num_queries, count):
    for number in range(count):
        a_task(number, claimed_by=desk)

    with django_assert_num_queries(7):
        assert client.get(reverse("admin:clinic_desktask_changelist")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({}, ["Call back 2", "Call back 3"]),
        ({"show": "closed"}, ["Call back 1"]),
        ({"show": "all"}, ["Call back 2", "Call back 3", "Call back 1"]),
        ({"q": "back"}, ["Call back 2", "Call back 3", "Call back 1"]),
    ],
)
def test_task_list_holds_open_ones_by_time_unless_asked_for_more(client, desk, asked, titles):
    a_task(1, closed_at=timezone.now())
    a_task(3)
    a_task(2)

    page = client.get(reverse("admin:clinic_desktask_changelist"), asked)

    assert [task.title for task in page.context["cl"].result_list] == titles


def _mark_done(client, *tasks, outcome=""):
    return client.post(
        reverse("admin:clinic_desktask_changelist"),
        {"action": "mark_done", "_selected_action": [task.pk for task in tasks], "reason": outcome},
        follow=True,
    )


def test_task_marked_done_keeps_who_and_how(client, desk):
    task = a_task()

    answer = _mark_done(client, task, outcome="Reached, booked")

    task.refresh_from_db()
    assert "1 done." in answer.text
    assert (task.closed_by, task.outcome, task.closed_at is not None) == (desk, "Reached, booked", True)


def test_task_marked_done_without_an_outcome_stays_open(client, desk):
    task = a_task()

    answer = _mark_done(client, task)

    task.refresh_from_db()
    assert "Write how it ended" in answer.text
    assert task.closed_at is None


def test_task_that_somebody_closed_keeps_the_first_outcome(client, desk):
    task = a_task(closed_at=timezone.now(), outcome="Voicemail")

    _mark_done(client, task, outcome="Reached")

    task.refresh_from_db()
    assert task.outcome == "Voicemail"


def test_bulk_action_says_what_was_done_and_what_was_not(client, desk):
    colleague = staff("dana@clinic.example", Role.FRONT_DESK)
    tasks = [a_task(number) for number in range(200)]
    for task in tasks[:3]:
        DeskTask.objects.filter(pk=task.pk).update(closed_at=timezone.now(), closed_by=colleague, outcome="Voicemail")

    answer = _mark_done(client, *tasks, outcome="Reached")

    assert "197 done." in answer.text
    assert answer.text.count("dana@clinic.example was faster: Voicemail. What you wrote was: Reached") == 3
    assert DeskTask.objects.filter(outcome="Reached", closed_by=desk).count() == 197


def test_second_of_two_on_the_page_of_a_task_sees_the_first_and_overwrites_nothing(client, desk):
    task, colleague = a_task(), staff("dana@clinic.example", Role.FRONT_DESK)
    page = reverse("admin:clinic_desktask_change", args=[task.pk])
    client.get(page)
    DeskTask.objects.filter(pk=task.pk).update(closed_at=timezone.now(), closed_by=colleague, outcome="Voicemail")

    answer = client.post(page, {"outcome": "Reached"}, follow=True)

    task.refresh_from_db()
    assert (task.outcome, task.closed_by, task.closed_at is not None) == ("Voicemail", colleague, True)
    assert "dana@clinic.example was faster: Voicemail. What you wrote was: Reached" in answer.text
    assert "changed successfully" not in answer.text


def test_task_with_an_outcome_written_on_its_page_is_closed(client, desk):
    task = a_task()

    client.post(reverse("admin:clinic_desktask_change", args=[task.pk]), {"outcome": "Reached"})

    task.refresh_from_db()
    assert (task.outcome, task.closed_by) == ("Reached", desk)


def test_task_leads_to_what_it_is_about(client, desk, monkeypatch):
    monkeypatch.setitem(subjects._url_names, "intake.request", "admin:clinic_desktask_change")

    page = client.get(reverse("admin:clinic_desktask_change", args=[a_task().pk])).text

    assert 'href="/admin/clinic/desktask/11111111-2222-3333-4444-555555555555/change/"' in page


def test_task_is_not_added_or_deleted_by_hand(client, admin_list):
    assert client.get(reverse("admin:clinic_desktask_add")).status_code == 403
    assert client.post(reverse("admin:clinic_desktask_delete", args=[a_task().pk])).status_code == 403


def test_late_is_an_open_task_past_its_time():
    page = DeskTaskAdmin(DeskTask, admin.site)
    past = timezone.now() - dt.timedelta(minutes=1)

    assert page.is_late(DeskTask(due_at=past)) is True
    assert page.is_late(DeskTask(due_at=past, closed_at=past)) is False


@pytest.mark.parametrize(("role", "is_told"), [(Role.FRONT_DESK, True), (Role.CLINICIAN, True), (Role.AUDITOR, False)])
def test_that_a_clinician_must_call_is_not_for_who_only_audits(client, role, is_told):
    task = a_task(kind=DeskTask.Kind.SAFETY, title="Nobody is on call")
    client.force_login(staff("reader@clinic.example", role))

    listed = client.get(reverse("admin:clinic_desktask_changelist")).text
    one = client.get(reverse("admin:clinic_desktask_change", args=[task.pk]))

    assert ("Nobody is on call" in listed, one.status_code == 200) == (is_told, is_told)


@pytest.mark.parametrize("chosen", [["nonsense"], ["", "1"], ["11111111-2222-3333-4444-55555555555"]])
def test_chosen_rows_that_cannot_be_rows_are_said_to_be_gone(client, desk, chosen):
    page = reverse("admin:clinic_desktask_changelist") + "?kind=call_back"

    answer = client.post(page, {"action": "mark_done", "reason": "Done", "_selected_action": chosen}, follow=True)

    assert (answer.status_code, answer.redirect_chain) == (200, [(page, 303)])
    assert "What was chosen is not on this list. Choose again." in answer.text
