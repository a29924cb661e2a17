"""Taking rows off the pile: one worker gets them, and each only if it may still go at that moment."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, QuerySet

from clinic.models import ClinicProfile
from notifications import consent, hours, kinds, pacing, results
from notifications.models import Channel, Message

LEASE = dt.timedelta(minutes=2)  # longer than any transport's timeouts together
MOST_AT_ONCE = 20
# Anybody can tick a box for a stranger's number, then book and cancel all day.
ANSWERS_A_DAY = 20
PAUSE = dt.timedelta(hours=1)  # then looked at again; who ends a pause wakes what waits (outbox.wake)
DIED = "The worker died"
TURN = "Waits for its turn"
Obstacle = dict[str, Any]
State = Message.State


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row that this worker alone may send, until the lease ends."""

    message: Message
    token: uuid.UUID
    profile: ClinicProfile
    at: dt.datetime


def due(now: dt.datetime) -> QuerySet[Message]:
    """Rows that wait and whose time has come."""
    return Message.objects.filter(state=State.QUEUED, not_before__lte=now)


def claim(*, now: dt.datetime, first: uuid.UUID | None = None, more: int = 0) -> tuple[int, list[Claim]]:
    """Lease due rows for one try each: `first`, then up to `more` of the oldest; settle those that may not go.

    Returns how many were taken up, and those to send. One transaction: a consent withdrawn, or a row taken back,
    before it commits is seen here. A row whose worker died is taken alone: if it kills again, it kills no other.
    """
    token = uuid.uuid4()
    profile = ClinicProfile.current()
    with transaction.atomic():
        ids = _chosen(now, first, more)
        if not ids:
            return 0, []
        due(now).filter(pk__in=ids).update(
            state=State.SENDING, lease_token=token, lease_until=now + LEASE, attempted_at=None, updated_at=now
        )
        ours = Message.objects.select_related("consent").filter(pk__in=ids, lease_token=token)
        place = {pk: number for number, pk in enumerate(ids)}
        rows = sorted(ours, key=lambda row: place[row.pk])
        obstacles = _obstacles(rows, profile, now)
        for row in rows:
            if row.pk in obstacles:
                results.settle(row, token=token, now=now, **obstacles[row.pk])
    claims = [Claim(message=row, token=token, profile=profile, at=now) for row in rows if row.pk not in obstacles]
    return len(rows), claims


def _chosen(now: dt.datetime, first: uuid.UUID | None, more: int) -> list[uuid.UUID]:
    """Ids, locked where the engine can: what another worker holds is left to it, and nobody waits in a circle."""
    open_rows = due(now).select_for_update(skip_locked=True)
    ids: list[uuid.UUID] = []
    if first is not None:
        chosen = list(open_rows.filter(pk=first).values_list("pk", "reason"))
        ids = [pk for pk, _reason in chosen]
        if any(reason.startswith(DIED) for _pk, reason in chosen):
            return ids
    if more:
        others = open_rows.exclude(pk__in=ids)
        waiting = list(others.order_by("not_before").values_list("pk", "reason")[:more])
        calm = [pk for pk, reason in waiting if not reason.startswith(DIED)]
        ids += calm if calm or ids else [pk for pk, _reason in waiting[:1]]
    return ids


def begin_try(claimed: Claim, *, now: dt.datetime) -> bool:
    """Note, at the last moment before the provider is called, that a try begins.

    False: the lease is lost, or the row may no longer go. A STOP that came while the rows before it in the batch
    were sent is seen here.
    """
    message = claimed.message
    message.attempts += 1
    message.attempted_at = now
    ours = Message.objects.filter(pk=message.pk, state=State.SENDING, lease_token=claimed.token, withdrawn_at=None)
    if message.consent is not None:
        ours = ours.exclude(Exists(consent.taken_back_since(message.consent, claimed.at)))
    return bool(
        ours.update(
            attempts=message.attempts,
            attempted_at=now,
            lease_until=now + LEASE,
            subject=message.subject,
            body_text=message.body_text,
            body_html=message.body_html,
            consent=message.consent,
            updated_at=now,
        )
    )


def give_back(claims: Iterable[Claim], *, now: dt.datetime) -> None:
    """Rows whose try has not begun wait again: their provider is in trouble, or they were taken back meanwhile."""
    for claimed in claims:
        row = claimed.message
        ours = Message.objects.filter(pk=row.pk, state=State.SENDING, lease_token=claimed.token, attempted_at=None)
        free = {"lease_token": None, "lease_until": None, "updated_at": now}
        ours.filter(withdrawn_at=None).update(state=State.QUEUED, **free)
        ours.update(state=State.WITHDRAWN, reason=results.WITHDRAWN_UNDER_WAY, settled_at=now, **free)


def _obstacles(rows: list[Message], profile: ClinicProfile, now: dt.datetime) -> dict[uuid.UUID, Obstacle]:
    """Why rows may not go now, as the change each gets. Each question is asked once for all of them."""
    found: dict[uuid.UUID, Obstacle] = {}
    permissions = consent.permissions(
        (row.channel, row.address, row.consent.purpose) for row in rows if row.consent is not None
    )
    answers = _answers_today(rows, now)
    for row in rows:
        obstacle = (
            _over(row, now)
            or _no_consent(row, permissions, now)
            or _too_many(row, answers)
            or _quiet_hours(row, profile, now)
            or _no_texts_there(row, now)
        )
        if obstacle is not None:
            found[row.pk] = obstacle
    for ask in (_in_trouble, _beyond_the_day, _out_of_turn):
        found |= ask([row for row in rows if row.pk not in found], now)
    return found


def _over(message: Message, now: dt.datetime) -> Obstacle | None:
    if message.withdrawn_at is not None:
        return {"state": State.WITHDRAWN, "reason": results.WITHDRAWN_UNDER_WAY}
    if now >= message.useless_after:
        return {"state": State.EXPIRED, "reason": "Too late to be useful"}
    why = _withheld(message)
    return {"state": State.WITHDRAWN, "reason": why} if why else None


def _withheld(message: Message) -> str:
    """Why the desk that wrote it does not want it to go now."""
    try:
        ask = kinds.kind_named(message.kind).withheld
    except kinds.UnknownKindError:  # the writing of its text says so
        return ""
    return ask(message.subject_ref) if ask else ""


def _no_consent(
    message: Message, permissions: dict[tuple[str, str, str], consent.Permission], now: dt.datetime
) -> Obstacle | None:
    if message.basis != Message.Basis.CONSENT or message.consent is None:
        return None
    permission = permissions[message.channel, message.address, message.consent.purpose]
    if permission.allowed:
        message.consent = permission.consent  # the line that allows it now
        return None
    if permission.is_paused:
        return _later(message, now + PAUSE, permission.reason)
    return {"state": State.SUPPRESSED, "reason": permission.reason}


def _is_an_answer(message: Message) -> bool:
    return message.answers_own_action and message.basis == Message.Basis.CONSENT


def _answers_today(rows: list[Message], now: dt.datetime) -> Counter[str]:
    """How many answers to acts on our public pages each address got in a day, besides these rows."""
    addresses = {row.address for row in rows if _is_an_answer(row)}
    if not addresses:
        return Counter()
    earlier = Message.objects.filter(
        address__in=addresses,
        basis=Message.Basis.CONSENT,
        answers_own_action=True,
        attempted_at__gte=now - dt.timedelta(days=1),
    ).exclude(pk__in=[row.pk for row in rows])
    return Counter(dict(earlier.order_by().values_list("address").annotate(Count("pk"))))


def _too_many(message: Message, answers: Counter[str]) -> Obstacle | None:
    """Answers to acts on our public pages only: what the clinic itself has to say always goes."""
    if not _is_an_answer(message):
        return None
    if answers[message.address] < ANSWERS_A_DAY * settings.RATE_LIMIT_FACTOR:
        answers[message.address] += 1
        return None
    return {"state": State.SUPPRESSED, "reason": "Too many messages to this address in one day"}


def _quiet_hours(message: Message, profile: ClinicProfile, now: dt.datetime) -> Obstacle | None:
    is_exempt = (
        message.channel != Channel.SMS
        or message.basis != Message.Basis.CONSENT
        or (message.answers_own_action and profile.answers_at_once)
    )
    if is_exempt:
        return None
    opens = hours.next_allowed(number=message.address, profile=profile, now=now)
    if opens <= now:
        return None
    if opens >= message.useless_after:
        return {"state": State.EXPIRED, "reason": "Quiet hours last until it is useless"}
    return {"state": State.QUEUED, "reason": "Waits for the end of the quiet hours", "not_before": opens}


def _no_texts_there(message: Message, now: dt.datetime) -> Obstacle | None:
    is_held = message.channel == Channel.SMS and message.basis != Message.Basis.STAFF
    if not is_held or pacing.is_country_allowed(message.address):
        return None
    results.tell_desk_of_country(now=now)
    return {"state": State.SUPPRESSED, "reason": "No texts go to this country"}


def _in_trouble(rows: list[Message], now: dt.datetime) -> dict[uuid.UUID, Obstacle]:
    """Held back to spare the provider; alerts to staff always try."""
    held = [row for row in rows if row.basis != Message.Basis.STAFF]
    until = {channel: pacing.open_until(channel, now=now) for channel in {row.channel for row in held}}
    return {
        row.pk: _later(row, again, "Waits: the provider is in trouble")
        for row in held
        if (again := until[row.channel]) is not None
    }


def _beyond_the_day(rows: list[Message], now: dt.datetime) -> dict[uuid.UUID, Obstacle]:
    """Held back to spare the purse. A text that has its turn was counted when it got it."""
    texts = [row for row in rows if row.channel == Channel.SMS and row.basis == Message.Basis.CONSENT]
    fresh = [row for row in texts if row.reason != TURN]
    allowed = pacing.take_of_the_day(len(fresh)) if fresh else 0
    if len(fresh) > allowed:
        results.tell_desk_of_daily_cap(now=now)
    reason = "Waits: as many texts as one day may have have gone"
    return {row.pk: _later(row, now + PAUSE, reason) for row in fresh[allowed:]}


def _out_of_turn(rows: list[Message], now: dt.datetime) -> dict[uuid.UUID, Obstacle]:
    """Texts keep the pace of our number: those whose turn is yet to come wait in the outbox, not in a worker."""
    texts = [row for row in rows if row.channel == Channel.SMS and not _has_turn(row, now)]
    turns = pacing.take_turns(len(texts), now=now) if texts else []
    return {
        row.pk: _later(row, turn, TURN)
        for row, turn in zip(texts, turns, strict=False)
        if row.basis != Message.Basis.STAFF and turn > now + pacing.AHEAD
    }


def _has_turn(message: Message, now: dt.datetime) -> bool:
    """Its turn came a moment ago. One that is long past is given anew, else all would leave together after a rest."""
    return message.reason == TURN and message.not_before > now - pacing.TURN_HOLDS


def _later(message: Message, again: dt.datetime, reason: str) -> Obstacle:
    return {"state": State.QUEUED, "reason": reason, "not_before": min(again, message.useless_after)}
