"""The visit's own history: one line for each thing that happened to it, in the same transaction."""

import uuid

from clinic.models import User
from scheduling.models import Appointment, AppointmentEvent

REASON_LENGTH = 300


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
