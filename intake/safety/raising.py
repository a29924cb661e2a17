"""Raising a safety item, in the very transaction that saves the answer.

A person has one live item: a new reason is written into it, and a more urgent one makes it more
urgent, sets its clocks anew and tells staff again, even when somebody had acknowledged it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.models import User
from intake.models import ConsultationRequest, Patient, SafetyEvent, SafetyItem, Screening
from intake.safety import alerts, clocks, policy

Kind = SafetyEvent.Kind
REASONS = (Kind.RAISED, Kind.LEVEL_RAISED)
CONCERN = "staff-concern"


def raise_item(
    *,
    patient: Patient,
    level: int,
    trigger: str,
    request: ConsultationRequest | None = None,
    screening: Screening | None = None,
    detail: Any = None,
    by: User | None = None,
    answered_at: dt.datetime | None = None,
    now: dt.datetime | None = None,
) -> SafetyItem:
    """Have a person called: the item, its history and the alerts stand or fall with the caller's transaction.

    `trigger` is the rule's id, `detail` any JSON value (what was asked and said). The same trigger of the
    same sitting changes nothing while its item lives; after it was closed it raises a new one, unless
    `answered_at` says that the answer is the one which the closed item was about.
    """
    moment = now or timezone.now()
    reason = {"trigger": trigger, "detail": detail, "screening": str(screening.pk) if screening else ""}
    with transaction.atomic():
        # One at a time for each person: two pages saved at once must not make two items. (SQLite: one writer anyway.)
        locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        patient = locked.merged_into or locked  # two records became one while the page was open
        live = live_items([patient.pk]).first()
        if live is None:
            settled = _settled_by(patient, reason, answered_at) if screening and answered_at else None
            return settled or _open(patient, request, screening, level, reason, by, moment)
        return _add(live, screening, level, reason, by, moment)


def live_items(patient_ids: Iterable[Any]) -> Any:
    """The items of these people that nobody has closed, most urgent first."""
    return SafetyItem.objects.filter(patient__in=patient_ids).exclude(state=SafetyItem.State.CLOSED)


def reasons_of(item: SafetyItem) -> list[dict[str, Any]]:
    """Why it was raised, oldest first: `{"trigger", "detail", "screening"}`."""
    return [event.note for event in item.events.filter(kind__in=REASONS)]


def _open(
    patient: Patient,
    request: ConsultationRequest | None,
    screening: Screening | None,
    level: int,
    reason: dict[str, Any],
    by: User | None,
    now: dt.datetime,
) -> SafetyItem:
    clock, windows = policy.clock_for(level), policy.windows(now)
    item = SafetyItem.objects.create(
        patient=patient,
        request=request,
        screening=screening,
        level=level,
        trigger=reason["trigger"],
        trigger_digest=SafetyItem.digest_of(reason["trigger"]),
        detail=reason["detail"],
        raised_at=now,
        raised_by=by,
        contact_due_at=clocks.contact_due(clock, now, windows),
        next_alert_at=clocks.next_alert(clock, now, windows),
    )
    SafetyEvent.objects.create(item=item, kind=Kind.RAISED, by=by, note=reason)
    alerts.tell_staff(item, occurrence="raised", now=now)
    return item


def _add(
    item: SafetyItem,
    screening: Screening | None,
    level: int,
    reason: dict[str, Any],
    by: User | None,
    now: dt.datetime,
) -> SafetyItem:
    """A further reason for a live item. Told again when it is more urgent, or comes from another sitting."""
    is_known = any(_same(reason, known) for known in reasons_of(item))
    if is_known and level <= item.level and reason["trigger"] != CONCERN:
        return item
    is_higher = level > item.level
    SafetyEvent.objects.create(item=item, kind=Kind.LEVEL_RAISED if is_higher else Kind.RAISED, by=by, note=reason)
    is_another_sitting = screening is None or item.screening_id != screening.pk
    if is_higher or (is_another_sitting and item.state == SafetyItem.State.ACKNOWLEDGED):
        _begin_anew(item, max(level, item.level), reason if is_higher else None, now)
    return item


def _begin_anew(item: SafetyItem, level: int, reason: dict[str, Any] | None, now: dt.datetime) -> None:
    """Open again with clocks that begin now, and staff told. A due time is never put off by this."""
    clock, windows = policy.clock_for(level), policy.windows(now)
    due = clocks.contact_due(clock, now, windows)
    changed: dict[str, Any] = {
        "state": SafetyItem.State.OPEN,
        "level": level,
        "contact_due_at": min(due, item.contact_due_at or due),
        "next_alert_at": clocks.next_alert(clock, now, windows),
        "updated_at": now,
    }
    if reason is not None:
        changed["trigger"], changed["detail"] = reason["trigger"], reason["detail"]
        changed["trigger_digest"] = SafetyItem.digest_of(reason["trigger"])
    SafetyItem.objects.filter(pk=item.pk).exclude(state=SafetyItem.State.CLOSED).update(**changed)
    item.refresh_from_db()
    occurrence = f"again|{item.events.order_by('-id').values_list('id', flat=True).first()}"
    alerts.tell_staff(item, occurrence=occurrence, now=now)


def _settled_by(patient: Patient, reason: dict[str, Any], answered_at: dt.datetime) -> SafetyItem | None:
    """The item that a clinician closed after this very answer was given."""
    closed = SafetyItem.objects.filter(patient=patient, closed_at__gte=answered_at).order_by("-closed_at", "-pk")
    return next((item for item in closed if any(_same(reason, known) for known in reasons_of(item))), None)


def _same(reason: dict[str, Any], known: dict[str, Any]) -> bool:
    return (reason["trigger"], reason["screening"]) == (known["trigger"], known["screening"])
