"""What a manager changes about an account holds at its next request, in the session that is already open."""

import pytest
from django.contrib.auth.models import Group

from clinic.models import User
from clinic.roles import Role

pytestmark = pytest.mark.django_db
SETTINGS = "/admin/clinic/user/"


@pytest.fixture
def person(client):
    user = User.objects.create_user("person@clinic.example", "the first password of mine")
    user.groups.set(Group.objects.filter(name=Role.MANAGER))
    client.force_login(user)
    return user


def test_role_that_was_taken_away_is_gone_at_the_next_request(client, person):
    assert client.get(SETTINGS).status_code == 200

    person.groups.set(Group.objects.filter(name=Role.FRONT_DESK))

    assert client.get(SETTINGS).status_code == 403


def test_role_that_was_given_holds_at_the_next_request(client, person):
    person.groups.clear()
    assert client.get(SETTINGS).status_code == 403

    person.groups.set(Group.objects.filter(name=Role.MANAGER))

    assert client.get(SETTINGS).status_code == 200


@pytest.mark.parametrize("column", ["is_active", "is_staff"])
def test_account_that_was_closed_is_out_at_the_next_request(client, person, column):
    setattr(person, column, False)
    person.save()

    assert client.get(SETTINGS).headers["Location"].startswith("/admin/login/")


def test_new_password_ends_every_open_session(client, person):
    person.set_password("another password of mine")
    person.save()

    assert client.get(SETTINGS).headers["Location"].startswith("/admin/login/")
