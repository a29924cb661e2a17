"""Telling staff that somebody must be called: no name, no answer, only "sign in".

Everybody on call is told by every address of their shift at once. When nobody is on call, and when an
alert did not arrive, the circle widens to all clinicians' e-mail addresses; that an alert failed is an
alarm of its own, in the item's history and on every staff page. An address that nobody can write to
stops neither the saving of the answer nor the alerts to the others.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.urls import reverse

from clinic import desk_tasks, roster
from clinic.access import subject_ref
from clinic.models import DeskTask, OnCallShift, User
from intake.models import SafetyEvent, SafetyItem
from intake.safety.policy import CLINICIANS
from notifications import consent, outbox, selectors
from notifications.errors import AddressError
from notifications.kinds import Kind
from notifications.models import Channel, Message
from notifications.outbox import Address

logger = logging.getLogger(__name__)
SUBJECT = "intake.safetyitem"
USEFUL_FOR = dt.timedelta(hours=24)
LATE_AFTER = dt.timedelta(minutes=5)
WIDER = "wider"  # how occurrences of the wider circle begin
ALERT = Kind(
    name="intake.safety_alert",
    label="Staff: needs attention now",
    template="safety_alert",
    basis="staff",
    when="At once when somebody may be in danger, and again until it is acknowledged; at any hour",
    sample={"staff_link": "https://book.clinic.example/admin/desk/safety/"},
)
DID_NOT_ARRIVE = frozenset(
    {
        Message.State.FAILED,
        Message.State.UNDELIVERED,
        Message.State.EXPIRED,
        Message.State.SUPPRESSED,
        Message.State.SIMULATED,
    }
)
MAY_BE_LATE = frozenset({Message.State.QUEUED, Message.State.SENDING, Message.State.UNKNOWN})


def subject_of(item: SafetyItem) -> str:
    """How other desks name this item: `intake.safetyitem:<uuid>`."""
    return subject_ref(SUBJECT, item.pk)


def tell_staff(item: SafetyItem, *, occurrence: str, now: dt.datetime) -> None:
    """Put an alert to everybody on call, and to the item's owner, in the outbox. Inside a transaction only.

    Nobody on call: all clinicians. What waits from an earlier alert is taken back: this one says the same.
    """
    take_back(item, reason="A newer alert says the same")
    shifts = list(_one_each(roster.on_call(now)))
    circle = {shift.user_id: (shift.user, _addresses_of(shift)) for shift in shifts}
    by_voice = {shift.user_id for shift in shifts if shift.by_voice}
    if item.owner is not None and item.owner.pk not in circle:
        circle[item.owner.pk] = (item.owner, [(Channel.EMAIL, item.owner.email)])
    told = [
        _send(item, user, addresses, occurrence=occurrence, now=now, calls=user.pk in by_voice)
        for user, addresses in circle.values()
    ]
    if not any(told):
        why = "Nobody on call can be written to" if circle else "Nobody is on call"
        tell_all_clinicians(item, occurrence=f"{WIDER}|{occurrence}", now=now, why=why)


def tell_all_clinicians(item: SafetyItem, *, occurrence: str, now: dt.datetime, why: str) -> None:
    """The wider circle, by e-mail; its reason stands in the history and on the desk's list of tasks."""
    SafetyEvent.objects.create(item=item, kind=SafetyEvent.Kind.ALERT_FAILED, note={"why": why})
    desk_tasks.open_task(
        kind=DeskTask.Kind.SAFETY,
        title=f"{why}: find a clinician now and open the safety page",
        subject_ref=subject_of(item),
        due_at=now,
        dedupe_key=f"{subject_of(item)}|{why}"[:200],
    )
    for user in User.objects.filter(is_active=True, groups__name__in=CLINICIANS).order_by("pk").distinct():
        _send(item, user, [(Channel.EMAIL, user.email)], occurrence=occurrence, now=now)


def take_back(item: SafetyItem, *, reason: str) -> None:
    """Take back the alerts that still wait. Inside a transaction only."""
    outbox.withdraw(subject_ref=subject_of(item), kinds=[ALERT.name], reason=reason)


def has_failed(item: SafetyItem, *, now: dt.datetime) -> bool:
    """Whether the newest alert reached nobody: every one of its messages failed, or is late by minutes."""
    written = list(
        selectors.history_for(subject_of(item)).filter(kind=ALERT.name).exclude(state=Message.State.WITHDRAWN)
    )
    if not written:
        return False
    newest = [message for message in written if message.occurrence == written[0].occurrence]
    return all(_is_lost(message, now) for message in newest)


def was_widened(item: SafetyItem) -> bool:
    """Whether the newest alert went to the wider circle already."""
    newest = selectors.history_for(subject_of(item)).filter(kind=ALERT.name).first()
    return newest is not None and newest.occurrence.startswith(WIDER)


def newest_occurrence(item: SafetyItem) -> str:
    """Which alert was the last one."""
    newest = selectors.history_for(subject_of(item)).filter(kind=ALERT.name).first()
    return newest.occurrence if newest else ""


def _is_lost(message: Message, now: dt.datetime) -> bool:
    is_late = message.state in MAY_BE_LATE and now - message.created_at > LATE_AFTER
    return message.state in DID_NOT_ARRIVE or is_late


def _send(
    item: SafetyItem, user: User, addresses: list[Address], *, occurrence: str, now: dt.datetime, calls: bool = False
) -> bool:
    """Write to one person by each address that one can write to; False when there is none."""
    sound = [address for address in addresses if _is_sound(address)]
    if len(sound) < len(addresses):
        logger.error("on call, and an address is wrong", extra={"subject_ref": subject_of(item)})
    if not sound:
        return False
    outbox.enqueue_staff(
        kind=ALERT.name,
        addresses=sound,
        subject_ref=subject_of(item),
        occurrence=occurrence,
        context={"staff_link": settings.PUBLIC_BASE_URL + reverse("intake:safety")},
        useless_after=now + USEFUL_FOR,
        user=user,
        calls=calls,
    )
    ways = sorted({str(Channel(channel).label) for channel, _address in sound})
    SafetyEvent.objects.create(item=item, kind=SafetyEvent.Kind.ALERTED, to=user, note={"ways": ways})
    return True


def _is_sound(address: Address) -> bool:
    try:
        return bool(consent.normalise_address(*address))
    except AddressError:
        return False


def _one_each(shifts: Iterable[OnCallShift]) -> Iterator[OnCallShift]:
    """Two shifts of one person overlap: the later one says where they are now."""
    return iter({shift.user_id: shift for shift in shifts}.values())


def _addresses_of(shift: OnCallShift) -> list[Address]:
    addresses: list[Address] = []
    if shift.phone:
        addresses.append((Channel.SMS, str(shift.phone)))
    if shift.email:
        addresses.append((Channel.EMAIL, shift.email))
    return addresses
