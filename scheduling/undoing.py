"""A step that was a slip of the hand is taken back: a real move the other way, with a line of its own in the history.

Who took the step can undo it for a short while, as long as nothing else happened to the visit.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from clinic.models import User
from scheduling import selectors
from scheduling.errors import ChangedMeanwhileError, IllegalMoveError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.steps import STAFF, what_happened
from scheduling.transitions import TAKEN_BACK, UNDOES_WITHIN, attempt

OFFERED_FOR = dt.timedelta(seconds=30)  # a page that was made just before the end may still be sent
UNDOABLE = ("confirmed", "arrived", "completed", "no_show")  # cancelling asks first and tells the patient at once
Status = Appointment.Status


def take_back(*, visit: Appointment, event_id: int, by: User, now: dt.datetime | None = None) -> Appointment:
    """Undo the step that this line of the history tells of. Twice is fine.

    Raises ChangedMeanwhileError when something else happened since, or another took the step; IllegalMoveError when
    it is too late; SlotTakenError when the time it would come back to was taken.
    """
    moment = now or timezone.now()
    events = list(visit.events.order_by("id"))
    last = events[-1] if events else None
    if last is not None and last.event == TAKEN_BACK and last.made_by_id == by.pk:
        return visit
    if last is None or last.pk != event_id or last.event not in UNDOABLE or last.made_by_id != by.pk:
        raise ChangedMeanwhileError(what_happened(visit))
    if moment - last.at > UNDOES_WITHIN:
        raise IllegalMoveError("The time to undo this is over. Choose the right step instead.")
    before = _state_before(events)
    slip = Status(last.event)
    moved, changed = attempt(
        appointment=visit,
        to=before,
        source=STAFF,
        by=by,
        reason=f"{slip.label} taken back: {before.label.lower()} again",
        now=moment,
        only=Q(revision=visit.revision),
        undoes=slip,
    )
    if not changed:
        raise ChangedMeanwhileError(what_happened(moved))
    return selectors.visit_by_id(visit.pk)


def undoable_events(*, by: User, now: dt.datetime) -> Q:
    """The steps that this member of staff can still take back."""
    return Q(event__in=UNDOABLE, source=AppointmentEvent.Source.STAFF, made_by=by, at__gte=now - OFFERED_FOR)


def _state_before(events: Iterable[AppointmentEvent]) -> Status:
    """What the visit was before its last step, read from its history."""
    states = [Status.BOOKED]
    for event in events:
        if event.event in Status.values:
            states.append(Status(event.event))
        elif event.event == "moved":
            states.append(Status.BOOKED)
        elif event.event == TAKEN_BACK and len(states) > 1:
            states.pop()
    return states[-2] if len(states) > 1 else Status.BOOKED
