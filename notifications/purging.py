"""What the post room forgets: address and words of old messages. That, when, why and how they went stays.

The consent ledger is proof and is kept (clinical.md 5.6: six years); it has the address and the exact wording.
"""

import datetime as dt
import hashlib

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic import purging
from notifications.models import InboundMessage, Message

BATCH = 500
State = Message.State
# Forwarded nowhere any more: what is under way keeps its address.
OVER = (
    State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED, State.SUPPRESSED, State.WITHDRAWN, State.EXPIRED,
    State.SIMULATED,
)  # fmt: skip


def register_rules() -> None:
    """Tell `purge_expired` about them. Called from `apps.ready()`."""
    purging.register(
        purging.Rule(
            name="notifications.messages",
            label="Address and text of old messages",
            keep=kept_for,
            count=lambda before: _old_messages(before).count(),
            remove=blank_messages,
        )
    )
    purging.register(
        purging.Rule(
            name="notifications.texts_in",
            label="Number and words of old texts that came in",
            keep=kept_for,
            count=lambda before: _old_texts(before).count(),
            remove=blank_texts,
        )
    )


def kept_for() -> dt.timedelta:
    """How long words and addresses of messages are kept."""
    return dt.timedelta(days=settings.MESSAGE_KEEP_DAYS)


def blank_messages(before: dt.datetime) -> int:
    """Take address, values and words out of the messages made before; returns how many."""
    count = 0
    while rows := list(_old_messages(before).order_by("created_at")[:BATCH]):
        for row in rows:
            row.text_hash = hashlib.sha256(row.body_text.encode()).hexdigest() if row.body_text else ""
            row.address = row.subject = row.body_text = row.body_html = ""
            row.context, row.attachments, row.fallback = {}, [], []
            row.has_fallback, row.purged_at = False, timezone.now()
        with transaction.atomic():
            Message.objects.bulk_update(
                rows,
                ["text_hash", "address", "subject", "body_text", "body_html", "context", "attachments", "fallback",
                 "has_fallback", "purged_at"],
            )  # fmt: skip
        count += len(rows)
    return count


def blank_texts(before: dt.datetime) -> int:
    """Take number and words out of the texts that came in before; returns how many."""
    return _old_texts(before).update(address="", body="", updated_at=timezone.now())


def _old_messages(before: dt.datetime) -> QuerySet[Message]:
    return Message.objects.filter(purged_at=None, created_at__lt=before, state__in=OVER)


def _old_texts(before: dt.datetime) -> QuerySet[InboundMessage]:
    """Not those that still wait for a person."""
    is_done = Q(needs="") | Q(closed_at__isnull=False)
    return InboundMessage.objects.filter(is_done, created_at__lt=before).exclude(address="")
