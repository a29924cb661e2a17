"""What tests do with a visit that stands: move it, cancel it, take that back."""

import uuid

from clinic.access import subject_ref
from notifications.models import Message
from scheduling import services
from scheduling.cancelling import undo_cancel
from scheduling.rescheduling import reschedule
from scheduling.tests.factories import NOW, another_request, at


def book(kind, start=None, asker=None, **changes):
    said = {"mode": "in_person", "booking_key": uuid.uuid4(), "source": "web", "now": NOW}
    return services.book(
        request=asker or another_request(), appointment_type=kind, start=start or at(10), **{**said, **changes}
    )


def move(visit, start, **changes):
    said = {"change_key": uuid.uuid4(), "source": "web", "now": NOW}
    return reschedule(appointment=visit, start=start, **{**said, **changes})


def cancel(visit, **changes):
    return services.cancel(appointment=visit, **{"source": "web", "now": NOW, **changes})


def undo(visit, **changes):
    return undo_cancel(appointment=visit, **{"source": "web", "now": NOW, **changes})


def messages_of(visit):
    """(kind, channel, state) of what was written about a visit, without the desk's name."""
    rows = Message.objects.filter(subject_ref=subject_ref("scheduling.appointment", visit.pk))
    return sorted((row.kind.removeprefix("scheduling."), row.channel, row.state) for row in rows)


def events_of(visit):
    return list(visit.events.values_list("event", flat=True))
