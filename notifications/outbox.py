"""The outbox: the one way to have something sent. A row stands or falls with the change it speaks of."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic.models import User
from notifications import bell, consent, kinds, rendering, results
from notifications.errors import OutsideTransactionError, ResendError
from notifications.models import Channel, Consent, InboundMessage, Message

Address = tuple[Channel, str]
Attachment = Mapping[str, str]
KEY_LENGTH = 250
LATE_AFTER = dt.timedelta(minutes=2)
LOST = (
    Message.State.FAILED, Message.State.UNDELIVERED, Message.State.EXPIRED, Message.State.SUPPRESSED,
    Message.State.SIMULATED,
)  # fmt: skip
UNDER_WAY = (Message.State.QUEUED, Message.State.SENDING, Message.State.UNKNOWN)
SAID_AGAIN = (
    "kind", "channel", "address", "language", "is_discreet", "context", "attachments", "subject_ref", "basis",
    "consent_id", "in_reply_to_id", "staff_user_id", "staff_role", "useless_after",
)  # fmt: skip
PROMISED = ("not_before", "answers_own_action", "fallback", "has_fallback")
AGAIN, OCCURRENCE_LENGTH = " | ", 120


def enqueue_consented(
    *,
    kind: str,
    addresses: Sequence[Address],
    subject_ref: str,
    occurrence: str,
    context: Mapping[str, Any],
    useless_after: dt.datetime,
    not_before: dt.datetime | None = None,
    answers_own_action: bool = False,
    is_discreet: bool = False,
    language: str = "en",
    attachments: Sequence[Attachment] = (),
) -> list[Message]:
    """Put one row in the outbox for each address with a live consent, where the kind travels that way; returns those.

    Where they agreed once and may not be written to now (STOP, a link in an e-mail), a suppressed row says why, and
    is not returned. Who never agreed gets none.

    `context` and `attachments` ({name, mime, text}) are JSON-safe; links in them are `links.placeholder()`.
    Asked for again, the row that stands is returned. Raises OutsideTransactionError, UnknownKindError, AddressError.
    """
    shared: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "is_discreet": is_discreet,
        "context": dict(context),
        "attachments": [dict(attachment) for attachment in attachments],
        "subject_ref": subject_ref,
        "occurrence": occurrence,
        "answers_own_action": answers_own_action,
        "basis": Message.Basis.CONSENT,
        "not_before": not_before or timezone.now(),
        "useless_after": useless_after,
    }
    rows = [
        _put(Message(channel=channel, address=line.address, consent=line, **shared, **_refused(reason)))
        for channel, line, reason in _consented(kinds.kind_named(kind), addresses)
    ]
    return [row for row in rows if row.state != Message.State.SUPPRESSED]


def enqueue_reply(
    *,
    kind: str,
    inbound: InboundMessage,
    useless_after: dt.datetime,
    language: str = "en",
    subject_ref: str = "",
    occurrence: str = "reply",
) -> Message:
    """Put the one answer to STOP, START, HELP or to other words in the outbox. It needs no consent; it answers a text."""
    return _put(
        Message(
            kind=kind,
            channel=Channel.SMS,
            address=inbound.address,
            language=language,
            subject_ref=subject_ref or f"notifications.inbound:{inbound.pk}",
            occurrence=occurrence,
            answers_own_action=True,
            basis=Message.Basis.REQUIRED_REPLY,
            in_reply_to=inbound,
            not_before=timezone.now(),
            useless_after=useless_after,
        )
    )


def enqueue_staff(
    *,
    kind: str,
    addresses: Sequence[Address],
    subject_ref: str,
    occurrence: str,
    context: Mapping[str, Any],
    useless_after: dt.datetime,
    user: User | None = None,
    role: str = "",
    not_before: dt.datetime | None = None,
    fallback: Sequence[Address] = (),
    calls: bool = True,
) -> list[Message]:
    """Put one row for each address of a member of staff, or of a role, in the outbox.

    `fallback`: tried when a row fails, or has not left after two minutes. Where calls are switched on and the kind
    can be spoken, each number is called, too, unless `calls` says that this person does not want that.
    """
    return [
        _put(
            Message(
                kind=kind,
                channel=channel,
                address=consent.normalise_address(channel, address),
                context=dict(context),
                subject_ref=subject_ref,
                occurrence=occurrence,
                basis=Message.Basis.STAFF,
                staff_user=user,
                staff_role=role,
                not_before=not_before or timezone.now(),
                useless_after=useless_after,
                fallback=[list(entry) for entry in fallback],
                has_fallback=bool(fallback),
            )
        )
        for channel, address in (_with_calls(kind, addresses) if calls else addresses)
    ]


def fall_back(*, limit: int) -> int:
    """Try the other addresses of staff whose message failed or is late; returns for how many. Called by the sweep."""
    now = timezone.now()
    lost = Q(state__in=LOST) | Q(state__in=UNDER_WAY, created_at__lt=now - LATE_AFTER)
    rows = Message.objects.filter(lost, has_fallback=True, useless_after__gt=now).order_by("created_at")[:limit]
    return sum(_fall_back(row) for row in rows)


@transaction.atomic
def _fall_back(row: Message) -> int:
    taken = Message.objects.filter(pk=row.pk, has_fallback=True).update(has_fallback=False, updated_at=timezone.now())
    if taken:
        enqueue_staff(
            kind=row.kind,
            addresses=[(Channel(channel), address) for channel, address in row.fallback],
            subject_ref=row.subject_ref,
            occurrence=row.occurrence,
            context=row.context,
            useless_after=row.useless_after,
            user=row.staff_user,
            role=row.staff_role,
        )
    return taken


def _with_calls(kind: str, addresses: Sequence[Address]) -> list[Address]:
    """The addresses, and a call to each number where that is switched on and the kind has spoken words."""
    calls = settings.TWILIO_VOICE_ALERTS and rendering.travels_by(kinds.kind_named(kind), Channel.VOICE)
    numbers = [(Channel.VOICE, address) for channel, address in addresses if channel == Channel.SMS and calls]
    return [*addresses, *numbers]


def withdraw(*, subject_ref: str, kinds: Sequence[str] | None = None, reason: str) -> int:
    """Take back what waits about a subject; returns how many rows.

    A row on its way to the provider cannot be called back, but it will not be tried again.
    """
    _require_transaction()
    about = Q(subject_ref=subject_ref) & (Q() if kinds is None else Q(kind__in=kinds))
    return _withdraw(Message.objects.filter(about), reason=reason)


def withdraw_due(*, before: dt.datetime, until: dt.datetime, reason: str) -> int:
    """Take back what was written before a time and was due until another; returns how many rows.

    For a database restored from a backup of the first, after a machine died at the second: much of it left between.
    What colleagues are told is said again, as a second alert harms nobody.
    """
    _require_transaction()
    due = Message.objects.filter(created_at__lt=before, not_before__lte=until)
    return _withdraw(due.exclude(basis=Message.Basis.STAFF), reason=reason)


def _withdraw(rows: QuerySet[Message], *, reason: str) -> int:
    now = timezone.now()
    withdrawn = rows.filter(state=Message.State.QUEUED).update(
        state=Message.State.WITHDRAWN, reason=reason[:200], withdrawn_at=now, settled_at=now, updated_at=now
    )
    taken = (Message.State.SENDING, Message.State.UNKNOWN)
    rows.filter(state__in=taken).update(withdrawn_at=now, updated_at=now)
    return withdrawn


def bring_back(*, subject_ref: str, reason: str, since: dt.datetime, key: str) -> int:
    """Undo a `withdraw()` with this reason that happened at `since` or later; returns how many rows wait again.

    What was withdrawn stays withdrawn and is said by a new row, once per `key`, unless it would come too late. A row
    that was on its way to the provider may be tried again. Inside a transaction.
    """
    _require_transaction()
    taken = Message.objects.filter(subject_ref=subject_ref, withdrawn_at__gte=since)
    taken.filter(state__in=UNDER_WAY).update(withdrawn_at=None, updated_at=timezone.now())
    caught = taken.filter(state=Message.State.WITHDRAWN, reason__in=(reason[:200], results.WITHDRAWN_UNDER_WAY))
    rows = caught.filter(useless_after__gt=timezone.now()).order_by("created_at", "pk")
    return len({_put(_once_more(row, key, more=PROMISED)).pk for row in rows})


@transaction.atomic
def send_again(message: Message, *, key: str) -> Message:
    """Put a message that did not arrive in the outbox once more, once per `key`. Consent is looked at again.

    Raises ResendError: never for one of which nobody knows whether it went, nor when it came too late.
    """
    if message.state not in {Message.State.FAILED, Message.State.UNDELIVERED}:
        raise ResendError(f"A message that is “{message.get_state_display()}” is not sent again")
    if timezone.now() >= message.useless_after:
        raise ResendError("It is too late for this message. Call instead")
    again = _once_more(message, f"again {key}")
    again.not_before = timezone.now()
    return _put(again)


def wake(*, address: str) -> int:
    """Let what waited for the end of a pause go on now; returns how many rows."""
    now = timezone.now()
    return Message.objects.filter(address=address, state=Message.State.QUEUED, reason=consent.PAUSED).update(
        not_before=now, reason="", updated_at=now
    )


def _consented(kind: kinds.Kind, addresses: Sequence[Address]) -> Iterator[tuple[Channel, Consent, str]]:
    """The channel and consent line of each address that ever agreed and this kind can reach, and why it may not go."""
    _require_transaction()
    for channel, address in addresses:
        permission = consent.may_contact(channel=channel, address=address)
        line = permission.consent or permission.refused
        if line is not None and rendering.travels_by(kind, channel):
            yield channel, line, "" if permission.consent else permission.reason


def _refused(reason: str) -> dict[str, Any]:
    """What a row that never may go is born with; nothing for the others."""
    return {"state": Message.State.SUPPRESSED, "reason": reason, "settled_at": timezone.now()} if reason else {}


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise OutsideTransactionError("Messages are put in the outbox inside the transaction they belong to")


def _once_more(message: Message, key: str, *, more: Sequence[str] = ()) -> Message:
    """The same in a row of its own. However often that happens, the occurrence holds the last key alone."""
    said = {name: getattr(message, name) for name in (*SAID_AGAIN, *more)}
    first, _, _last = message.occurrence.partition(AGAIN)
    return Message(**said, occurrence=f"{first}{AGAIN}{key}"[:OCCURRENCE_LENGTH])


def _key(message: Message) -> str:
    address = hashlib.sha256(message.address.encode()).hexdigest()[:12]
    key = f"{message.subject_ref}|{message.kind}|{message.channel}|{address}|{message.occurrence}"
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def _put(message: Message) -> Message:
    """Insert unless the same message stands already, and have the bell rung on commit."""
    _require_transaction()
    kinds.kind_named(message.kind)
    message.dedupe_key = _key(message)
    Message.objects.bulk_create([message], ignore_conflicts=True)
    standing = Message.objects.get(dedupe_key=message.dedupe_key)
    if standing.pk == message.pk and standing.state == Message.State.QUEUED and standing.not_before <= timezone.now():
        _ring_on_commit(standing.pk)
    return standing


def _ring_on_commit(message_id: uuid.UUID) -> None:
    # A named function: Django 5.2 cannot log the failure of a partial (it has no __qualname__).
    def ring_after_commit() -> None:
        bell.ring(message_id)

    transaction.on_commit(ring_after_commit, robust=True)
