"""What clinicians do with a safety item: take it, try to reach the person, hand it over, close it.

Each step is one conditional UPDATE on the state it leaves, with its line in the history and the
alerts it ends, in one transaction.
"""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.models import User
from intake.errors import ItemMovedOnError, NewReasonError, NotYetTriedError
from intake.models import Patient, SafetyEvent, SafetyItem
from intake.safety import alerts, clocks, policy
from intake.safety.raising import REASONS

Kind, State = SafetyEvent.Kind, SafetyItem.State


class Attempt(models.TextChoices):
    """How a try to reach somebody ended."""

    REACHED = "reached", "Reached, we spoke"
    VOICEMAIL = "voicemail", "Voicemail: asked to call back, nothing else said"
    NO_ANSWER = "no_answer", "No answer"
    OTHER = "other", "Something else (write what)"


class Disposition(models.TextChoices):
    """How an item ended."""

    SAFE = "safe", "Assessed; safe for now, next step agreed"
    SEEN = "seen", "Assessed; seen urgently or handed over to other care"
    EMERGENCY = "emergency", "Emergency services or welfare check"
    NOT_REACHED = "not_reached", "Could not be reached; everything the policy asks was tried"
    IN_ERROR = "in_error", "Raised in error"


def acknowledge(*, item: SafetyItem, by: User, now: dt.datetime | None = None) -> SafetyItem:
    """Take an item: from now on this clinician sees to it, and the alerts stop until the time to call has passed.

    Raises NotAClinicianError, ItemMovedOnError when another was quicker. Twice by the same is fine.
    """
    policy.require_clinician(by)
    moment = now or timezone.now()
    with transaction.atomic():
        due = item.contact_due_at
        again = due if due is not None and due > moment else _next_alert(item, moment)
        taken = _update(
            item,
            Q(state=State.OPEN),
            moment,
            state=State.ACKNOWLEDGED,
            owner=by,
            acknowledged_at=moment,
            next_alert_at=again,
        )
        if taken:
            SafetyEvent.objects.create(item=item, kind=Kind.ACKNOWLEDGED, by=by)
            alerts.take_back(item, reason="Acknowledged")
    if not taken and not (item.state == State.ACKNOWLEDGED and item.owner_id == by.pk):
        raise ItemMovedOnError(_where(item))
    return item


def record_attempt(
    *, item: SafetyItem, by: User, outcome: Attempt, note: str = "", now: dt.datetime | None = None
) -> SafetyItem:
    """Write down a try to reach the person. Until somebody is reached, the time to call begins anew.

    Raises NotAClinicianError, ItemMovedOnError when nobody has acknowledged the item or it is closed.
    """
    policy.require_clinician(by)
    moment = now or timezone.now()
    clock, windows = policy.clock_for(item.level), policy.windows(moment)
    due = None if outcome == Attempt.REACHED else clocks.contact_due(clock, moment, windows)
    again = clocks.disposition_due(clock, moment, windows) if due is None else due
    with transaction.atomic():
        if not _update(item, Q(state=State.ACKNOWLEDGED), moment, contact_due_at=due, next_alert_at=again):
            raise ItemMovedOnError(_where(item))
        SafetyEvent.objects.create(
            item=item, kind=Kind.CONTACT_ATTEMPT, by=by, note={"outcome": outcome.value, "note": note}
        )
        alerts.take_back(item, reason="Somebody tried to reach the person")
    return item


def hand_over(*, item: SafetyItem, to: User, by: User, note: str = "", now: dt.datetime | None = None) -> SafetyItem:
    """Give an item to another clinician, who is told at once and must acknowledge it; else it goes on alerting.

    Raises NotAClinicianError for either of the two, ItemMovedOnError when the item is closed or not taken.
    """
    policy.require_clinician(by)
    policy.require_clinician(to)
    moment = now or timezone.now()
    with transaction.atomic():
        moved = _update(
            item,
            Q(state=State.ACKNOWLEDGED),
            moment,
            state=State.OPEN,
            owner=to,
            next_alert_at=_next_alert(item, moment),
        )
        if not moved:
            raise ItemMovedOnError(_where(item))
        event = SafetyEvent.objects.create(item=item, kind=Kind.HANDED_OVER, by=by, to=to, note={"note": note})
        alerts.take_back(item, reason="Handed over")
        alerts.tell_staff(item, occurrence=f"handed|{event.pk}", now=moment)
    return item


def close(
    *,
    item: SafetyItem,
    by: User,
    disposition: Disposition,
    note: str,
    seen: int,
    now: dt.datetime | None = None,
) -> SafetyItem:
    """Close an item, the only way there is. `seen` is the id of the last line of history the clinician was shown.

    Raises NotAClinicianError; NewReasonError when the person has answered something since then;
    NotYetTriedError when nobody has tried to reach them; ItemMovedOnError when it is not acknowledged.
    """
    policy.require_clinician(by)
    moment = now or timezone.now()
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=item.patient_id)  # as raise_item() does
        if item.events.filter(kind__in=REASONS, pk__gt=seen).exists():
            raise NewReasonError("Something new came in while you were writing. Read it, then close.")
        tried = item.events.filter(kind=Kind.CONTACT_ATTEMPT).exists()
        if not tried and disposition != Disposition.IN_ERROR:
            raise NotYetTriedError("Record how you tried to reach this person, then close.")
        closed = _update(
            item,
            Q(state=State.ACKNOWLEDGED),
            moment,
            state=State.CLOSED,
            closed_at=moment,
            closed_by=by,
            disposition={"outcome": disposition.value, "note": note},
            contact_due_at=None,
            next_alert_at=None,
        )
        if not closed:
            raise ItemMovedOnError(_where(item))
        SafetyEvent.objects.create(item=item, kind=Kind.CLOSED, by=by, note={"outcome": disposition.value})
        alerts.take_back(item, reason="Closed")
    return item


def _update(item: SafetyItem, only: Q, now: dt.datetime, **values: Any) -> bool:
    """One conditional UPDATE; the item in hand then shows what stands in the database, changed or not."""
    changed = SafetyItem.objects.filter(only, pk=item.pk).update(**values, updated_at=now)
    item.refresh_from_db()
    return bool(changed)


def _next_alert(item: SafetyItem, now: dt.datetime) -> dt.datetime:
    return clocks.next_alert(policy.clock_for(item.level), now, policy.windows(now))


def _where(item: SafetyItem) -> str:
    if item.state == State.CLOSED:
        return f"{item.closed_by} closed this already."
    if item.state == State.ACKNOWLEDGED:
        return f"{item.owner} has acknowledged this already."
    return "Nobody has acknowledged this. Acknowledge it first."
