"""What the provider says later about a text it took. Forward only; repeated and late news change nothing."""

import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from notifications import results
from notifications.models import Channel, DeliveryEvent, Message

State = Message.State
# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
MEANING = {
    "accepted": State.SENT,
    "scheduled": State.SENT,
    "queued": State.SENT,
    "sending": State.SENT,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "partially_delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
    # https://www.twilio.com/docs/voice/api/call-resource#call-status-values
    "initiated": State.SENT,
    "ringing": State.SENT,
    "in-progress": State.SENT,
    "completed": State.DELIVERED,
    "busy": State.UNDELIVERED,
    "no-answer": State.UNDELIVERED,
}
ON_THE_WAY = Q(state__in=(State.SENDING, State.UNKNOWN)) | Q(state=State.QUEUED, attempts__gt=0)
COMES_FROM = {
    State.SENT: ON_THE_WAY,
    State.DELIVERED: ON_THE_WAY | Q(state=State.SENT),
    State.UNDELIVERED: ON_THE_WAY | Q(state=State.SENT),
    State.FAILED: ON_THE_WAY | Q(state=State.SENT),
}
OPTED_OUT = "21610"


def record_status(*, message_id: uuid.UUID, provider_id: str, status: str, error_code: str) -> bool:
    """Keep the news and move the row on if it is ahead. False when there is no such text or call.

    The news may come before the answer to our own request was written down: then the row is still being
    sent, and takes the provider's id from here.
    """
    now = timezone.now()
    with transaction.atomic():
        message = Message.objects.filter(pk=message_id, channel__in=(Channel.SMS, Channel.VOICE)).first()
        if message is None:
            return False
        DeliveryEvent.objects.bulk_create(
            [DeliveryEvent(message=message, provider_id=provider_id, status=status, error_code=error_code)],
            ignore_conflicts=True,
        )
        target = MEANING.get(status)
        if target is not None and _move(message, target, provider_id, error_code):
            if target in results.NOT_ARRIVED:
                results.tell_desk_if_nothing_arrives(message, now=now)
            if error_code == OPTED_OUT:
                results.note_opt_out(message, code=error_code, now=now)
    return True


def _move(message: Message, target: Message.State, provider_id: str, error_code: str) -> bool:
    now = timezone.now()
    ours = Message.objects.filter(COMES_FROM[target], pk=message.pk, provider_id__in=("", provider_id))
    moved = ours.update(
        state=target,
        reason="" if target in (State.SENT, State.DELIVERED) else "The network did not bring it",
        error_code=error_code,
        provider_id=provider_id,
        sent_at=message.sent_at or now,
        lease_until=None,
        settled_at=None if target == State.SENT else now,
        updated_at=now,
    )
    return bool(moved)
