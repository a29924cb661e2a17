"""How long windows are, and that times run forward."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import ClinicProfile
from scheduling.models import WorkingHours


def clinic_today() -> dt.date:
    """The date on the clinic's own clock."""
    return timezone.now().astimezone(ClinicProfile.current().zone_info).date()


def minutes_of(time: dt.time) -> int:
    """Minutes since midnight."""
    return time.hour * 60 + time.minute


def longest_window(hours: Iterable[WorkingHours]) -> int:
    """Minutes of the longest window; windows of one clinician and weekday that touch or overlap count as one."""
    longest = 0
    reach: dict[tuple[object, int], tuple[int, int]] = {}
    for row in sorted(hours, key=lambda row: row.starts):
        key = (row.clinician_id, row.weekday)
        begin, end = minutes_of(row.starts), minutes_of(row.ends)
        if key in reach and begin <= reach[key][1]:
            begin, end = reach[key][0], max(end, reach[key][1])
        reach[key] = (begin, end)
        longest = max(longest, end - begin)
    return longest


def check_order(cleaned: dict[str, Any], what: str) -> None:
    """Raises ValidationError when the end is not after the start; `what` names the rule."""
    starts, ends = cleaned.get("starts"), cleaned.get("ends")
    if starts and ends and starts >= ends:
        raise ValidationError(
            f"{what}: {ends:%H:%M} is not after {starts:%H:%M}. Enter an end later than the start; "
            "hours past midnight go on the next day."
        )
