import pytest
from django.contrib.auth.models import Group

from clinic.models import User
from clinic.roles import Role, grant, has_role, sync_roles

pytestmark = pytest.mark.django_db


def _permissions(role):
    codenames = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in codenames}


def _staff(*roles, **fields):
    user = User.objects.create_user("someone@clinic.example", **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def test_roles_stand_after_migrate():
    assert set(Group.objects.values_list("name", flat=True)) == {str(role) for role in Role}


def test_front_desk_may_work_on_tasks_and_not_on_settings_or_users():
    kernel = {name for name in _permissions(Role.FRONT_DESK) if name.startswith("clinic.")}

    assert kernel == {
        "clinic.view_desktask",
        "clinic.change_desktask",
        "clinic.break_glass",  # one person, half an hour, on the record: docs/adr/0027
        "clinic.view_clinicprofile",
        "clinic.view_openinghours",
        "clinic.view_crisisline",
    }


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEDICAL_DIRECTOR])
def test_settings_are_edited_by_manager_and_medical_director(role):
    assert "clinic.change_clinicprofile" in _permissions(role)


def test_users_are_edited_by_the_manager_only():
    assert [role for role in Role if "clinic.change_user" in _permissions(role)] == [Role.MANAGER]


@pytest.mark.parametrize("role", list(Role))
def test_no_role_may_change_ledgers_or_delete_people(role):
    forbidden = {
        "clinic.change_accessevent",
        "clinic.delete_accessevent",
        "clinic.add_accessevent",
        "clinic.delete_user",
        "clinic.delete_clinicprofile",
        "clinic.add_clinicprofile",
        "clinic.change_privatelink",
    }

    assert _permissions(role) & forbidden == set()


def test_auditor_changes_nothing():
    assert [name for name in _permissions(Role.AUDITOR) if ".view_" not in name] == []


def test_sync_roles_takes_away_what_is_not_granted_and_ignores_what_does_not_exist():
    group = Group.objects.get(name=Role.AUDITOR)
    group.permissions.set(Group.objects.get(name=Role.MANAGER).permissions.all())
    grant(Role.AUDITOR, ["clinic.view_nothing"])

    sync_roles()

    assert "clinic.change_user" not in _permissions(Role.AUDITOR)


def test_has_role_when_held():
    user = _staff(Role.CLINICIAN, Role.MANAGER)

    assert has_role(user, Role.FRONT_DESK, Role.MANAGER)
    assert not has_role(user, Role.FRONT_DESK)


def test_has_role_when_the_account_is_closed():
    assert not has_role(_staff(Role.CLINICIAN, is_active=False), Role.CLINICIAN)
