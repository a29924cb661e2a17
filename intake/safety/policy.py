"""The clinic's own numbers behind the clocks, and who may do what with a safety item."""

import datetime as dt
from typing import Any

from django.apps import AppConfig

from clinic.hours import Window, open_windows
from clinic.models import ClinicProfile, User
from clinic.roles import Role, has_role
from clinic.triggers import is_last_app
from intake.errors import NotAClinicianError
from intake.models import SafetyClock, SafetyLevel
from intake.safety.clocks import DEFAULTS, Clock

CLINICIANS = (Role.CLINICIAN, Role.MEDICAL_DIRECTOR)


def clock_for(level: int) -> Clock:
    """The signed policy of this level; the default of clinical.md 3.2 while none is on file."""
    row = SafetyClock.objects.filter(level=level).first()
    if row is None:
        return DEFAULTS[SafetyLevel(level)]
    return Clock(
        level=SafetyLevel(row.level),
        contact_within=row.contact_within,
        repeat_every=row.repeat_every,
        same_business_day=row.same_business_day,
        day_and_night=row.day_and_night,
        close_within=row.close_within,
    )


def windows(now: dt.datetime) -> list[Window]:
    """The clinic's opening hours from today on."""
    return open_windows(ClinicProfile.current(), since=now)


def require_clinician(user: User) -> None:
    """Raises NotAClinicianError: a disposition is a clinical decision."""
    if not has_role(user, *CLINICIANS):
        raise NotAClinicianError("Only a clinician can do this.")


def ensure_after_migrate(*, app_config: AppConfig, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`; acts once, after the last app."""
    if is_last_app(app_config):
        ensure_clocks()


def ensure_clocks() -> None:
    """Write the default policy down where there is none, so that the medical director can read and change it."""
    for clock in DEFAULTS.values():
        SafetyClock.objects.get_or_create(
            level=clock.level,
            defaults={
                "contact_within": clock.contact_within,
                "repeat_every": clock.repeat_every,
                "same_business_day": clock.same_business_day,
                "day_and_night": clock.day_and_night,
                "close_within": clock.close_within,
            },
        )
