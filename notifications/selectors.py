"""The post room's front door for reading."""

import datetime as dt

from django.db.models import Min, QuerySet
from django.utils import timezone

from notifications.models import Message

NOT_ARRIVED = (Message.State.UNDELIVERED, Message.State.FAILED, Message.State.EXPIRED)


def history_for(subject_ref: str) -> QuerySet[Message]:
    """Everything written about one subject, newest first."""
    return Message.objects.filter(subject_ref=subject_ref).order_by("-created_at")


def undelivered() -> QuerySet[Message]:
    """What did not reach anybody, newest first."""
    return Message.objects.filter(state__in=NOT_ARRIVED).order_by("-created_at")


def oldest_due_age(now: dt.datetime | None = None) -> dt.timedelta | None:
    """For how long the oldest due row has been waiting; None when none waits."""
    moment = now or timezone.now()
    oldest = Message.objects.filter(state=Message.State.QUEUED, not_before__lte=moment).aggregate(
        oldest=Min("not_before")
    )["oldest"]
    return None if oldest is None else moment - oldest
