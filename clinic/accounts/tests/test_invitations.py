"""Staff get in by a link that works once."""

import datetime as dt

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from django.utils import timezone

from clinic import links
from clinic.accounts.invitations import invite
from clinic.models import AccessEvent, StaffInvitation, User
from clinic.tests.admin_steps import PASSWORD, staff
from notifications.models import Message

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "river otter lantern quiet", "new_password2": "river otter lantern quiet"}


@pytest.fixture
def manager(client):
    user = staff("manager@clinic.example", "Manager")
    client.force_login(user)
    return user


@pytest.fixture
def newcomer():
    return User.objects.create_user("new@clinic.example")


def page_of(invitation):
    return links.path_for("invitation", invitation.pk)


def test_invitation_goes_by_e_mail_and_holds_no_link_in_the_database(newcomer, manager):
    invitation = invite(user=newcomer, by=manager)

    message = Message.objects.get()
    assert (message.address, message.basis, message.staff_user) == ("new@clinic.example", "staff", newcomer)
    assert message.context["link"] == f"[[link:invitation:{invitation.pk}]]"


def test_link_lets_choose_a_password_that_opens_the_desk(client, newcomer):
    page = page_of(invite(user=newcomer, by=None))

    shown = client.get(page)
    answer = client.post(page, NEW)

    newcomer.refresh_from_db()
    assert "new@clinic.example" in shown.text
    assert answer.headers["Location"] == reverse("admin:login")
    assert newcomer.check_password(NEW["new_password1"])


def test_link_works_once(client, newcomer):
    page = page_of(invite(user=newcomer, by=None))
    client.post(page, NEW)

    again = client.post(page, {"new_password1": "another long sentence", "new_password2": "another long sentence"})

    newcomer.refresh_from_db()
    assert again.status_code == 404
    assert "Ask your manager" in again.text
    assert newcomer.check_password(NEW["new_password1"])


@pytest.mark.parametrize("typed", ["short", "password1234"])
def test_weak_password_is_refused_and_the_link_stays(client, newcomer, typed):
    page = page_of(invite(user=newcomer, by=None))

    answer = client.post(page, {"new_password1": typed, "new_password2": typed})

    assert answer.status_code == 200
    assert "account-errors" in answer.text
    assert client.get(page).status_code == 200


def test_link_ends_after_three_days_and_by_a_newer_one(client, newcomer):
    old = page_of(invite(user=newcomer, by=None))
    new = page_of(invite(user=newcomer, by=None))

    replaced, standing = client.get(old), client.get(new)
    with time_machine.travel(timezone.now() + dt.timedelta(days=3, minutes=1)):
        late = client.get(new)

    assert [answer.status_code for answer in (replaced, standing, late)] == [404, 200, 404]


def test_link_of_somebody_who_left_is_dead(client, newcomer):
    page = page_of(invite(user=newcomer, by=None))
    User.objects.filter(pk=newcomer.pk).update(is_active=False)

    assert client.get(page).status_code == 404


def test_manager_takes_away_the_second_step_of_a_lost_phone_on_the_record(client, manager):
    colleague = staff("desk@clinic.example", "Front desk")
    TOTP.activate(colleague, "JBSWY3DPEHPK3PXP")

    client.post(
        reverse("admin:clinic_user_changelist"),
        {"action": "send_invitation_without_second_factor", "_selected_action": [colleague.pk]},
    )

    assert not Authenticator.objects.filter(user=colleague).exists()
    assert StaffInvitation.objects.get(user=colleague).invited_by == manager
    event = AccessEvent.objects.get(action="break_glass")
    assert (event.by, event.subject_ref) == (manager, f"clinic.user:{colleague.pk}")


def test_link_for_a_forgotten_password_leaves_the_second_step_in_place(client, manager):
    colleague = staff("desk@clinic.example", "Front desk")
    TOTP.activate(colleague, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(colleague)
    before = list(Authenticator.objects.order_by("pk").values())

    client.post(
        reverse("admin:clinic_user_changelist"), {"action": "send_invitation", "_selected_action": [colleague.pk]}
    )
    client.logout()
    client.post(page_of(StaffInvitation.objects.get(user=colleague)), NEW)
    answer = client.post("/admin/login/", {"username": colleague.email, "password": NEW["new_password1"]})

    assert (len(before), list(Authenticator.objects.order_by("pk").values())) == (2, before)
    assert answer.headers["Location"] == "/admin/second-step/"
    assert "_auth_user_id" not in client.session


def test_manager_sends_no_link_for_an_administrator(client, manager):
    root = User.objects.create_superuser("root@clinic.example", PASSWORD)

    answer = client.post(
        reverse("admin:clinic_user_changelist"),
        {"action": "send_invitation", "_selected_action": [root.pk]},
        follow=True,
    )

    assert "No link for root@clinic.example" in answer.text
    assert not StaffInvitation.objects.exists()


def test_links_for_many_say_who_got_none_and_why(client, manager):
    well = staff("well@clinic.example", "Front desk")
    gone = staff("gone@clinic.example", "Front desk", is_active=False)
    bad = staff("bad@clinic.example", "Front desk")
    User.objects.filter(pk=bad.pk).update(email="not an address")
    root = User.objects.create_superuser("root@clinic.example", PASSWORD)

    answer = client.post(
        reverse("admin:clinic_user_changelist"),
        {"action": "send_invitation", "_selected_action": [one.pk for one in (bad, gone, root, well)]},
        follow=True,
    )

    assert "A link goes to well@clinic.example." in answer.text
    assert "No link for gone@clinic.example: the account is not active." in answer.text
    assert "No link for root@clinic.example: an administrator helps administrators." in answer.text
    assert "No link for not an address:" in answer.text
    assert list(StaffInvitation.objects.values_list("user", flat=True)) == [well.pk]
