"""Kernel tables, by subject."""

from clinic.models.access import AccessEvent, PrivateLink
from clinic.models.desk import DeskTask
from clinic.models.profile import ClinicProfile, CrisisLine, OpeningHours
from clinic.models.runtime import Heartbeat, RateBucket
from clinic.models.user import User

__all__ = (
    "AccessEvent",
    "ClinicProfile",
    "CrisisLine",
    "DeskTask",
    "Heartbeat",
    "OpeningHours",
    "PrivateLink",
    "RateBucket",
    "User",
)
