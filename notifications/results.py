"""Writing down what became of a row, and telling the desk when nothing reached the person.

Every change is a conditional UPDATE on the state it leaves and, for a worker, on its lease: a worker
that slept too long, and a callback that comes late, change nothing.
"""

import datetime as dt
import uuid
from random import SystemRandom

from django.db import transaction

from clinic import desk_tasks, subjects
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask
from notifications import consent, pacing
from notifications.kinds import UnknownKindError, kind_named
from notifications.models import Channel, Consent, Message
from notifications.transports.contract import Accepted, TransportError

State = Message.State
MOST_TRIES = 8
FIRST_WAIT = 60.0  # seconds; greylisting servers want some minutes
LONGEST_WAIT = 3600.0
LOOK_AGAIN_AFTER = dt.timedelta(seconds=60)
CALL_BEFORE = dt.timedelta(hours=1)
IN_FLIGHT = (State.SENDING, State.UNKNOWN)
MAY_ARRIVE = (State.QUEUED, State.SENDING, State.SENT, State.DELIVERED, State.UNKNOWN)
NOT_ARRIVED = (State.FAILED, State.UNDELIVERED, State.EXPIRED)
WITHDRAWN_UNDER_WAY = "Taken back before it was sent"
_chance = SystemRandom()


def wait_before(attempt: int, *, retry_after: float | None = None) -> dt.timedelta:
    """How long to wait after try number `attempt` failed: doubling, with jitter, never under Retry-After."""
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, attempt - 1)) * _chance.uniform(0.75, 1.25)
    return dt.timedelta(seconds=max(seconds, retry_after or 0.0))


def settle(
    message: Message,
    *,
    token: uuid.UUID,
    now: dt.datetime,
    state: Message.State,
    reason: str,
    code: str = "",
    not_before: dt.datetime | None = None,
) -> bool:
    """Move a leased row to a state where no worker holds it. False when the lease was lost."""
    with transaction.atomic():
        moved = Message.objects.filter(pk=message.pk, state__in=IN_FLIGHT, lease_token=token).update(
            state=state,
            reason=reason[:200],
            error_code=code[:30],
            not_before=not_before or message.not_before,
            attempts=message.attempts,
            lease_token=None,
            lease_until=None,
            settled_at=None if state == State.QUEUED else now,
            updated_at=now,
        )
        if moved and state in NOT_ARRIVED:
            tell_desk_if_nothing_arrives(message, now=now)
    return bool(moved)


def record_accepted(message: Message, *, token: uuid.UUID, accepted: Accepted, now: dt.datetime) -> None:
    """The provider took it. A callback may have been quicker: then only the provider's id is added."""
    ours = Message.objects.filter(pk=message.pk, lease_token=token)
    moved = ours.filter(state__in=IN_FLIGHT).update(
        state=State.SIMULATED if accepted.is_simulated else State.SENT,
        reason="No provider is set up" if accepted.is_simulated else "",
        error_code="",
        lease_until=None,
        lease_token=None,
        provider_id=accepted.provider_id,
        sent_at=None if accepted.is_simulated else now,
        settled_at=now if accepted.is_simulated else None,
        updated_at=now,
    )
    if not moved:
        with transaction.atomic():
            if not accepted.is_simulated:
                ours.filter(sent_at=None).update(provider_id=accepted.provider_id, sent_at=now, updated_at=now)
            ours.update(lease_token=None)


def record_failed_try(message: Message, *, token: uuid.UUID, error: TransportError, now: dt.datetime) -> None:
    """The provider refused, could not be reached, or its answer was lost."""
    if error.our_account:
        tell_desk_of_our_account(message.channel, now=now)
    if error.is_providers and pacing.note_failure(message.channel, now=now, retry_after=error.retry_after):
        tell_desk_of_trouble(message.channel, now=now)
    if error.opted_out:
        _record_opt_out(message, token=token, error=error, now=now)
    elif error.ambiguous:
        Message.objects.filter(pk=message.pk, state=State.SENDING, lease_token=token).update(
            state=State.UNKNOWN,
            reason=error.reason[:200],
            error_code=error.code[:30],
            lease_until=now + max(LOOK_AGAIN_AFTER, dt.timedelta(seconds=error.retry_after or 0.0)),
            updated_at=now,
        )
    elif error.bounced:
        _record_bounce(message, token=token, error=error, now=now)
    elif error.permanent:
        settle(message, token=token, now=now, state=State.FAILED, reason=error.reason, code=error.code)
    else:
        try_later(message, token=token, now=now, reason=error.reason, code=error.code, retry_after=error.retry_after)


def look_again(message: Message, *, token: uuid.UUID, now: dt.datetime) -> None:
    """Nobody could say what became of it; ask again in some minutes."""
    Message.objects.filter(pk=message.pk, state=State.UNKNOWN, lease_token=token).update(
        lease_until=now + 5 * LOOK_AGAIN_AFTER, updated_at=now
    )


def try_later(
    message: Message,
    *,
    token: uuid.UUID,
    now: dt.datetime,
    reason: str,
    code: str = "",
    retry_after: float | None = None,
    most_tries: int = MOST_TRIES,
    again: dt.datetime | None = None,
) -> None:
    """Back to the queue for another try (at `again`, else by backoff), or to an end when there is none left."""
    again = again or now + wait_before(message.attempts, retry_after=retry_after)
    if message.attempts >= most_tries:
        settle(message, token=token, now=now, state=State.FAILED, reason=f"Given up: {reason}", code=code)
    elif again >= message.useless_after:
        settle(message, token=token, now=now, state=State.EXPIRED, reason=f"No time left: {reason}", code=code)
    else:
        settle(message, token=token, now=now, state=State.QUEUED, reason=reason, code=code, not_before=again)


def _record_opt_out(message: Message, *, token: uuid.UUID, error: TransportError, now: dt.datetime) -> None:
    with transaction.atomic():
        if settle(message, token=token, now=now, state=State.SUPPRESSED, reason=error.reason, code=error.code):
            note_opt_out(message, code=error.code, now=now)


def _record_bounce(message: Message, *, token: uuid.UUID, error: TransportError, now: dt.datetime) -> None:
    """There is no such mailbox: nothing more goes there until somebody ticks the box again."""
    with transaction.atomic():
        if (
            settle(message, token=token, now=now, state=State.FAILED, reason=error.reason, code=error.code)
            and message.basis == Message.Basis.CONSENT
        ):
            consent.revoke(
                channel=message.channel,
                address=message.address,
                source=Consent.Source.PROVIDER,
                subject_ref=message.subject_ref,
                evidence=f"bounced {error.code}",
            )


def note_opt_out(message: Message, *, code: str, now: dt.datetime) -> None:
    """The provider says that this number stopped: write it down here too, and tell the desk."""
    if message.basis == Message.Basis.REQUIRED_REPLY:
        return  # the provider answered STOP itself, and our ledger has it from the text
    with transaction.atomic():
        if not consent.is_stopped(channel=message.channel, address=message.address):
            consent.revoke(
                channel=message.channel,
                address=message.address,
                source=Consent.Source.PROVIDER,
                subject_ref=message.subject_ref,
                evidence=code,
            )
        tell_desk_of_opt_out(subject_ref=message.subject_ref, key=str(message.pk), now=now, address=message.address)


def tell_desk_of_opt_out(*, subject_ref: str, key: str, now: dt.datetime, address: str) -> None:
    """STOP is not a cancellation: the visit stands, and texts about it no longer arrive.

    A number that a family shares is stopped for all of them, and the task says so.
    """
    sharing = len(consent.subjects_at(address))
    shared = f" The number stands in {sharing} requests: it is stopped for all of them." if sharing > 1 else ""
    desk_tasks.open_task(
        kind=DeskTask.Kind.OPT_OUT,
        title=f"Texts were stopped. Any visit stays: agree another way to reach this person{'.' if shared else ''}{shared}",
        subject_ref=subject_ref,
        due_at=answer_promised_by(ClinicProfile.current(), now=now),
        dedupe_key=f"opt_out|{key}",
    )


def tell_desk_of_our_account(channel: str, *, now: dt.datetime) -> None:
    """The provider does not let us in: one task while it stands open, and at most one an hour."""
    subject_ref = f"notifications.provider:{channel}"
    if DeskTask.objects.filter(subject_ref=subject_ref, closed_at=None).exists():
        return
    desk_tasks.open_task(
        kind=DeskTask.Kind.PROVIDER,
        title=f"{Channel(channel).label}s do not leave: the provider refuses our account. Tell whoever keeps the system",
        subject_ref=subject_ref,
        due_at=now,
        dedupe_key=f"provider|{channel}|{now:%Y-%m-%dT%H}",
    )


def tell_desk_of_trouble(channel: str, *, now: dt.datetime) -> None:
    """The provider fails again and again: one task a day."""
    _provider_task(f"trouble:{channel}", f"{Channel(channel).label}s do not leave: the provider is in trouble", now)


def tell_desk_of_daily_cap(*, now: dt.datetime) -> None:
    """More texts than a day may have: somebody must look why."""
    _provider_task("cap", "Texts wait: more than the most for one day were to go. Look why before raising it", now)


def tell_desk_of_country(*, now: dt.datetime) -> None:
    """Somebody gave a number of a country that gets no texts."""
    _provider_task("country", "A text to a country that gets none was held back: see what will not be sent", now)


def _provider_task(name: str, title: str, now: dt.datetime) -> None:
    desk_tasks.open_task(
        kind=DeskTask.Kind.PROVIDER,
        title=title,
        subject_ref=f"notifications.provider:{name}",
        due_at=now,
        dedupe_key=f"provider|{name}|{now:%Y-%m-%d}",
    )


def tell_desk_if_nothing_arrives(message: Message, *, now: dt.datetime) -> None:
    """Open a task once no channel can bring this message any more."""
    if message.basis == Message.Basis.REQUIRED_REPLY:
        return
    if Message.objects.filter(pk=message.pk, withdrawn_at__isnull=False).exists():
        return  # whoever took it back knows
    same = Message.objects.filter(
        subject_ref=message.subject_ref, kind=message.kind, occurrence=message.occurrence, basis=message.basis
    )
    if same.filter(state__in=MAY_ARRIVE).exists():
        return
    desk_tasks.open_task(
        kind=DeskTask.Kind.UNDELIVERED,
        title=f"Did not arrive: {_label(message)}. Reach this person another way",
        subject_ref=message.subject_ref,
        due_at=_call_by(message.subject_ref, now),
        dedupe_key=f"undelivered|{message.subject_ref}|{message.kind}|{message.occurrence}"[:200],
    )


def _call_by(subject_ref: str, now: dt.datetime) -> dt.datetime:
    """When to have called, so that the task of the next visit stands first: before it begins, and as promised."""
    promised = answer_promised_by(ClinicProfile.current(), now=now)
    visit = subjects.takes_place_at(subject_ref)
    return min(promised, max(now, visit - CALL_BEFORE)) if visit is not None else promised


def _label(message: Message) -> str:
    try:
        return kind_named(message.kind).label
    except UnknownKindError:
        return message.kind


def unsubscribes(message: Message) -> bool:
    """Whether this message offers to stop its kind: e-mails that stand on consent."""
    return message.channel == Channel.EMAIL and message.basis == Message.Basis.CONSENT
