"""When the reminders of a visit go. Pure arithmetic: no tables, no clock.

A reminder goes its hours before the start. When that falls into the quiet hours of the number, it
waits for their end while at least `STILL_EARLY` of its time is left, and else goes the evening before.
Its usefulness ends where the next one's begins, so that a late worker never sends two at once; the
last one's ends `LAST_CALL` before the start.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clinic.models import ClinicProfile
from notifications import hours
from notifications.models import Channel

STILL_EARLY = 0.75
EVENING = dt.timedelta(hours=2)  # before the quiet hours begin: not in the last minute of the day
LAST_CALL = dt.timedelta(minutes=30)
SHORTEST_GAP, LONGEST_GAP = dt.timedelta(hours=1), dt.timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One reminder of one visit by one channel: `hours` before the start, sent in [goes_at, useless_after)."""

    hours: int
    goes_at: dt.datetime
    useless_after: dt.datetime
    lead: dt.timedelta

    @property
    def told_since(self) -> dt.datetime:
        """Who was told the time after this needs no reminder: half its lead, within reason."""
        return self.goes_at - min(max(self.lead / 2, SHORTEST_GAP), LONGEST_GAP)


def stage_at(
    now: dt.datetime, *, start: dt.datetime, before: Sequence[int], channel: str, address: str, profile: ClinicProfile
) -> Stage | None:
    """The one reminder that may go now; None when none may. `before` holds hours, the longest first."""
    times = [
        (hours_before, _goes_at(start, hours_before, channel=channel, address=address, profile=profile))
        for hours_before in before
    ]
    end = start - min(LAST_CALL, dt.timedelta(hours=before[-1]) / 4) if before else start
    for (hours_before, goes_at), (_next, useless_after) in pairwise([*times, (0, end)]):
        if goes_at <= now < useless_after:
            return Stage(hours=hours_before, goes_at=goes_at, useless_after=useless_after, lead=start - goes_at)
    return None


def _goes_at(
    start: dt.datetime, hours_before: int, *, channel: str, address: str, profile: ClinicProfile
) -> dt.datetime:
    lead = dt.timedelta(hours=hours_before)
    due = start - lead
    if channel != Channel.SMS:
        return due
    opens = hours.next_allowed(number=address, profile=profile, now=due)
    if opens <= due or start - opens >= lead * STILL_EARLY:
        return opens
    evening = hours.last_allowed(number=address, profile=profile, now=due) - EVENING
    return hours.next_allowed(number=address, profile=profile, now=evening)
