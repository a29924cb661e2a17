"""What the schedule writes to people: kinds, and the values their templates hold.

No clinician's specialty, no clinical word, nothing the patient typed. CANCEL is an opt-out word to
the carriers, so no text asks anybody to reply it.
"""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Mapping, Sequence

from clinic import links
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
TIME_TOLD = (BOOKED, CHANGED)  # kinds that tell somebody when their visit is
SAMPLE_VISIT = uuid.UUID("00000000-0000-4000-8000-000000000001")
SAMPLE = {
    "when": "Tue Dec 1, 2:00 PM CST",
    "day": "Tuesday, December 1, 2026",
    "time": "2:00 PM CST",
    "how": "In person",
    "mode": "in_person",
    "place": ["100 Example Avenue, Suite 200", "Minneapolis, MN 55401"],
    "visit_link": links.placeholder("visit", SAMPLE_VISIT),
}


def register_kinds() -> None:
    """Tell the post room what the schedule sends."""
    kinds.register(kinds.Kind(name=BOOKED, label="Appointment booked", template="booked", sample=SAMPLE))
    kinds.register(
        kinds.Kind(
            name=CHANGED,
            label="Appointment moved to another time",
            template="changed",
            sample={**SAMPLE, "old_day": "Monday, November 30, 2026", "old_time": "9:30 AM CST"},
        )
    )
    kinds.register(kinds.Kind(name=CANCELLED, label="Appointment cancelled", template="cancelled", sample=SAMPLE))


def visit_ref(appointment: Appointment) -> str:
    """How the other desks name this visit."""
    return subject_ref("scheduling.appointment", appointment.pk)


def short_time(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Day, date, time and zone as a text holds them: Tue Dec 1, 2:00 PM CST."""
    return f"{moment.astimezone(zone):%a %b %-d, %-I:%M %p %Z}"


def visit_booked(appointment: Appointment, *, answers_own_action: bool) -> list[Message]:
    """Put the confirmation in the outbox, with the calendar entry."""
    return _enqueue(appointment, kind=BOOKED, method="REQUEST", answers_own_action=answers_own_action)


def visit_changed(appointment: Appointment, *, old_start: dt.datetime, answers_own_action: bool) -> list[Message]:
    """Put the new time in the outbox; its calendar entry takes the place of the old one."""
    old = _clock_words(old_start.astimezone(ClinicProfile.current().zone_info))
    return _enqueue(
        appointment,
        kind=CHANGED,
        method="REQUEST",
        answers_own_action=answers_own_action,
        more={f"old_{name}": text for name, text in old.items()},
    )


def visit_cancelled(appointment: Appointment, *, answers_own_action: bool) -> list[Message]:
    """Put the word that the visit is off in the outbox; it takes the entry out of the calendar.

    It waits while the cancelling can be undone.
    """
    return _enqueue(
        appointment,
        kind=CANCELLED,
        method="CANCEL",
        answers_own_action=answers_own_action,
        not_before=appointment.held_until,
    )


def _enqueue(
    appointment: Appointment,
    *,
    kind: str,
    method: str,
    answers_own_action: bool,
    not_before: dt.datetime | None = None,
    more: Mapping[str, str] | None = None,
) -> list[Message]:
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
        context={**_words(appointment), **(more or {})},
        useless_after=appointment.starts_at,
        not_before=not_before,
        answers_own_action=answers_own_action,
        is_discreet=request.is_discreet,
        language=request.language,
        attachments=attachments,
    )


def _clock_words(local: dt.datetime) -> dict[str, str]:
    return {"day": f"{local:%A, %B %-d, %Y}", "time": f"{local:%-I:%M %p %Z}"}


def _words(appointment: Appointment) -> dict[str, object]:
    profile = ClinicProfile.current()
    local = appointment.starts_at.astimezone(profile.zone_info)
    address = (appointment.location.address if appointment.location else "") or profile.address
    return {
        "when": short_time(local, profile.zone_info),
        **_clock_words(local),
        "how": str(Mode(appointment.mode).label),
        "mode": appointment.mode,
        "place": [line.strip() for line in address.splitlines() if line.strip()],
        "visit_link": links.placeholder("visit", appointment.pk),
    }
