"""Passkeys as a second step. That a browser's passkey opens a session is walked through in the journey."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from clinic.accounts.invitations import invite
from clinic.accounts.tests.test_second_factor import SECRET, give_password
from clinic.tests.admin_steps import staff

pytestmark = pytest.mark.django_db
ADD = "/admin/account/passkeys/add/"
NONSENSE = [
    "",
    "x",
    "[]",
    "null",
    '"x"',
    '{"id": "x"}',
    '{"id": 1, "rawId": [], "response": "x"}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    pytest.param("[" * 5000, id="deeper than anybody reads"),
]


@pytest.fixture
def desk():
    return staff("desk@clinic.example", "Front desk")


def a_passkey(user):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key"})


def test_page_asks_for_a_passkey_of_this_host_under_the_neutral_name(client, desk):
    give_password(client)

    options = client.get(ADD).context["js_data"]["creation_options"]["publicKey"]

    assert (options["rp"]["id"], options["rp"]["name"]) == ("testserver", "MKWI Care")
    assert options["user"]["name"] == desk.email


@pytest.mark.parametrize("sent", NONSENSE)
def test_what_no_browser_made_becomes_no_passkey(client, desk, sent):
    give_password(client)
    client.get(ADD)

    answer = client.post(ADD, {"name": "Mine", "credential": sent})

    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("sent", NONSENSE)
def test_what_no_browser_made_opens_no_session(client, desk, sent, settings):
    settings.STAFF_MFA = "required"
    TOTP.activate(desk, SECRET)
    give_password(client)

    answer = client.post("/admin/second-step/", {"credential": sent})

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_passkey_alone_is_no_way_in(client, desk):
    assert client.get("/admin/account/passkeys/login/").status_code == 302
    assert client.get("/admin/account/passkeys/").status_code == 302


def test_colleagues_passkey_cannot_be_removed(client, desk):
    theirs = a_passkey(staff("colleague@clinic.example", "Front desk"))
    give_password(client)

    answers = [client.post(f"/admin/account/passkeys/{pk}/remove/") for pk in (theirs.pk, 999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_lost_phone_takes_passkeys_away_too(desk):
    a_passkey(desk)

    invite(user=desk, by=None, without_second_factor=True)

    assert not Authenticator.objects.filter(user=desk).exists()
