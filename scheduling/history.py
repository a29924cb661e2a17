"""The visit's own history: one line for each thing that happened to it, in the same transaction."""

import uuid

from clinic.models import User
from scheduling.models import Appointment, AppointmentEvent

REASON_LENGTH = 300
_WORDS = {"moved": "Moved to another time", "taken_back": "A step was taken back", "new_link": "New private link"}


def event_words(event: AppointmentEvent) -> str:
    """What happened, as staff say it: Cancelled by clinic."""
    return _WORDS.get(event.event) or dict(Appointment.Status.choices).get(event.event) or _plain(event.event)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def write_event(
    appointment: Appointment,
    event: str,
    *,
    source: str,
    by: User | None = None,
    reason: str = "",
    change_key: uuid.UUID | None = None,
) -> AppointmentEvent:
    """Write down what happened; `event` is booked, moved or the new status, `source` an AppointmentEvent.Source."""
    return AppointmentEvent.objects.create(
        appointment=appointment,
        event=event,
        source=source,
        made_by=by,
        reason=reason[:REASON_LENGTH],
        starts_at=appointment.starts_at,
        change_key=change_key,
    )
