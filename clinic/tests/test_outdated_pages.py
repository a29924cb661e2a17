"""Two people edit one row: the second sees what the first changed, keeps what they typed, and decides."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from clinic.roles import Role
from clinic.tests.admin_steps import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin():
    return staff("robin@clinic.example", Role.FRONT_DESK, first_name="Robin", last_name="Lee")


def manager(name):
    client = Client()
    client.force_login(staff(f"{name}@clinic.example", Role.MANAGER, first_name=name.title()))
    return client


def page_of(user):
    return reverse("admin:clinic_user_change", args=[user.pk])


def opened(client, user):
    """What the browser holds after opening the page."""
    answer = client.get(page_of(user))
    form = answer.context["adminform"].form
    groups = [str(pk) for pk in form.initial["groups"] and [group.pk for group in form.initial["groups"]]]
    names = ("email", "first_name", "last_name")
    return {
        **{name: form.initial[name] for name in names},
        "groups": groups,
        "is_active": "on",
        "is_staff": "on",
        "seen_version": str(answer.context["seen_version"]),
    }


def test_second_sees_the_first_and_keeps_what_was_typed(robin):
    ann, ben = manager("ann"), manager("ben")
    typed_by_ann, typed_by_ben = opened(ann, robin), opened(ben, robin)
    ann.post(page_of(robin), {**typed_by_ann, "last_name": "Leeds"})

    answer = ben.post(page_of(robin), {**typed_by_ben, "first_name": "Robyn"})

    robin.refresh_from_db()
    assert (robin.first_name, robin.last_name) == ("Robin", "Leeds")
    assert "Ann changed this meanwhile. last name: Lee is now Leeds" in answer.text
    assert 'value="Robyn"' in answer.text


def test_saving_again_after_seeing_it_counts(robin):
    ann, ben = manager("ann"), manager("ben")
    typed_by_ann, typed_by_ben = opened(ann, robin), opened(ben, robin)
    ann.post(page_of(robin), {**typed_by_ann, "last_name": "Leeds"})
    refused = ben.post(page_of(robin), {**typed_by_ben, "first_name": "Robyn"})

    again = {**typed_by_ben, "first_name": "Robyn", "last_name": "Leeds"}
    ben.post(page_of(robin), {**again, "seen_version": str(refused.context["seen_version"])})

    robin.refresh_from_db()
    assert (robin.first_name, robin.last_name) == ("Robyn", "Leeds")


def test_roles_taken_meanwhile_do_not_come_back_by_an_old_page(robin):
    ann, ben = manager("ann"), manager("ben")
    typed_by_ann, typed_by_ben = opened(ann, robin), opened(ben, robin)
    ann.post(page_of(robin), {**typed_by_ann, "groups": []})

    answer = ben.post(page_of(robin), {**typed_by_ben, "first_name": "Robyn"})

    assert not robin.groups.exists()
    assert "Front desk is now none" in answer.text


def test_login_meanwhile_and_a_page_without_a_version_are_no_conflict(robin):
    ann = manager("ann")
    typed = opened(ann, robin)
    Client().force_login(User.objects.get(pk=robin.pk))

    answers = [
        ann.post(page_of(robin), {**typed, "first_name": "Robyn"}),
        ann.post(page_of(robin), {**typed, "seen_version": "x", "first_name": "Rob"}),
    ]

    robin.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert robin.first_name == "Rob"
