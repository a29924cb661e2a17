"""Demo staff: one account for each role."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group

from clinic.models import User
from clinic.roles import Role, sync_roles

STAFF = (
    ("desk", "Robin", "Frontdesk", Role.FRONT_DESK),
    ("clinician", "Dana", "Rivers", Role.CLINICIAN),
    ("director", "Sol", "Harbor", Role.MEDICAL_DIRECTOR),
    ("manager", "Max", "Ledger", Role.MANAGER),
    ("auditor", "Ada", "Checks", Role.AUDITOR),
)
PASSWORD_BYTES = 12


@dataclass(frozen=True, kw_only=True)
class MadeStaff:
    """The accounts just made, with the password that opens them; no accounts, no password."""

    emails: list[str]
    password: str


def email_of(name: str) -> str:
    """Where the demo person gets mail: nowhere."""
    return f"{name}@clinic.example"


def seed_staff() -> MadeStaff:
    """Make the accounts that are missing. Those that stand keep their passwords."""
    sync_roles()
    known = set(User.objects.values_list("email", flat=True))
    missing = [row for row in STAFF if email_of(row[0]) not in known]
    if not missing:
        return MadeStaff(emails=[], password="")
    password = settings.DEMO_PASSWORD or secrets.token_urlsafe(PASSWORD_BYTES)
    for name, first, last, role in missing:
        user = User.objects.create_user(email_of(name), password, first_name=first, last_name=last, is_staff=True)
        user.groups.add(Group.objects.get(name=role.value))
    return MadeStaff(emails=[email_of(row[0]) for row in missing], password=password)
