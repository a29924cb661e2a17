"""What the schedule writes to people: kinds, and the values their templates hold.

No clinician's specialty, no clinical word, nothing the patient typed. CANCEL is an opt-out word to
the carriers, so no text asks anybody to reply it.
"""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from clinic import clock, links
from clinic.access import subject_ref
from clinic.models import ClinicProfile
from intake.selectors import contact_addresses
from notifications import kinds, outbox
from notifications.models import Message
from scheduling.invites import invite
from scheduling.models import Appointment, Mode

BOOKED = "scheduling.booked"
CHANGED = "scheduling.changed"
CANCELLED = "scheduling.cancelled"
VIDEO_LINK = "scheduling.video_link"
TIME_TOLD = (BOOKED, CHANGED)  # kinds that tell somebody when their visit is
SAMPLE_VISIT = uuid.UUID("00000000-0000-4000-8000-000000000001")
SAMPLE: dict[str, object] = {
    "starts": "2026-12-01T20:00:00+00:00",
    "mode": "in_person",
    "place": ["100 Example Avenue, Suite 200", "Minneapolis, MN 55401"],
    "video_link": "",
    "visit_link": links.placeholder("visit", SAMPLE_VISIT),
}
SAMPLE_VIDEO = {**SAMPLE, "mode": "video", "video_link": "https://video.example/room"}
WAYS = ({"mode": Mode.PHONE}, {"mode": Mode.VIDEO}, {"mode": Mode.VIDEO, "video_link": "https://video.example/room"})


def register_kinds() -> None:
    """Tell the post room what the schedule sends."""
    moved = {**SAMPLE, "old_starts": "2026-11-30T15:30:00+00:00", "is_same_time": False}
    same_time = [{**way, "is_same_time": True} for way in ({}, *WAYS)]
    on_cancelling = "At once; after the patient's own cancelling when it can no longer be undone"
    letters: tuple[tuple[str, str, Mapping[str, Any], Sequence[Mapping[str, Any]], str], ...] = (
        (BOOKED, "Appointment booked", SAMPLE, WAYS, "At once after booking"),
        (
            CHANGED,
            "Appointment moved to another time",
            moved,
            (*WAYS, *same_time),
            "At once after a change of time or way",
        ),
        (CANCELLED, "Appointment cancelled", SAMPLE, (), on_cancelling),
        (VIDEO_LINK, "How to join by video", SAMPLE_VIDEO, (), ""),
    )
    for name, label, sample, states, when in letters:
        template = name.partition(".")[2]
        kinds.register(
            kinds.Kind(
                name=name,
                label=label,
                template=template,
                sample=sample,
                states=states,
                in_words=facts_in_words,
                when=when,
            )
        )


def visit_ref(appointment: Appointment) -> str:
    """How the other desks name this visit."""
    return subject_ref("scheduling.appointment", appointment.pk)


def short_time(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Day, date, time and zone as a text holds them: Tue Dec 1, 2:00 PM CST."""
    return clock.short_moment_text(moment, zone)


def visit_booked(appointment: Appointment, *, answers_own_action: bool) -> list[Message]:
    """Put the confirmation in the outbox, with the calendar entry."""
    return enqueue_about(appointment, kind=BOOKED, method="REQUEST", answers_own_action=answers_own_action)


def visit_changed(appointment: Appointment, *, old_start: dt.datetime, answers_own_action: bool) -> list[Message]:
    """Put the new time in the outbox; its calendar entry takes the place of the old one."""
    return enqueue_about(
        appointment,
        kind=CHANGED,
        method="REQUEST",
        answers_own_action=answers_own_action,
        more={
            "old_starts": instant(old_start),
            "is_same_time": old_start == appointment.starts_at,  # only the way to meet is another
        },
    )


def visit_cancelled(appointment: Appointment, *, answers_own_action: bool) -> list[Message]:
    """Put the word that the visit is off in the outbox; it takes the entry out of the calendar.

    It waits while the cancelling can be undone.
    """
    return enqueue_about(
        appointment,
        kind=CANCELLED,
        method="CANCEL",
        answers_own_action=answers_own_action,
        not_before=appointment.held_until,
    )


def video_link_set(appointment: Appointment) -> list[Message]:
    """Say how to join; by e-mail only, because texts stand on locked screens."""
    return enqueue_about(appointment, kind=VIDEO_LINK, method="REQUEST", answers_own_action=False)


def enqueue_about(
    appointment: Appointment,
    *,
    kind: str,
    method: str,
    answers_own_action: bool,
    not_before: dt.datetime | None = None,
    more: Mapping[str, object] | None = None,
) -> list[Message]:
    """Put one letter about a visit in the outbox, with its calendar entry; `more` goes into its words."""
    request = appointment.request
    if request is None:  # brought in from elsewhere: nobody consented to our messages about it
        return []
    attachments: Sequence[dict[str, str]] = [
        {"name": "visit.ics", "mime": f"text/calendar; method={method}", "text": invite(appointment, method)}
    ]
    return outbox.enqueue_consented(
        kind=kind,
        addresses=contact_addresses(request),
        subject_ref=visit_ref(appointment),
        occurrence=str(appointment.revision),
        context={**facts_of(appointment), **(more or {})},
        useless_after=appointment.starts_at,
        not_before=not_before,
        answers_own_action=answers_own_action,
        is_discreet=request.is_discreet,
        language=request.language,
        attachments=attachments,
    )


def instant(moment: dt.datetime) -> str:
    """A moment as contexts hold it."""
    return moment.astimezone(dt.UTC).isoformat()


def facts_of(appointment: Appointment) -> dict[str, object]:
    """What every letter about a visit is made of; `facts_in_words` says it in the person's language."""
    address = (appointment.location.address if appointment.location else "") or ClinicProfile.current().address
    return {
        "starts": instant(appointment.starts_at),
        "mode": str(appointment.mode),
        "place": [line.strip() for line in address.splitlines() if line.strip()],
        "video_link": appointment.video_link if appointment.mode == Mode.VIDEO else "",
        "visit_link": links.placeholder("visit", appointment.pk),
    }


def facts_in_words(context: Mapping[str, Any], profile: ClinicProfile) -> dict[str, Any]:
    """The facts of a context under the names that templates use, in the active language."""
    zone = profile.zone_info
    words: dict[str, Any] = {}
    for fact, names in (("starts", ("day", "time")), ("old_starts", ("old_day", "old_time"))):
        if fact in context:
            moment = dt.datetime.fromisoformat(context[fact]).astimezone(zone)
            told = (clock.long_day_text(moment.date()), clock.letter_time_text(moment, zone))
            words |= dict(zip(names, told, strict=True))
    for fact, name in (("starts", "when"), ("expires", "until")):
        if fact in context:
            words[name] = short_time(dt.datetime.fromisoformat(context[fact]), zone)
    if "mode" in context:
        words["how"] = str(Mode(context["mode"]).label)
    if "free_starts" in context:
        words["free_times"] = [short_time(dt.datetime.fromisoformat(one), zone) for one in context["free_starts"]]
    return words
