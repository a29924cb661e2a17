"""What the person sees at once: where to get help now, and truthfully when somebody of ours will call.

The template `screening/_crisis.html` shows it (context `crisis`) with the clinic's crisis lines, which every page has. It never blocks, never shows a score
or a level. Wording: clinical.md 3.3.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic import clock, roster
from clinic.models import ClinicProfile
from intake.models import SafetyItem, SafetyLevel


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """The crisis block of one person at one moment."""

    is_emergency: bool
    was_answered: bool  # False: the safety question was passed over
    will_call: str


def crisis_block(
    *, item: SafetyItem | None, was_answered: bool = True, can_call: bool = True, now: dt.datetime
) -> Crisis:
    """The block for a live item; without one (it was closed, or nothing was raised) the lines alone.

    `can_call`: whether we have a number of this person.
    """
    profile = ClinicProfile.current()
    is_live = item is not None and item.state != SafetyItem.State.CLOSED
    return Crisis(
        is_emergency=is_live and item is not None and item.level == SafetyLevel.EMERGENCY,
        was_answered=was_answered,
        will_call=when_someone_calls(item, profile, can_call=can_call, now=now) if is_live and item else "",
    )


def when_someone_calls(item: SafetyItem, profile: ClinicProfile, *, can_call: bool, now: dt.datetime) -> str:
    """One true sentence: by when, if somebody is on call by then; else that nobody is, and until when."""
    if not can_call:
        return _("We have no number to call you. Please do not wait for us: use one of the lines below.")
    due = item.contact_due_at
    if due is None:
        return _("A member of our clinical team is in touch with you.")
    starts = roster.next_on_call_at(now)
    if starts is not None and starts <= due and due > now:
        return _("A member of our clinical team will try to reach you by %(time)s.") % {
            "time": moment_words(due, profile, now)
        }
    if starts is not None and starts <= now:
        return _("A member of our clinical team will try to reach you as soon as they can.")
    if starts is None:
        return _(
            "Nobody of our clinic is on call right now, and we cannot say when we will call. Please do not wait for us."
        )
    return _(
        "Nobody of our clinic is on call right now. We will try to reach you after %(time)s. Please do not wait for us."
    ) % {"time": moment_words(starts, profile, now)}


def moment_words(moment: dt.datetime, profile: ClinicProfile, now: dt.datetime) -> str:
    """As people say it, with the zone: 2:15 PM CST today, or 9 AM CST on Monday, November 23."""
    local, today = moment.astimezone(profile.zone_info), now.astimezone(profile.zone_info).date()
    time = clock.letter_time_text(moment, profile.zone_info)
    if local.date() == today:
        return _("%(time)s today") % {"time": time}
    return _("%(time)s on %(day)s") % {"time": time, "day": clock.day_text(local.date())}
