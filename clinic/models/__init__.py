"""Kernel tables, by subject."""

from clinic.models.access import AccessEvent, PrivateLink
from clinic.models.audit import AuditSeal
from clinic.models.content import ContentPage, ContentVersion
from clinic.models.crisis import CrisisLine
from clinic.models.desk import DeskTask
from clinic.models.on_call import OnCallShift
from clinic.models.profile import ClinicProfile, OpeningHours
from clinic.models.runtime import Heartbeat, PageCount, PurgeRecord, RateBucket
from clinic.models.user import StaffInvitation, StaffSession, User

__all__ = (
    "AccessEvent",
    "AuditSeal",
    "ClinicProfile",
    "ContentPage",
    "ContentVersion",
    "CrisisLine",
    "DeskTask",
    "Heartbeat",
    "OnCallShift",
    "OpeningHours",
    "PageCount",
    "PrivateLink",
    "PurgeRecord",
    "RateBucket",
    "StaffInvitation",
    "StaffSession",
    "User",
)
