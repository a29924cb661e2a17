"""Each minute: tell staff again, hand over what nobody watches, notice what did not arrive and who walked away.

Losing a run loses nothing: what is due stays due, and every staff page shows the open items by itself.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic import desk_tasks, hours, roster
from clinic.models import ClinicProfile, DeskTask, OnCallShift
from intake.models import SafetyEvent, SafetyItem, SafetyLevel, Screening
from intake.safety import alerts, clocks, policy
from intake.safety.raising import raise_item, reasons_of

ABANDONED = "form-abandoned"
ABANDONED_AFTER = dt.timedelta(hours=1)
WATCHED_OFF_ROSTER = dt.timedelta(hours=8)  # a working day: who took an item without a shift is relieved after it
BATCH = 200
Kind, State = SafetyEvent.Kind, SafetyItem.State
logger = logging.getLogger(__name__)


def sweep(now: dt.datetime | None = None) -> None:
    """Everything that is due at this moment. One item's trouble does not keep the others waiting."""
    moment = now or timezone.now()
    for items, step in (
        (_without_watcher(moment), hand_over_to_who_is_on_call),
        (_due(moment), alert_again),
        (_alerting(), widen_when_lost),
        (_walked_away_from(moment), note_abandoned),
    ):
        for item in items:
            _try(step, item, moment)
    tell_desk_of_gap(moment)


def alert_again(item: SafetyItem, now: dt.datetime) -> None:
    """Tell staff again, once however many sweeps run: nobody took it, or its time to call has passed."""
    clock = policy.clock_for(item.level)
    again = clocks.next_alert(clock, now, policy.windows(now))
    with transaction.atomic():
        mine = SafetyItem.objects.filter(pk=item.pk, state=item.state, next_alert_at=item.next_alert_at).update(
            next_alert_at=again, updated_at=now
        )
        if not mine:
            return
        if item.state == State.ACKNOWLEDGED:
            SafetyEvent.objects.create(item=item, kind=Kind.CLOCK_PASSED)
        occurrence = f"due|{item.next_alert_at:%Y-%m-%dT%H:%M:%S}"
        alerts.tell_staff(item, occurrence=occurrence, now=now)
        if _nobody_comes(item, clock, now):
            why = "Nobody acknowledges"
            alerts.tell_all_clinicians(item, occurrence=f"{alerts.WIDER}|{occurrence}", now=now, why=why)


def hand_over_to_who_is_on_call(item: SafetyItem, now: dt.datetime) -> None:
    """The owner's shift has ended: open again, and whoever is on call now is told."""
    clock, windows = policy.clock_for(item.level), policy.windows(now)
    if not clock.day_and_night and not hours.is_open(windows, now):
        return
    with transaction.atomic():
        moved = SafetyItem.objects.filter(pk=item.pk, state=State.ACKNOWLEDGED, owner=item.owner_id).update(
            state=State.OPEN, next_alert_at=clocks.next_alert(clock, now, windows), updated_at=now
        )
        if moved:
            item.refresh_from_db()
            event = SafetyEvent.objects.create(item=item, kind=Kind.HANDED_OVER, note={"note": "The shift ended"})
            alerts.tell_staff(item, occurrence=f"shift|{event.pk}", now=now)


def widen_when_lost(item: SafetyItem, now: dt.datetime) -> None:
    """An alert that reached nobody goes to all clinicians, once for each alert."""
    if alerts.was_widened(item) or not alerts.has_failed(item, now=now):
        return
    with transaction.atomic():
        locked = SafetyItem.objects.select_for_update(no_key=True).exclude(state=State.CLOSED).filter(pk=item.pk)
        if locked.first() is not None and not alerts.was_widened(item):
            occurrence = f"{alerts.WIDER}|{alerts.newest_occurrence(item)}"
            alerts.tell_all_clinicians(item, occurrence=occurrence, now=now, why="An alert did not arrive")


def note_abandoned(item: SafetyItem, now: dt.datetime) -> None:
    """The form was left after a safety answer: what it would have asked next is not known."""
    if any(reason["trigger"] == ABANDONED for reason in reasons_of(item)):
        return
    raise_item(
        patient=item.patient,
        level=SafetyLevel.URGENT_SAME_DAY,
        trigger=ABANDONED,
        request=item.request,
        screening=item.screening,
        detail="The form was left before the safety questions were answered",
        now=now,
    )


def tell_desk_of_gap(now: dt.datetime) -> None:
    """Screening is on and nobody is on call: a task, once a day."""
    profile = ClinicProfile.current()
    if not profile.screening_on or roster.on_call(now):
        return
    if not hours.is_open(hours.open_windows(profile, since=now, days=1), now):
        return  # the pages say truthfully that nobody is on call; the roster page shows the gap
    day = now.astimezone(profile.zone_info).date()
    desk_tasks.open_task(
        kind=DeskTask.Kind.SAFETY,
        title="Nobody is on call now: fill the roster, or turn screening off",
        subject_ref="clinic.roster:now",
        due_at=now,
        dedupe_key=f"roster-gap|{day.isoformat()}",
    )


def _due(now: dt.datetime) -> QuerySet[SafetyItem]:
    return _live().filter(next_alert_at__lte=now).order_by("-level", "next_alert_at", "pk")[:BATCH]


def _alerting() -> QuerySet[SafetyItem]:
    return _live().filter(state=State.OPEN).order_by("-level", "raised_at", "pk")[:BATCH]


def _without_watcher(now: dt.datetime) -> Iterator[SafetyItem]:
    """Taken by somebody not on call while others are: their shift ended, or they took it a working day ago."""
    on_call_now = {shift.user_id for shift in roster.on_call(now)}
    if not on_call_now:
        return
    for item in _live().filter(state=State.ACKNOWLEDGED).exclude(owner__in=on_call_now)[:BATCH]:
        ended = OnCallShift.objects.filter(user=item.owner_id, ends_at__gt=item.acknowledged_at, ends_at__lte=now)
        is_long_ago = item.acknowledged_at is not None and now - item.acknowledged_at >= WATCHED_OFF_ROSTER
        if is_long_ago or ended.exists():
            yield item


def _walked_away_from(now: dt.datetime) -> QuerySet[SafetyItem]:
    left = Q(
        screening__status=Screening.Status.IN_PROGRESS,
        screening__last_saved_at__lte=now - ABANDONED_AFTER,
        screening__last_saved_at__gt=now - dt.timedelta(days=14),
    )
    return _live().filter(left).select_related("patient", "screening")[:BATCH]


def _live() -> QuerySet[SafetyItem]:
    return SafetyItem.objects.exclude(state=State.CLOSED).select_related("owner", "patient", "request", "screening")


def _nobody_comes(item: SafetyItem, clock: clocks.Clock, now: dt.datetime) -> bool:
    """An emergency that two alerts to those on call did not bring anybody to goes to everybody, each time."""
    told_twice = now - item.raised_at >= 2 * clock.repeat_every * clocks.MINUTE
    return (
        item.level == SafetyLevel.EMERGENCY and item.state == State.OPEN and told_twice and not alerts.was_widened(item)
    )


def _try(step: Callable[[SafetyItem, dt.datetime], None], item: SafetyItem, now: dt.datetime) -> None:
    try:
        step(item, now)
    except Exception:
        logger.exception("safety sweep failed for an item", extra={"check": step.__name__})
