"""What somebody would like, and whether a time fits it. Pure: no database, no clock."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.models import Clinician, WaitlistEntry

NOON, EVENING = 12, 17


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Days (0 is Monday), parts of the day and clinician; empty means that it does not matter."""

    weekdays: Sequence[int] = ()
    parts_of_day: Sequence[str] = ()
    clinician: Clinician | None = None


def part_of(local: dt.datetime) -> str:
    """Morning until noon, afternoon until five, then evening: wall time of the clinic."""
    if local.hour < NOON:
        return WaitlistEntry.PartOfDay.MORNING
    return WaitlistEntry.PartOfDay.AFTERNOON if local.hour < EVENING else WaitlistEntry.PartOfDay.EVENING


def fits(entry: WaitlistEntry, start: dt.datetime, clinician: Clinician, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether a start is one that the person asked for."""
    local = start.astimezone(zone)
    return (
        entry.clinician_id in {None, clinician.pk}
        and (not entry.weekdays or local.weekday() in entry.weekdays)
        and (not entry.parts_of_day or part_of(local) in entry.parts_of_day)
    )
