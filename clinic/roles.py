"""The roles of the clinic, as groups that are brought up to date after each migrate.

A test flush deletes groups and permissions do not exist while migrations run; hence `post_migrate`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission

from clinic.models import User
from clinic.triggers import is_last_app


class Role(StrEnum):
    """Names of the groups."""

    FRONT_DESK = "Front desk"
    CLINICIAN = "Clinician"
    MEDICAL_DIRECTOR = "Medical director"
    MANAGER = "Manager"
    AUDITOR = "Auditor"


_grants: dict[Role, set[str]] = {role: set() for role in Role}


def grant(role: Role, permissions: Iterable[str]) -> None:
    """Let a role do things, as `app.change_model`. Each desk calls this for its models in `ready()`."""
    _grants[role].update(permissions)


def grant_kernel() -> None:
    """Who may do what with the kernel's tables (design.md §8)."""
    desk = {"clinic.view_desktask", "clinic.change_desktask"}
    profile = {"clinic.view_clinicprofile", "clinic.view_openinghours", "clinic.view_crisisline"}
    texts = {f"clinic.{act}_contentpage" for act in ("view", "add", "change")} | {"clinic.view_contentversion"}
    edits = {f"clinic.{act}_{model}" for act in ("add", "change", "delete") for model in ("openinghours", "crisisline")}
    for role in (Role.FRONT_DESK, Role.CLINICIAN):
        grant(role, desk | profile)
    for role in (Role.MANAGER, Role.MEDICAL_DIRECTOR):
        grant(role, desk | profile | edits | texts | {"clinic.change_clinicprofile"})
    on_call = {f"clinic.{act}_oncallshift" for act in ("add", "change", "delete")}
    grant(Role.MEDICAL_DIRECTOR, on_call)
    for role in (Role.CLINICIAN, Role.MEDICAL_DIRECTOR, Role.MANAGER):
        grant(role, {"clinic.view_oncallshift"})
    for role in (Role.FRONT_DESK, Role.MANAGER):  # not the auditor: who judges the openings makes none
        grant(role, {"clinic.break_glass"})
    for role in (Role.MEDICAL_DIRECTOR, Role.MANAGER):
        grant(role, {"clinic.look_into_openings"})
    users = {"clinic.view_user", "clinic.add_user", "clinic.change_user"}
    logins = {"axes.view_accessattempt", "axes.view_accesslog", "clinic.view_staffinvitation", "clinic.view_auditseal"}
    logins.add("clinic.view_staffsession")
    for role in (Role.MANAGER, Role.AUDITOR):
        grant(role, logins)
    grant(Role.MANAGER, users | {"clinic.view_accessevent", "clinic.view_privatelink", "clinic.view_heartbeat"})
    grant(Role.MANAGER, {"clinic.view_pagecount"})
    grant(Role.AUDITOR, profile | {"clinic.view_desktask", "clinic.view_accessevent", "clinic.view_user"})


def sync_roles_after_migrate(*, app_config: AppConfig, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`; acts once, after the last app."""
    if is_last_app(app_config):
        sync_roles()


def sync_roles() -> None:
    """Make the groups hold exactly the granted permissions that exist so far."""
    every = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    ids = {f"{app}.{codename}": pk for app, codename, pk in every}
    for role, names in _grants.items():
        group, _made = Group.objects.get_or_create(name=role.value)
        group.permissions.set([ids[name] for name in names if name in ids])


def has_role(user: User, *roles: Role) -> bool:
    """Whether an active member of staff holds one of the roles."""
    return user.is_active and user.groups.filter(name__in=[role.value for role in roles]).exists()
