"""Guessing at the second step is stopped for an account, in every process and after a restart. Failures are written down."""

import datetime as dt
import logging

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache

from clinic.accounts.tests.test_second_factor import SECRET, code_now, give_code, give_password
from clinic.logs import AllowListFormatter
from clinic.tests.admin_steps import PASSWORD, staff

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
CONFIRM = "/admin/account/confirm/"


@pytest.fixture(autouse=True)
def clock(settings):
    settings.STAFF_MFA = "required"
    cache.clear()  # allauth remembers used codes there, and the clock stands in each test
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


@pytest.fixture
def desk():
    user = staff("desk@clinic.example", "Front desk")
    TOTP.activate(user, SECRET)
    return user


def guess(client, times=10, page="/admin/second-step/"):
    """Wrong codes, each in a process that knows of none before."""
    answers = []
    for _try in range(times):
        cache.clear()
        answers.append(client.post(page, {"code": "000000"}).status_code)
    return answers


def is_in(client):
    return "_auth_user_id" in client.session


def test_guessing_codes_is_stopped_and_says_when_to_come_back(client, desk):
    give_password(client)
    guesses = guess(client)

    answer = give_code(client, code_now())

    assert (guesses, answer.status_code, answer["Retry-After"]) == ([200] * 10, 429, "900")
    assert "Wait 15 minutes" in answer.text
    assert not is_in(client)


def test_right_code_opens_after_the_wait(client, desk, clock):
    give_password(client)
    guess(client, times=12)
    clock.shift(dt.timedelta(minutes=15))
    give_password(client)

    give_code(client, code_now())

    assert is_in(client)


def test_another_browser_does_not_start_the_count_again(client, desk):
    give_password(client)
    guess(client)
    client.cookies.clear()
    give_password(client)

    assert give_code(client, code_now()).status_code == 429


def test_colleague_is_not_hindered(client, desk):
    give_password(client)
    guess(client)
    client.cookies.clear()
    TOTP.activate(staff("colleague@clinic.example", "Front desk"), SECRET)
    client.post("/admin/login/", {"username": "colleague@clinic.example", "password": PASSWORD, "next": "/admin/"})

    give_code(client, code_now())

    assert is_in(client)


def test_recovery_codes_are_counted_too_and_one_that_was_refused_is_not_spent(client, desk, clock):
    code = RecoveryCodes.activate(desk).get_unused_codes()[0]
    give_password(client)
    for guessed in range(10):
        give_code(client, f"0000000{guessed}")
    refused = give_code(client, code)
    clock.shift(dt.timedelta(minutes=15))
    give_password(client)

    give_code(client, code)

    assert refused.status_code == 429
    assert is_in(client)


def test_code_that_is_asked_for_again_is_counted_with_those_at_the_login(client, desk, clock):
    give_password(client)
    guess(client, times=4)
    give_code(client, code_now())
    guess(client, times=5, page=f"{CONFIRM}code/")

    answer = client.post(f"{CONFIRM}code/", {"code": code_now()})

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")


def test_password_that_is_asked_for_again_is_counted_with_those_at_the_lock(client, settings):
    settings.STAFF_MFA = "optional"
    staff("desk@clinic.example", "Front desk")
    give_password(client)
    for _try in range(5):
        client.post("/admin/account/unlock/", {"unlock_password": "wrong"})
        client.post(CONFIRM, {"password": "wrong"})
        cache.clear()

    answer = client.post(CONFIRM, {"password": PASSWORD})

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in answer.text


def test_old_password_on_the_page_for_a_new_one_is_counted_too(client, settings):
    settings.STAFF_MFA = "optional"
    person = staff("desk@clinic.example", "Front desk")
    give_password(client)
    new = {"new_password1": "a wholly other phrase 7", "new_password2": "a wholly other phrase 7"}
    for _try in range(10):
        client.post("/admin/password_change/", {"old_password": "wrong", **new})

    answer = client.post("/admin/password_change/", {"old_password": PASSWORD, **new}, follow=True)

    person.refresh_from_db()
    assert "Wait 15 minutes" in answer.text
    assert person.check_password(PASSWORD)


def test_failed_passkeys_use_up_no_codes(client, desk):
    give_password(client)
    for _try in range(11):
        client.post("/admin/second-step/", {"credential": '{"id": "x"}'})

    give_code(client, code_now())

    assert is_in(client)


def test_each_failed_password_code_and_passkey_leaves_one_line_that_names_nobody(client, desk, caplog):
    caplog.set_level(logging.INFO)
    client.post("/admin/login/", {"username": desk.email, "password": "a wrong one"})
    give_password(client)
    guess(client)
    client.post("/admin/second-step/", {"credential": '{"id": "x"}'})
    give_code(client, code_now())

    lines = [record for record in caplog.records if record.msg == "login failed"]
    written = "\n".join(AllowListFormatter().format(line) for line in lines)
    said = [(line.kind, line.state) for line in lines]
    assert said == [("password", "wrong"), *[("code", "wrong")] * 10, ("passkey", "wrong"), ("code", "too_many")]
    assert [word for word in (desk.email, "a wrong one", "000000", code_now(), PASSWORD) if word in written] == []


def test_password_of_an_account_that_waits_leaves_a_line_that_says_so(client, desk, caplog):
    for _try in range(11):
        client.post("/admin/login/", {"username": desk.email, "password": "wrong"})

    states = [record.state for record in caplog.records if record.msg == "login failed"]
    assert states == ["wrong"] * 9 + ["too_many"] * 2
