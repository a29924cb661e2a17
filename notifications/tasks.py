"""Celery tasks: three lines each, ids only. Losing one loses nothing."""

import uuid

from celery import shared_task
from django.utils import timezone

from clinic import limits
from clinic.models import Heartbeat
from notifications import bell, delivery, outbox
from notifications.models import Message

BATCH = 200
QUESTIONS = 20  # reconciliations a minute: each is a call to the provider


@shared_task(name="notifications.deliver", ignore_result=True)
def deliver(message_id: str) -> None:
    """Deliver one row, and with it some that wait beside it."""
    delivery.answer_ring(uuid.UUID(message_id))


@shared_task(name="notifications.deliver_due", ignore_result=True)
def deliver_due() -> None:
    """Every five seconds: what waited for its turn, and what the doorbell missed."""
    delivery.deliver_due(limit=BATCH)


@shared_task(name="notifications.sweep", ignore_result=True)
def sweep() -> None:
    """Each minute: find what the doorbell missed, what a dead worker left and what was never answered.

    Rings first: to ask a slow provider about lost answers takes long, and must not keep others waiting.
    """
    Heartbeat.objects.update_or_create(name="beat", defaults={"seen_at": timezone.now()})
    delivery.take_over_expired_leases(limit=BATCH)
    outbox.fall_back(limit=BATCH)
    for message_id in delivery.due_ids(limit=BATCH):
        _ring_or_deliver(message_id)
    for message_id in delivery.unanswered_ids(limit=QUESTIONS):
        if delivery.reconcile(message_id) == Message.State.QUEUED:
            _ring_or_deliver(message_id)
    limits.forget_expired()


def _ring_or_deliver(message_id: uuid.UUID) -> None:
    if not bell.ring(message_id):
        delivery.deliver(message_id)
