"""What staff may waive: which booking rules a wished time breaks, in words to confirm.

Notice, horizon, cap and hours are the clinic's own rules: staff waive them with a warning. Only overlap is
overbooking: it takes a reason, and the row is flagged so that the database's guard passes over it.
"""

import copy
import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q

from clinic.models import ClinicProfile
from scheduling import availability, busy
from scheduling.errors import NotBookableError, WaiverNeededError
from scheduling.models import Appointment, AppointmentType, Clinician
from scheduling.rulebook import clinician_zone
from scheduling.slots import DAY

LATEST_ENTRY = dt.timedelta(minutes=15)  # how long after its start a visit can still be written down
FARTHEST = 3660  # days
FINEST_STEP = 5  # minutes: staff are not bound to the grid when they hand a visit to somebody else


class Rule(StrEnum):
    """One rule that a time may break."""

    PAUSED = "paused"
    NOTICE = "notice"
    HORIZON = "horizon"
    HOURS = "hours"
    CAP = "cap"
    CLINICIAN_BUSY = "clinician_busy"
    PATIENT_BUSY = "patient_busy"


WARNINGS = {
    Rule.PAUSED: "Online booking is paused, so working hours were not checked.",
    Rule.NOTICE: "It starts sooner than the notice this kind of visit asks for.",
    Rule.HORIZON: "It is further ahead than this kind of visit is booked.",
    Rule.HOURS: "It is outside the hours of the clinician, or not at one of their starting times.",
    Rule.CAP: "The clinician has as many visits of this kind that day as they take.",
    Rule.CLINICIAN_BUSY: "The clinician has another visit then. This would be overbooking.",
    Rule.PATIENT_BUSY: "The patient has another visit then. This would be overbooking.",
}
OVERLAPS = frozenset({Rule.CLINICIAN_BUSY, Rule.PATIENT_BUSY})
HOURS_UNMET = frozenset({Rule.PAUSED, Rule.HOURS})  # outside the hours on purpose, or perhaps: nobody checked
NAMES = {
    Rule.PAUSED: "booking paused",
    Rule.NOTICE: "notice",
    Rule.HORIZON: "horizon",
    Rule.HOURS: "hours",
    Rule.CAP: "daily cap",
}


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """What a member of staff confirmed, and why they overbook; the reason is asked for an overlap only."""

    rules: frozenset[Rule] = field(default_factory=frozenset)
    reason: str = ""

    def check(self, broken: Iterable[Rule]) -> None:
        """Raises WaiverNeededError when something is broken that was not confirmed, or overlaps without a reason."""
        found = frozenset(broken)
        if found - self.rules or (found & OVERLAPS and not self.reason.strip()):
            raise WaiverNeededError(found)

    def note(self, broken: Iterable[Rule]) -> str:
        """As it stands in the visit's history; empty when nothing was broken."""
        found = sorted(broken, key=list(Rule).index)
        waived = ", ".join(NAMES[rule] for rule in found if rule in NAMES)
        parts = [f"Waived: {waived}"] if waived else []
        if OVERLAPS.intersection(found):
            parts.append("Overbooked")
        if self.reason.strip():
            parts.append(self.reason.strip())
        return ". ".join(parts)


def warnings(broken: Iterable[str]) -> list[tuple[str, str]]:
    """(rule, what is wrong in words) of each broken rule, in one order."""
    return [(rule.value, WARNINGS[rule]) for rule in Rule if rule in set(broken)]


def broken_rules(
    *,
    appointment_type: AppointmentType,
    clinician: Clinician,
    start: dt.datetime,
    now: dt.datetime,
    patient_id: uuid.UUID | None = None,
    moving: Appointment | None = None,
) -> frozenset[Rule]:
    """What stands against this visit, a visit that is `moving` left aside.

    Raises NotBookableError for a time that is over: that cannot be waived.
    """
    if start < now - LATEST_ENTRY:
        raise NotBookableError(text="That time is over. Choose a later one.")
    kind, profile = appointment_type, ClinicProfile.current()
    times = busy.times_of(kind, start)
    today = now.astimezone(profile.zone_info).date()
    checks = {
        Rule.PAUSED: profile.booking_paused,
        Rule.NOTICE: start < now + dt.timedelta(minutes=kind.minimum_notice),
        Rule.HORIZON: start.astimezone(profile.zone_info).date() > today + dt.timedelta(days=kind.horizon_days),
        Rule.HOURS: not profile.booking_paused and not _is_in_hours(kind, clinician, start),
        Rule.CAP: _is_full(kind, clinician, start, now, moving),
        Rule.CLINICIAN_BUSY: busy.is_clinician_busy(
            clinician.pk, times["occupied_from"], times["occupied_until"], now=now, moving=moving
        ),
        Rule.PATIENT_BUSY: patient_id is not None
        and busy.is_patient_busy(patient_id, start, times["ends_at"], moving=moving),
    }
    return frozenset(rule for rule, is_broken in checks.items() if is_broken)


def lenient(appointment_type: AppointmentType) -> AppointmentType:
    """The type as staff see it who move visits between clinicians: hours and other visits count, nothing else."""
    kind = copy.copy(appointment_type)
    kind.minimum_notice = 0
    kind.horizon_days = FARTHEST
    kind.daily_cap = None
    kind.slot_step = FINEST_STEP
    return kind


def _is_in_hours(kind: AppointmentType, clinician: Clinician, start: dt.datetime) -> bool:
    """The list's own rule, asked at the very moment of the start, when notice and horizon say nothing."""
    now_or_never = copy.copy(kind)
    now_or_never.minimum_notice = 0
    return availability.would_be_offered(appointment_type=now_or_never, start=start, now=start, clinician=clinician)


def _is_full(
    kind: AppointmentType, clinician: Clinician, start: dt.datetime, now: dt.datetime, moving: Appointment | None
) -> bool:
    if kind.daily_cap is None:
        return False
    zone = clinician_zone(clinician, ClinicProfile.current().zone_info)
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    that_day = Q(starts_at__gte=midnight, starts_at__lt=(midnight + DAY).replace(fold=0))
    taken = busy.visits_holding_time(now, moving).filter(that_day, clinician=clinician, appointment_type=kind)
    return taken.count() >= kind.daily_cap
