"""The post room's front door for reading."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from clinic.models import ClinicProfile
from notifications.models import Message

DAYS_COUNTED = 14
OLDEST_COUNTED = dt.timedelta(days=31)
WAITS = Q(state=Message.State.QUEUED) & ~Q(reason="")
NOT_SENT = Q(
    state__in=(
        Message.State.SUPPRESSED,
        Message.State.FAILED,
        Message.State.UNDELIVERED,
        Message.State.EXPIRED,
        Message.State.UNKNOWN,
    )
)
NOT_ARRIVED = (Message.State.UNDELIVERED, Message.State.FAILED, Message.State.EXPIRED)


def history_for(subject_ref: str) -> QuerySet[Message]:
    """Everything written about one subject, newest first."""
    return Message.objects.filter(subject_ref=subject_ref).order_by("-created_at", "-pk")


def undelivered() -> QuerySet[Message]:
    """What did not reach anybody, newest first."""
    return Message.objects.filter(state__in=NOT_ARRIVED).order_by("-created_at", "-pk")


def oldest_due_age(now: dt.datetime | None = None) -> dt.timedelta | None:
    """For how long the oldest due row has been waiting; None when none waits."""
    moment = now or timezone.now()
    oldest = Message.objects.filter(state=Message.State.QUEUED, not_before__lte=moment).aggregate(
        oldest=Min("not_before")
    )["oldest"]
    return None if oldest is None else moment - oldest


def unsent(*, since: dt.datetime) -> QuerySet[Message]:
    """What will not be sent, was refused, did not arrive or waits, newest first."""
    return Message.objects.filter(NOT_SENT | WAITS, created_at__gte=since).order_by("-created_at", "-pk")


def reasons(*, since: dt.datetime) -> list[dict[str, object]]:
    """How many of them for which reason: `{state, reason, count}`, most first."""
    rows = unsent(since=since).order_by().values("state", "reason").annotate(count=Count("pk"))
    return [dict(row) for row in rows.order_by("-count", "state", "reason")[:50]]


@dataclass(kw_only=True)
class DayCount:
    """What happened to messages on one day."""

    day: dt.date
    due: int = 0
    sent: int = 0
    delivered: int = 0
    suppressed: dict[str, int] = field(default_factory=dict)


def daily_counts(*, now: dt.datetime | None = None) -> list[DayCount]:
    """For each of the last days in the clinic's zone, the newest first: due, sent, delivered, suppressed by reason.

    Each number is of what happened on that day, so that it can be held against the provider's bill and the relay's
    log: `due` had their time come (after quiet hours, backoff and pauses; what was taken back is left out), `sent`
    were taken by a provider, `delivered` were reported to have arrived (texts and calls; nobody reports e-mails),
    `suppressed` were given up that day. The numbers of one day need not add up: what was due late in the evening may
    arrive after midnight. What was made more than a month before the first of these days is left out. Three queries.
    """
    moment, zone = now or timezone.now(), ClinicProfile.current().zone_info
    first = moment.astimezone(zone).date() - dt.timedelta(days=DAYS_COUNTED - 1)
    since = dt.datetime.combine(first, dt.time(), zone)
    recent = Message.objects.filter(created_at__gte=since - OLDEST_COUNTED)
    found: dict[dt.date, DayCount] = {}
    for column, rows in (
        ("not_before", recent.exclude(state=Message.State.WITHDRAWN)),
        ("sent_at", recent),
        ("settled_at", recent.filter(state__in=(Message.State.DELIVERED, Message.State.SUPPRESSED))),
    ):
        happened = rows.filter(**{f"{column}__gte": since, f"{column}__lte": moment})
        reason = Case(
            When(state=Message.State.SUPPRESSED, then=F("reason")), default=Value(""), output_field=CharField()
        )
        groups = happened.order_by().values(day=TruncDate(column, tzinfo=zone), how=F("state"), why=reason)
        for row in groups.annotate(count=Count("pk")):
            _add(found.setdefault(row["day"], DayCount(day=row["day"])), column, row)
    return [found[day] for day in sorted(found, reverse=True)]


def _add(day: DayCount, column: str, row: Mapping[str, Any]) -> None:
    if column == "not_before":
        day.due += row["count"]
    elif column == "sent_at":
        day.sent += row["count"]
    elif row["how"] == Message.State.DELIVERED:
        day.delivered += row["count"]
    else:
        day.suppressed[row["why"]] = row["count"]
