"""Fields for a password: masked, open to password managers and pasting, and taken letter by letter."""

import datetime as dt
from html.parser import HTMLParser

import pytest
import time_machine
from django.utils import timezone

from clinic import links
from clinic.accounts.invitations import invite
from clinic.models import User
from clinic.tests.admin_steps import PASSWORD, staff

pytestmark = pytest.mark.django_db
IN_THE_WAY = {"value", "maxlength", "pattern", "readonly", "disabled"}
COVER = {"unlock_password": ("password", "current-password", set())}
KNOWN = ("password", "current-password", set())
NEW = ("password", "new-password", set())
LONG = f"  {'lantern otter ' * 300} "
ALTERED = {"stripped": LONG.strip(), "cut": LONG[:-1], "cut at the head": LONG[1:], "lower": LONG.replace("l", "L", 1)}


class _Fields(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and (given.get("type") == "password" or "password" in given.get("name", "")):
            self.found[given["name"]] = (given["type"], given.get("autocomplete"), IN_THE_WAY & given.keys())


def _fields(answer):
    parser = _Fields()
    parser.feed(answer.text)
    return parser.found


@pytest.fixture
def desk():
    return staff("desk@clinic.example", "Front desk")


def log_in(client, password):
    return client.post("/admin/login/", {"username": "desk@clinic.example", "password": password, "next": "/admin/"})


def welcome_page(user):
    return links.path_for("invitation", invite(user=user, by=None).pk)


def test_login_masks_the_password_and_lets_a_manager_fill_it_in(client):
    assert _fields(client.get("/admin/login/")) == {"password": KNOWN}


def test_password_that_was_wrong_is_not_in_the_page(client, desk):
    answer = log_in(client, "not my password")

    assert (_fields(answer), "not my password" in answer.text) == ({"password": KNOWN}, False)


def test_invitation_masks_both_fields_of_a_new_password(client, desk):
    page = welcome_page(desk)

    refused = client.post(page, {"new_password1": "short", "new_password2": "short"})

    assert _fields(client.get(page)) == _fields(refused) == {"new_password1": NEW, "new_password2": NEW}


def test_change_masks_the_old_and_the_new_password(client, desk):
    log_in(client, PASSWORD)

    fields = _fields(client.get("/admin/password_change/"))

    assert fields == {"old_password": KNOWN, "new_password1": NEW, "new_password2": NEW, **COVER}


def test_lock_and_confirmation_mask_the_password(client, desk):
    log_in(client, PASSWORD)
    confirm = _fields(client.get("/admin/account/confirm/"))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        locked = _fields(client.get("/admin/"))

    assert (confirm, locked) == ({"password": KNOWN}, COVER)


def test_password_counts_letter_by_letter_where_it_is_chosen_and_at_the_login(client, desk):
    client.post(welcome_page(desk), {"new_password1": LONG, "new_password2": LONG})

    opened = {name: log_in(client, altered).status_code for name, altered in ALTERED.items()}

    assert User.objects.get().check_password(LONG)
    assert opened == dict.fromkeys(ALTERED, 200)
    assert log_in(client, LONG).status_code == 302


def test_password_counts_letter_by_letter_where_it_is_changed(client, desk):
    log_in(client, PASSWORD)
    change = {"new_password1": LONG, "new_password2": LONG, "usable_password": "true"}

    refused = client.post("/admin/password_change/", {"old_password": f"{PASSWORD} ", **change})
    taken = client.post("/admin/password_change/", {"old_password": PASSWORD, **change})

    assert (refused.status_code, taken.status_code) == (200, 302)
    assert User.objects.get().check_password(LONG)


@pytest.mark.parametrize(
    ("path", "field", "refused", "taken"),
    [("/admin/account/unlock/", "unlock_password", 403, 200), ("/admin/account/confirm/", "password", 200, 302)],
)
def test_password_counts_letter_by_letter_where_it_is_asked_for_again(client, desk, path, field, refused, taken):
    desk.set_password(LONG)
    desk.save()
    log_in(client, LONG)

    answers = {name: client.post(path, {field: altered}).status_code for name, altered in ALTERED.items()}

    assert answers == dict.fromkeys(ALTERED, refused)
    assert client.post(path, {field: LONG}).status_code == taken
