import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from clinic import links
from clinic.models import AccessEvent, ClinicProfile, StaffInvitation, User
from clinic.roles import Role
from clinic.tests.admin_steps import PASSWORD, a_task, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = staff("manager@clinic.example", Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def desk(client):
    user = staff("desk@clinic.example", Role.FRONT_DESK)
    client.force_login(user)
    return user


@pytest.mark.parametrize("email", ["desk@clinic.example", "Desk@Clinic.Example", "DESK@CLINIC.EXAMPLE"])
def test_login_takes_the_address_in_any_capitals(client, email):
    staff("desk@clinic.example", Role.FRONT_DESK)

    answer = client.post(reverse("admin:login"), {"username": email, "password": PASSWORD, "next": "/admin/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("email", ["desk@clinic.example", "nobody@clinic.example", "a\x00b", "🙂" * 300])
def test_login_with_wrong_values_shows_the_form_again(client, email):
    staff("desk@clinic.example", Role.FRONT_DESK)

    answer = client.post(reverse("admin:login"), {"username": email, "password": "wrong"})

    assert answer.status_code == 200
    assert "username" in answer.context["form"].data


def test_login_page_needs_no_inline_script_or_style(client):
    page = client.get(reverse("admin:login")).text

    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) == []


@pytest.mark.parametrize(
    "name", ["user", "desktask", "accessevent", "privatelink", "heartbeat", "ratebucket", "clinicprofile"]
)
def test_lists_and_forms_open_for_an_administrator(client, admin_list, name):
    answer = client.get(reverse(f"admin:clinic_{name}_changelist"), {"q": "x"}, follow=True)

    assert answer.status_code == 200


@pytest.fixture
def admin_list(client):
    client.force_login(User.objects.create_superuser("root@clinic.example", PASSWORD))


def test_group_is_not_edited_by_hand():
    assert not admin.site.is_registered(Group)


def test_profile_list_leads_to_the_one_row(client, manager):
    answer = client.get(reverse("admin:clinic_clinicprofile_changelist"))

    assert answer.headers["Location"] == reverse("admin:clinic_clinicprofile_change", args=[1])
    assert client.get(answer.headers["Location"]).status_code == 200


def test_profile_is_never_added_or_deleted(client, manager):
    assert client.get(reverse("admin:clinic_clinicprofile_add")).status_code == 403
    assert client.post(reverse("admin:clinic_clinicprofile_delete", args=[1]), {"post": "yes"}).status_code == 403


def _profile_form(client, **changes):
    """What the browser would send back, with changes."""
    form = client.get(reverse("admin:clinic_clinicprofile_change", args=[1])).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values["licensed_states"] = '["MN"]'
    values = {name: value for name, value in values.items() if value not in (None, False)}
    for prefix in ("opening_hours", "crisis_lines"):
        values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return client.post(reverse("admin:clinic_clinicprofile_change", args=[1]), {**values, **changes})


def test_profile_is_saved_by_the_manager(client, manager):
    answer = _profile_form(client, name="Lake Clinic", message_brand="Lake Care")

    assert answer.status_code == 302
    assert ClinicProfile.current().message_brand == "Lake Care"


def test_profile_with_a_telling_brand_is_refused(client, manager):
    answer = _profile_form(client, message_brand="Ketamine Care")

    assert answer.status_code == 200
    assert "locked phones" in answer.text
    assert ClinicProfile.current().message_brand == "MKWI Care"


def test_profile_may_be_read_and_not_changed_by_the_desk(client, desk):
    assert client.get(reverse("admin:clinic_clinicprofile_change", args=[1])).status_code == 200
    assert client.post(reverse("admin:clinic_clinicprofile_change", args=[1]), {"name": "x"}).status_code == 403


def test_new_member_of_staff_gets_address_role_and_invitation(client, manager):
    answer = client.post(
        reverse("admin:clinic_user_add"),
        {
            "email": "New@clinic.example",
            "is_staff": "on",
            "groups": [Group.objects.get(name=Role.FRONT_DESK).pk],
        },
    )

    user = User.objects.get(email__iexact="new@clinic.example")
    assert answer.status_code == 302
    assert (user.has_usable_password(), user.is_staff, user.is_superuser) == (False, True, False)
    assert StaffInvitation.objects.get(user=user).invited_by == manager
    assert [group.name for group in user.groups.all()] == [Role.FRONT_DESK]


def test_new_member_of_staff_with_a_known_address_in_other_capitals_is_refused(client, manager):
    answer = client.post(
        reverse("admin:clinic_user_add"),
        {"email": "MANAGER@clinic.example"},
    )

    assert answer.status_code == 200
    assert "is here already" in answer.text


def test_manager_cannot_become_or_change_an_administrator(client, manager):
    root = User.objects.create_superuser("root@clinic.example", PASSWORD)
    own = {"email": manager.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    client.post(reverse("admin:clinic_user_change", args=[manager.pk]), own)
    answer = client.post(reverse("admin:clinic_user_change", args=[root.pk]), {**own, "email": "x@clinic.example"})
    password = client.get(reverse("admin:auth_user_password_change", args=[root.pk]))

    manager.refresh_from_db()
    root.refresh_from_db()
    assert (answer.status_code, password.status_code) == (403, 403)
    assert (manager.is_superuser, root.email) == (False, "root@clinic.example")


def test_staff_are_never_deleted(client, manager):
    other = staff("other@clinic.example")

    assert client.post(reverse("admin:clinic_user_delete", args=[other.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_staff_list_takes_the_same_number_of_queries(client, manager, django_assert_num_queries, count):
    for number in range(count):
        staff(f"{number}@clinic.example", Role.FRONT_DESK, Role.CLINICIAN)

    with django_assert_num_queries(10):
        assert client.get(reverse("admin:clinic_user_changelist")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_access_list_takes_the_same_number_of_queries(client, manager, django_assert_num_queries, count):
    for _ in range(count):
        AccessEvent.objects.create(by=manager, action="read", subject_ref="x:1")

    with django_assert_num_queries(7):
        assert client.get(reverse("admin:clinic_accessevent_changelist")).status_code == 200


@pytest.mark.parametrize("name", ["accessevent", "privatelink", "heartbeat", "ratebucket"])
def test_what_the_system_writes_is_read_only_even_for_administrators(client, admin_list, name):
    assert client.get(reverse(f"admin:clinic_{name}_add")).status_code == 403


def test_private_link_page_shows_neither_token_nor_digest(client, admin_list):
    token = links.token_for("time", a_task().pk)
    link = links.PrivateLink.objects.get()

    page = client.get(reverse("admin:clinic_privatelink_change", args=[link.pk])).text

    assert token not in page
    assert link.token_digest not in page
