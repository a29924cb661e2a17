"""The outbox: the one way to have something sent. A row stands or falls with the change it speaks of."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.models import User
from notifications import bell, consent, kinds, rendering
from notifications.errors import OutsideTransactionError
from notifications.models import Channel, Consent, InboundMessage, Message

Address = tuple[Channel, str]
Attachment = Mapping[str, str]
KEY_LENGTH = 250


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
    """Put one row in the outbox for each address with a live consent, where the kind travels that way.

    `context` and `attachments` ({name, mime, text}) are JSON-safe; links in them are `links.placeholder()`.
    Asked for again, the row that stands is returned. Raises OutsideTransactionError, UnknownKindError, AddressError.
    """
    return [
        _put(
            Message(
                kind=kind,
                channel=channel,
                address=line.address,
                language=language,
                is_discreet=is_discreet,
                context=dict(context),
                attachments=[dict(attachment) for attachment in attachments],
                subject_ref=subject_ref,
                occurrence=occurrence,
                answers_own_action=answers_own_action,
                basis=Message.Basis.CONSENT,
                consent=line,
                not_before=not_before or timezone.now(),
                useless_after=useless_after,
            )
        )
        for channel, line in _consented(kinds.kind_named(kind), addresses)
    ]


def enqueue_reply(*, kind: str, inbound: InboundMessage, useless_after: dt.datetime) -> Message:
    """Put the one answer to STOP, START or HELP in the outbox. It needs no consent; it answers a text."""
    return _put(
        Message(
            kind=kind,
            channel=Channel.SMS,
            address=inbound.address,
            subject_ref=f"notifications.inbound:{inbound.pk}",
            occurrence="reply",
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
) -> list[Message]:
    """Put one row for each address of a member of staff, or of a role, in the outbox."""
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
            )
        )
        for channel, address in addresses
    ]


def withdraw(*, subject_ref: str, kinds: Sequence[str] | None = None, reason: str) -> int:
    """Take back what waits about a subject; returns how many rows.

    A row on its way to the provider cannot be called back, but it will not be tried again.
    """
    _require_transaction()
    now = timezone.now()
    about = Q(subject_ref=subject_ref) & (Q() if kinds is None else Q(kind__in=kinds))
    withdrawn = Message.objects.filter(about, state=Message.State.QUEUED).update(
        state=Message.State.WITHDRAWN, reason=reason[:200], withdrawn_at=now, settled_at=now, updated_at=now
    )
    Message.objects.filter(about, state__in=(Message.State.SENDING, Message.State.UNKNOWN)).update(
        withdrawn_at=now, updated_at=now
    )
    return withdrawn


def _consented(kind: kinds.Kind, addresses: Sequence[Address]) -> Iterator[tuple[Channel, Consent]]:
    """The channel and the consent line of each address that may be written to, and can be with this kind."""
    _require_transaction()
    for channel, address in addresses:
        permission = consent.may_contact(channel=channel, address=address)
        if permission.consent is not None and rendering.travels_by(kind, channel):
            yield channel, permission.consent


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise OutsideTransactionError("Messages are put in the outbox inside the transaction they belong to")


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
    if standing.pk == message.pk and standing.not_before <= timezone.now():
        _ring_on_commit(standing.pk)
    return standing


def _ring_on_commit(message_id: uuid.UUID) -> None:
    # A named function: Django 5.2 cannot log the failure of a partial (it has no __qualname__).
    def ring_after_commit() -> None:
        bell.ring(message_id)

    transaction.on_commit(ring_after_commit, robust=True)
