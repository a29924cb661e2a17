"""A password alone opens nothing: the second factor, its set-up, its recovery codes."""

import datetime as dt
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.urls import reverse

from clinic.tests.admin_steps import PASSWORD, staff

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SETUP = "/admin/account/codes/set-up/"


@pytest.fixture(autouse=True)
def _second_factor_is_a_must(settings):
    settings.STAFF_MFA = "required"


@pytest.fixture
def desk():
    return staff("desk@clinic.example", "Front desk")


def code_now(secret=SECRET):
    return format_hotp_value(hotp_value(secret, sorted(yield_hotp_counters_from_time())[1]))


def give_password(client, to="/admin/"):
    return client.post(
        f"/admin/login/?next={to}", {"username": "desk@clinic.example", "password": PASSWORD, "next": to}
    )


def give_code(client, code):
    return client.post("/admin/second-step/", {"code": code})


@pytest.mark.parametrize("path", ["/admin/", "/admin/clinic/desktask/", "/admin/account/", "/admin/nowhere/"])
def test_first_login_leads_to_the_set_up_and_nowhere_else(client, desk, path):
    give_password(client)

    answer = client.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, SETUP)


def test_set_up_shows_picture_and_key_and_then_recovery_codes_once_its_code_is_given(client, desk):
    give_password(client)
    page = client.get(SETUP)
    secret = client.session["mfa.totp.secret"]

    answer = client.post(SETUP, {"code": code_now(secret)}, follow=True)

    assert ("<svg" in page.text, secret in page.text) == (True, True)
    assert answer.redirect_chain == [("/admin/account/recovery-codes/", 302)]
    assert answer.text.count("<li><code>") == 10
    assert client.get("/admin/?lists=1").status_code == 200


def test_wrong_code_at_the_set_up_says_so_and_opens_nothing(client, desk):
    give_password(client)
    client.get(SETUP)

    answer = client.post(SETUP, {"code": "000000"})

    assert "Incorrect code" in answer.text
    assert not Authenticator.objects.exists()
    assert client.get("/admin/").headers["Location"] == SETUP


def test_secret_is_not_in_the_database_as_it_is(client, desk):
    give_password(client)
    client.get(SETUP)
    secret = client.session["mfa.totp.secret"]
    client.post(SETUP, {"code": code_now(secret)})

    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_password_of_an_account_with_codes_opens_no_session_before_the_code(client, desk):
    TOTP.activate(desk, SECRET)

    answer = give_password(client, to="/admin/clinic/desktask/")

    assert answer.headers["Location"] == "/admin/second-step/"
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"


def test_code_opens_the_page_that_was_asked_for(client, desk):
    TOTP.activate(desk, SECRET)
    give_password(client, to="/admin/clinic/desktask/")

    answer = give_code(client, code_now())

    assert answer.headers["Location"] == "/admin/clinic/desktask/"
    assert client.get("/admin/clinic/desktask/").status_code == 200


def test_wrong_code_opens_nothing(client, desk):
    TOTP.activate(desk, SECRET)
    give_password(client)

    answer = give_code(client, "000000")

    assert "Incorrect code" in answer.text
    assert "_auth_user_id" not in client.session


def test_code_is_good_once(client, desk, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }  # as another process sees it
    TOTP.activate(desk, SECRET)
    with time_machine.travel("2026-11-24 15:00:05", tick=False):
        give_password(client)
        give_code(client, code_now())
        client.post("/admin/logout/")
        give_password(client)
        again = give_code(client, code_now())

    assert "used already" in again.text
    assert "_auth_user_id" not in client.session


def test_session_that_came_in_without_the_code_is_ended(client, desk):
    TOTP.activate(desk, SECRET)
    client.force_login(desk)

    answer = client.get("/admin/")

    assert answer.headers["Location"] == "/admin/login/?next=/admin/"
    assert "_auth_user_id" not in client.session


def test_recovery_code_opens_once(client, desk):
    give_password(client)
    client.get(SETUP)
    page = client.post(SETUP, {"code": code_now(client.session["mfa.totp.secret"])}, follow=True)
    code = page.text.partition("<li><code>")[2].partition("</code>")[0]
    client.post("/admin/logout/")

    give_password(client)
    first = give_code(client, code)
    client.post("/admin/logout/")
    give_password(client)
    second = give_code(client, code)

    assert (first.status_code, second.status_code) == (302, 200)


def test_recovery_codes_are_too_many_to_guess(desk):
    codes = RecoveryCodes.activate(desk).get_unused_codes()

    assert (len(codes), len(set(codes))) == (10, 10)
    assert [code for code in codes if not re.fullmatch(r"\d{8}", code)] == []  # 26 bits; ASVS asks for 20


@pytest.mark.parametrize(
    ("seconds", "opens"), [(-60, False), (-30, True), (0, True), (59, True), (60, False), (86_400, False)]
)
def test_code_lives_its_half_minute_and_one_on_either_side(client, desk, seconds, opens):
    cache.clear()  # allauth remembers used codes there, and the clock stands
    began = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
    TOTP.activate(desk, SECRET)
    with time_machine.travel(began, tick=False):
        code = code_now()
    with time_machine.travel(began + dt.timedelta(seconds=seconds), tick=False):
        give_password(client)
        give_code(client, code)

    assert ("_auth_user_id" in client.session) == opens


def test_second_factor_of_an_account_counts_where_it_is_optional_too(client, desk, settings):
    settings.STAFF_MFA = "optional"
    TOTP.activate(desk, SECRET)

    assert give_password(client).headers["Location"] == "/admin/second-step/"


def test_without_codes_an_optional_second_factor_asks_for_nothing(client, desk, settings):
    settings.STAFF_MFA = "optional"

    assert give_password(client).headers["Location"] == "/admin/"
    assert client.get("/admin/?lists=1").status_code == 200


def test_superuser_needs_it_too(client):
    staff("root@clinic.example", is_superuser=True)

    client.post("/admin/login/", {"username": "root@clinic.example", "password": PASSWORD, "next": "/admin/"})

    assert client.get("/admin/").headers["Location"] == SETUP


def test_page_shows_how_one_logs_in(client, desk):
    give_password(client)
    client.get(SETUP)
    client.post(SETUP, {"code": code_now(client.session["mfa.totp.secret"])})

    page = client.get(reverse("mfa_index"))

    assert "Codes from your phone are on" in page.text


def test_older_session_with_the_password_alone_adds_no_codes_beside_a_passkey(client, desk):
    """Somebody with the password was in before the account had a second step; codes were taken away since."""
    give_password(client)
    Authenticator.objects.create(user=desk, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})

    answer = client.get(SETUP)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={SETUP}")
    assert "_auth_user_id" not in client.session
