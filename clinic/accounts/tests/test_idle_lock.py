"""A desk that was left alone is covered; the password opens it with what was typed."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from clinic.models import DeskTask
from clinic.tests.admin_steps import PASSWORD, a_task, staff

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
LIST = "/admin/clinic/desktask/"


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


@pytest.fixture
def at_work(client, clock):
    user = staff("desk@clinic.example", "Front desk")
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD, "next": "/admin/"})
    return client


def test_page_opens_within_a_quarter_of_an_hour(at_work, clock):
    clock.shift(dt.timedelta(minutes=15))

    assert "Are you still there?" not in at_work.get(LIST).text.partition("idle-cover")[0]


def test_use_moves_the_lock_and_a_day_of_work_ends_all_the_same(at_work, clock):
    for _pause in range(39):
        clock.shift(dt.timedelta(minutes=15))
        assert at_work.get(LIST).status_code == 200
    clock.shift(dt.timedelta(minutes=15, seconds=1))

    answer = at_work.get(LIST)

    assert timezone.now() > MORNING + dt.timedelta(hours=10)
    assert answer.headers["Location"] == f"/admin/login/?next={LIST}"
    assert "_auth_user_id" not in at_work.session


def test_page_left_alone_asks_for_the_password_and_shows_nothing(at_work, clock):
    a_task()
    clock.shift(dt.timedelta(minutes=16))

    answer = at_work.get(LIST)

    assert "Nobody used this page for a while" in answer.text
    assert "Call back 1" not in answer.text


def test_password_opens_the_same_page(at_work, clock):
    clock.shift(dt.timedelta(minutes=16))
    at_work.get(f"{LIST}?q=x")

    answer = at_work.post(f"{LIST}?q=x", {"unlock_password": PASSWORD, "unlock_was": "GET"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}?q=x")
    assert "Are you still there?" not in at_work.get(LIST).text.partition("idle-cover")[0]


def test_wrong_password_keeps_it_covered_and_keeps_what_was_typed(at_work, clock):
    clock.shift(dt.timedelta(minutes=16))

    answer = at_work.post(LIST, {"unlock_password": "wrong", "unlock_was": "POST", "note": "half a sentence"})

    assert answer.status_code == 423
    assert "That is not your password" in answer.text
    assert 'value="half a sentence"' in answer.text


def test_form_sent_after_the_pause_is_kept_and_done_once_the_password_is_given(at_work, clock):
    task = a_task()
    change = f"{LIST}{task.pk}/change/"
    typed = {"outcome": "Reached <her> & booked", "claimed_by": ""}
    clock.shift(dt.timedelta(minutes=16))

    covered = at_work.post(change, typed)
    task.refresh_from_db()
    before = task.outcome
    answer = at_work.post(change, {**typed, "unlock_password": PASSWORD, "unlock_was": "POST"})

    task.refresh_from_db()
    assert (covered.status_code, before) == (423, "")
    assert 'value="Reached &lt;her&gt; &amp; booked"' in covered.text
    assert (answer.status_code, task.outcome) == (302, "Reached <her> & booked")
    assert DeskTask.objects.filter(closed_at__isnull=False).count() == 1


def test_covered_page_opens_itself_by_the_password(at_work, clock):
    clock.shift(dt.timedelta(minutes=16))
    at_work.get(LIST)

    wrong = at_work.post("/admin/account/unlock/", {"unlock_password": "wrong"})
    right = at_work.post("/admin/account/unlock/", {"unlock_password": PASSWORD})

    assert (wrong.status_code, wrong.json()["open"]) == (403, False)
    assert (right.status_code, right.json()) == (200, {"open": True})
    assert at_work.get(LIST).status_code == 200


def test_guessing_at_the_lock_is_stopped(at_work, clock):
    clock.shift(dt.timedelta(minutes=16))
    for _try in range(10):
        at_work.post("/admin/account/unlock/", {"unlock_password": "wrong"})

    answer = at_work.post("/admin/account/unlock/", {"unlock_password": PASSWORD})

    assert (answer.status_code, answer.json()["open"]) == (403, False)
    assert "too many tries" in answer.json()["error"]


def test_page_that_refreshes_itself_is_nobody_at_work(at_work, clock):
    for _refresh in range(4):
        clock.shift(dt.timedelta(minutes=4))
        answer = at_work.get(LIST, headers={"X-Background": "1"})

    assert (answer.status_code, answer.content) == (423, b"")


def test_locked_session_can_log_out(at_work, clock):
    clock.shift(dt.timedelta(minutes=16))
    at_work.get(LIST)

    at_work.post("/admin/logout/")

    assert "_auth_user_id" not in at_work.session
