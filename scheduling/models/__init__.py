"""When, with whom. Instants are UTC; rules are wall time in the clinic's zone."""

from scheduling.models.outcomes import VisitOutcome
from scheduling.models.rules import (
    LONGEST_BUFFER,
    LONGEST_LINK,
    LONGEST_VISIT,
    AppointmentType,
    Clinician,
    Language,
    Location,
    Mode,
    ScheduleException,
    WorkingHours,
)
from scheduling.models.visits import LIVE, OCCUPYING, Appointment, AppointmentEvent
from scheduling.models.waiting import WaitlistEntry, WaitlistOffer

__all__ = (
    "LIVE",
    "LONGEST_BUFFER",
    "LONGEST_LINK",
    "LONGEST_VISIT",
    "OCCUPYING",
    "Appointment",
    "AppointmentEvent",
    "AppointmentType",
    "Clinician",
    "Language",
    "Location",
    "Mode",
    "ScheduleException",
    "VisitOutcome",
    "WaitlistEntry",
    "WaitlistOffer",
    "WorkingHours",
)
