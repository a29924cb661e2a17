"""Delivering: claim a row, write its text, hand it to the provider, write down what came of it."""

import datetime as dt
import logging
import uuid

from django.db import DatabaseError
from django.utils import timezone

from clinic import links
from clinic.models import ClinicProfile
from notifications import claims, kinds, rendering, results
from notifications.models import Message
from notifications.transports import transport_for
from notifications.transports.contract import Accepted, Outgoing, TransportError

MOST_WRITING_TRIES = 3
UNANSWERED_GIVEN_UP_AFTER = dt.timedelta(hours=24)
logger = logging.getLogger(__name__)
State = Message.State


def deliver(message_id: uuid.UUID) -> str:
    """Send one due row, once. Returns its state afterwards; `absent` when there is no such row.

    Safe to call as often as one likes, from as many workers as one likes.
    """
    claimed = claims.claim(message_id, now=timezone.now())
    if claimed is not None:
        outgoing = _written(claimed)
        if outgoing is not None and claims.begin_try(claimed, now=timezone.now()):
            _send(claimed, outgoing)
    return Message.objects.filter(pk=message_id).values_list("state", flat=True).first() or "absent"


def deliver_due(*, limit: int) -> int:
    """Deliver what is due, oldest first, one after the other; returns how many rows were taken up."""
    due = list(due_ids(limit=limit))
    for message_id in due:
        deliver(message_id)
    return len(due)


def due_ids(*, limit: int) -> list[uuid.UUID]:
    """Rows that wait and whose time has come, oldest first."""
    rows = Message.objects.filter(state=State.QUEUED, not_before__lte=timezone.now()).order_by("not_before")
    return list(rows.values_list("pk", flat=True)[:limit])


def take_over_expired_leases(*, limit: int) -> int:
    """A worker that died left these behind. Where its try had begun, nobody knows whether it went out."""
    now = timezone.now()
    expired = Message.objects.filter(state=State.SENDING, lease_until__lt=now).order_by("lease_until")[:limit]
    for message in expired:
        if message.lease_token is None:
            continue
        if message.attempted_at is None:
            message.attempts += 1  # so that a text that kills its worker comes to an end
            results.try_later(message, token=message.lease_token, now=now, reason="The worker died", most_tries=3)
        else:
            Message.objects.filter(pk=message.pk, state=State.SENDING, lease_token=message.lease_token).update(
                state=State.UNKNOWN, reason="The worker died while sending", lease_until=now, updated_at=now
            )
    return len(expired)


def unanswered_ids(*, limit: int) -> list[uuid.UUID]:
    """Rows whose answer was lost and that may be looked into now."""
    rows = Message.objects.filter(state=State.UNKNOWN, lease_until__lte=timezone.now()).order_by("lease_until")
    return list(rows.values_list("pk", flat=True)[:limit])


def reconcile(message_id: uuid.UUID) -> str:
    """Find out what became of a row whose answer was lost; only then may it be sent again."""
    now = timezone.now()
    token = uuid.uuid4()
    taken = Message.objects.filter(pk=message_id, state=State.UNKNOWN, lease_until__lte=now).update(
        lease_token=token, lease_until=now + claims.LEASE, updated_at=now
    )
    if taken:
        _find_out(Message.objects.get(pk=message_id), token)
    return Message.objects.filter(pk=message_id).values_list("state", flat=True).first() or "absent"


def _written(claimed: claims.Claim) -> Outgoing | None:
    """Write the text on the first try and keep it. A template bug stops this message alone."""
    message = claimed.message
    try:
        if not message.body_text:
            text = rendering.render(
                kinds.kind_named(message.kind),
                channel=message.channel,
                is_discreet=message.is_discreet,
                context=message.context,
                profile=claimed.profile,
                unsubscribe_link=_unsubscribe_placeholder(message),
            )
            message.subject, message.body_text, message.body_html = text.subject, text.body, text.html
        return _outgoing(message, claimed.profile)
    except Exception as error:
        logger.exception("message cannot be written", extra={"message_id": str(message.pk), "kind": message.kind})
        message.attempts += 1
        results.try_later(
            message,
            token=claimed.token,
            now=timezone.now(),
            reason=f"The text cannot be written: {type(error).__name__}",
            code="template",
            most_tries=MOST_WRITING_TRIES,
        )
        return None


def _unsubscribe_placeholder(message: Message) -> str:
    return links.placeholder("unsubscribe", message.pk) if results.unsubscribes(message) else ""


def _outgoing(message: Message, profile: ClinicProfile) -> Outgoing:
    return Outgoing(
        message_id=message.pk,
        address=message.address,
        subject=message.subject,
        text=links.fill(message.body_text),
        html=links.fill(message.body_html),
        sender_name=profile.message_brand,
        attachments=message.attachments,
        unsubscribe_url=links.fill(_unsubscribe_placeholder(message)),
        useless_after=message.useless_after,
    )


def _send(claimed: claims.Claim, outgoing: Outgoing) -> None:
    """Talk to the provider, outside any transaction, and write down the answer."""
    message = claimed.message
    seen = {"message_id": str(message.pk), "kind": message.kind, "channel": message.channel}
    try:
        accepted = transport_for(message.channel).send(outgoing)
    except TransportError as error:
        logger.warning("try failed", extra={**seen, "attempt": message.attempts, "error_code": error.code})
        results.record_failed_try(message, token=claimed.token, error=error, now=timezone.now())
    except Exception:
        logger.exception("transport broke", extra=seen)
        lost = TransportError("Our own fault while sending", ambiguous=True, code="bug")
        results.record_failed_try(message, token=claimed.token, error=lost, now=timezone.now())
    else:
        logger.info("accepted", extra={**seen, "attempt": message.attempts})
        results.record_accepted(message, token=claimed.token, accepted=accepted, now=timezone.now())


def _find_out(message: Message, token: uuid.UUID) -> None:
    now = timezone.now()
    since = message.attempted_at or message.created_at
    try:
        found = _ask(message, since)
    except TransportError as error:
        if now > min(since + UNANSWERED_GIVEN_UP_AFTER, message.useless_after):
            results.settle(message, token=token, now=now, state=State.FAILED, reason=error.reason, code=error.code)
        else:
            results.look_again(message, token=token, now=now)
        return
    if found is not None:
        results.record_accepted(message, token=token, accepted=found, now=now)
    else:
        results.try_later(message, token=token, now=now, reason="The last try did not arrive", again=now)


def _ask(message: Message, since: dt.datetime) -> Accepted | None:
    """Ask the provider about the last try. Raises TransportError, also for a bug: one row must not stop a sweep."""
    try:
        outgoing = _outgoing(message, ClinicProfile.current())
        return transport_for(message.channel).find(outgoing, since=since, taken=_taken_ids(message, since))
    except (TransportError, DatabaseError):
        raise
    except Exception as error:
        logger.exception("cannot ask about a message", extra={"message_id": str(message.pk), "kind": message.kind})
        raise TransportError("Our own fault while asking", code="bug") from error


def _taken_ids(message: Message, since: dt.datetime) -> set[str]:
    """Provider ids of other messages to the same address: two may say the same words."""
    others = Message.objects.filter(address=message.address, created_at__gte=since - dt.timedelta(days=7))
    return set(others.exclude(pk=message.pk).exclude(provider_id="").values_list("provider_id", flat=True))
