"""What must be there before screening is offered: signed questionnaires, and somebody who answers a call for help."""

import datetime as dt

from django.utils import timezone

from clinic import roster
from clinic.hours import open_windows
from clinic.models import ClinicProfile
from intake.models import Questionnaire

NEEDED = ("PHQ-9", "GAD-7", "ASQ", "STOP-ITEMS", "MEDICINES")
LOOKED_AHEAD = dt.timedelta(days=7)


def obstacles() -> list[str]:
    """Why screening cannot be switched on now, each with what mends it; nothing when it can."""
    return [*_unsigned(), *_roster_gaps(timezone.now())]


def _unsigned() -> list[str]:
    signed = set(
        Questionnaire.objects.filter(status=Questionnaire.Status.PUBLISHED).values_list("instrument", flat=True)
    )
    missing = [name for name in NEEDED if name not in signed]
    return [f"Not signed by the medical director: {', '.join(missing)}. Sign them off first."] if missing else []


def _roster_gaps(now: dt.datetime) -> list[str]:
    profile = ClinicProfile.current()
    found = [] if roster.on_call(now) else ["Nobody is on call now. Add an on-call shift that covers this moment."]
    until = now + LOOKED_AHEAD
    shifts = [(shift.starts_at, shift.ends_at) for shift in roster.shifts_between(now, until)]
    opening = [(max(begins, now), min(ends, until)) for begins, ends in open_windows(profile, since=now, days=8)]
    uncovered = roster.gaps_within([window for window in opening if window[0] < window[1]], shifts)
    if uncovered:
        first = uncovered[0][0].astimezone(profile.zone_info)
        found.append(
            f"Nobody is on call during {len(uncovered)} of the opening hours of the next seven days, first "
            f"{first:%A, %B %-d, %-I:%M %p %Z}. Fill the roster."
        )
    return found
