"""A fresh second step before emergency access: an open screen and a password are not enough."""

import datetime as dt

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.urls import reverse

from clinic.accounts.tests.test_second_factor import SECRET, code_now, give_code, give_password
from clinic.tests.admin_steps import PASSWORD, staff
from intake.openings import openings
from intake.tests.factories import make_request

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
REASON = "Ambulance crew asks for medicines, nobody is here"


@pytest.fixture
def clock():
    cache.clear()  # allauth remembers used codes there, and the clock stands in each test
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


@pytest.fixture
def asking(clock):
    return reverse("review:emergency", args=[make_request().patient_id])


@pytest.fixture
def desk(client, clock, settings):
    settings.STAFF_MFA = "required"
    user = staff("desk@clinic.example", "Front desk")
    TOTP.activate(user, SECRET)
    give_password(client)
    give_code(client, code_now())
    return user


def asks_for(answer):
    return answer.headers.get("Location", "").partition("?")[0]


def test_code_given_at_the_login_holds_for_five_minutes(client, desk, asking, clock):
    clock.shift(dt.timedelta(minutes=4, seconds=59))
    fresh = client.get(asking)
    clock.shift(dt.timedelta(seconds=1))

    assert fresh.status_code == 200
    assert asks_for(client.get(asking)) == "/admin/account/confirm/code/"


def test_password_alone_does_not_do_for_who_has_codes(client, desk, asking, clock):
    clock.shift(dt.timedelta(minutes=6))
    client.post("/admin/account/confirm/", {"password": PASSWORD})

    assert asks_for(client.get(asking)) == "/admin/account/confirm/code/"


def test_sentence_that_was_typed_meanwhile_is_kept_and_done_once_the_code_is_given(client, desk, asking, clock):
    clock.shift(dt.timedelta(minutes=6))
    asked = client.post(asking, {"reason": REASON})
    before = openings().count()

    client.post(asked.headers["Location"], {"code": code_now(), "next": asking})

    assert (before, openings().get().reason) == (0, REASON)


def test_code_opens_once(client, desk, asking, clock):
    clock.shift(dt.timedelta(minutes=6))
    code = code_now()
    client.post("/admin/account/confirm/code/", {"code": code, "next": asking})
    clock.shift(dt.timedelta(seconds=1))

    again = client.post("/admin/account/confirm/code/", {"code": code, "next": asking})

    assert again.status_code == 200
    assert "account-errors" in again.text


def test_who_has_no_codes_is_asked_for_the_password(client, clock, asking):
    client.force_login(staff("desk@clinic.example", "Front desk"))

    asked = client.get(asking)
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": asking})

    assert asks_for(asked) == "/admin/account/confirm/"
    assert client.get(asking).status_code == 200
