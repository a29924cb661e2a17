"""Answers to reminders: "C" or "YES" from the phone of exactly one coming visit confirms it.

Anything less clear is read by a person: several visits or people behind one number, no visit, a visit
that moved since the text was sent, or a YES that no reminder asked for.
"""

import logging

from django.db import transaction
from django.utils import timezone

from intake.selectors import requests_of_contact
from notifications import inbound
from notifications.models import Channel, InboundMessage, Message
from notifications.selectors import history_for
from scheduling import reminder_messages, selectors
from scheduling.errors import IllegalMoveError
from scheduling.messages import visit_ref
from scheduling.models import Appointment, AppointmentEvent
from scheduling.transitions import transition

BATCH = 100
REACHED = (Message.State.SENT, Message.State.DELIVERED, Message.State.UNKNOWN, Message.State.SIMULATED)
Status = Appointment.Status
logger = logging.getLogger(__name__)


def read_confirmations(*, limit: int = BATCH) -> int:
    """Act on each "yes, I come" that waits, once; returns how many visits were confirmed."""
    return sum(_read(text) for text in inbound.unread_confirmations(limit=limit))


def _read(text: InboundMessage) -> bool:
    """One text, in one transaction; trouble with it leaves it for the next sweep, and does not stop the others."""
    try:
        with transaction.atomic():
            if not inbound.take_up(text):
                return False
            visit = _meant(text)
            if visit is None or not _confirm(visit):
                inbound.lay_before_a_person(text)
                return False
            reminder_messages.visit_confirmed(visit, number=text.address)
            return True
    except Exception:
        logger.exception("confirmation cannot be read", extra={"message_id": str(text.pk)})
        return False


def _confirm(visit: Appointment) -> bool:
    try:
        transition(appointment=visit, to=Status.CONFIRMED, source=AppointmentEvent.Source.TEXT)
    except IllegalMoveError:
        return False
    return True


def _meant(text: InboundMessage) -> Appointment | None:
    """The one visit that the text can be about; None when a person must find out."""
    requests = requests_of_contact(channel=Channel.SMS, address=text.address)
    coming = Appointment.objects.filter(
        request__in=requests, status__in=(Status.BOOKED, Status.CONFIRMED), starts_at__gt=timezone.now()
    )
    ids = list(coming.order_by().values_list("pk", flat=True)[:2])
    if len(ids) != 1:
        return None
    visit = selectors.visit_by_id(ids[0])
    if visit.events.filter(event__in=("booked", "moved"), at__gt=text.created_at).exists():
        return None  # they said yes to another time
    return visit if _was_asked(visit, text) else None


def _was_asked(visit: Appointment, text: InboundMessage) -> bool:
    """C always means the visit; YES does only after a reminder to that phone."""
    if not text.body.strip().lower().startswith("y"):
        return True
    reminders = history_for(visit_ref(visit)).filter(kind=reminder_messages.REMINDER, state__in=REACHED)
    return reminders.filter(channel=Channel.SMS, address=text.address).exists()
