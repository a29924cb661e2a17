"""Delivering: claim a row, write its text, hand it to the provider, write down what came of it."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from functools import partial

from django.db import DatabaseError
from django.utils import timezone

from clinic import links
from clinic.models import ClinicProfile
from notifications import claims, kinds, pacing, rendering, results, wording
from notifications.models import Message
from notifications.transports import Lines, transport_for
from notifications.transports.contract import Accepted, Outgoing, TransportError

MOST_WRITING_TRIES = 3
UNANSWERED_GIVEN_UP_AFTER = dt.timedelta(hours=24)
logger = logging.getLogger(__name__)
State = Message.State
KnownWords = dict[tuple[str, str, str, bool], rendering.Words | None]


def deliver(message_id: uuid.UUID) -> str:
    """Send one due row, once. Returns its state afterwards; `absent` when there is no such row.

    Safe to call as often as one likes, from as many workers as one likes.
    """
    _taken, claimed = claims.claim(first=message_id, now=timezone.now())
    _send_all(claimed)
    return Message.objects.filter(pk=message_id).values_list("state", flat=True).first() or "absent"


def answer_ring(message_id: uuid.UUID) -> None:
    """Somebody rang for a row: send it, and with it some of what waits beside it. A row long gone costs one look."""
    if claims.due(timezone.now()).filter(pk=message_id).exists():
        _taken, claimed = claims.claim(first=message_id, more=claims.MOST_AT_ONCE - 1, now=timezone.now())
        _send_all(claimed)


def deliver_due(*, limit: int) -> int:
    """Deliver what is due, oldest first; returns how many rows were taken up."""
    total = 0
    while total < limit:
        taken, claimed = claims.claim(more=min(claims.MOST_AT_ONCE, limit - total), now=timezone.now())
        if not taken:
            break
        total += taken
        _send_all(claimed)
    return total


def due_ids(*, limit: int) -> list[uuid.UUID]:
    """Rows that wait and whose time has come, oldest first."""
    rows = claims.due(timezone.now()).order_by("not_before")
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
            results.try_later(message, token=message.lease_token, now=now, reason=claims.DIED, most_tries=3)
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


def _send_all(claimed: Sequence[claims.Claim]) -> None:
    """Write all texts, then send one after the other over one line for each channel."""
    known: KnownWords = {}
    ready = _filled([claim for claim in claimed if _is_written(claim, known)])
    with Lines(transport_for) as lines:
        while ready:
            claim, outgoing = ready.pop(0)
            if not claims.begin_try(claim, now=timezone.now()):
                claims.give_back([claim], now=timezone.now())  # only when it was taken back meanwhile
            elif not _send(claim, outgoing, lines):
                channel = claim.message.channel  # its provider is in trouble: what is left of the batch waits outside
                claims.give_back((left for left, _text in ready if left.message.channel == channel), now=timezone.now())
                ready = [pair for pair in ready if pair[0].message.channel != channel]


def _is_written(claimed: claims.Claim, known: KnownWords) -> bool:
    """Write the text on the first try and keep it; one that says "tomorrow" is written anew on each.

    A template bug stops this message alone.
    """
    message = claimed.message
    try:
        if not message.body_text or kinds.kind_named(message.kind).fresh:
            text = _text(message, claimed.profile, known)
            message.subject, message.body_text, message.body_html = text.subject, text.body, text.html
    except Exception as error:
        logger.exception("message cannot be written", extra=_seen(message))
        _note_bad_text(claimed, error)
        return False
    return True


def _note_bad_text(claimed: claims.Claim, error: Exception) -> None:
    message = claimed.message
    message.attempts += 1
    results.try_later(
        message,
        token=claimed.token,
        now=timezone.now(),
        reason=f"The text cannot be written: {type(error).__name__}",
        code="template",
        most_tries=MOST_WRITING_TRIES,
    )


def _filled(written: list[claims.Claim]) -> list[tuple[claims.Claim, Outgoing]]:
    """Each with its links filled in, all looked up at once; one by one when a placeholder of one is bad."""
    try:
        texts = links.fill_all([part for claim in written for part in _parts(claim.message)])
    except LookupError as error:
        if len(written) > 1:
            return [pair for claim in written for pair in _filled([claim])]
        logger.exception("message cannot be written", extra=_seen(written[0].message))
        _note_bad_text(written[0], error)
        return []
    return [
        (claim, _outgoing(claim.message, claim.profile, texts[3 * place : 3 * place + 3]))
        for place, claim in enumerate(written)
    ]


def _seen(message: Message) -> dict[str, str]:
    """What a log line may say of it."""
    return {"message_id": str(message.pk), "kind": message.kind, "channel": message.channel}


def _text(message: Message, profile: ClinicProfile, known: KnownWords) -> rendering.Text:
    """Staff's words where they wrote some; the shipped ones when those name what this row does not have."""
    render = partial(
        rendering.render,
        kinds.kind_named(message.kind),
        channel=message.channel,
        is_discreet=message.is_discreet,
        context=message.context,
        profile=profile,
        language=message.language,
        unsubscribe_link=_unsubscribe_placeholder(message),
    )
    try:
        return render(words=wording.words_for(message, known))
    except rendering.UnknownNameError:
        logger.warning("saved words do not fit", extra=_seen(message))
        return render()


def _unsubscribe_placeholder(message: Message) -> str:
    return links.placeholder("unsubscribe", message.pk) if results.unsubscribes(message) else ""


def _parts(message: Message) -> tuple[str, str, str]:
    return message.body_text, message.body_html, _unsubscribe_placeholder(message)


def _outgoing(message: Message, profile: ClinicProfile, filled: Sequence[str]) -> Outgoing:
    text, html, unsubscribe_url = filled
    return Outgoing(
        message_id=message.pk,
        address=message.address,
        subject=message.subject,
        text=text,
        html=html,
        sender_name=profile.message_brand,
        attachments=message.attachments,
        unsubscribe_url=unsubscribe_url,
        useless_after=message.useless_after,
    )


def _send(claimed: claims.Claim, outgoing: Outgoing, lines: Lines) -> bool:
    """Talk to the provider, outside any transaction, and write down the answer. False: it is in trouble."""
    message = claimed.message
    seen = _seen(message)
    try:
        accepted = lines.to(message.channel).send(outgoing)
    except TransportError as error:
        logger.warning("try failed", extra={**seen, "attempt": message.attempts, "error_code": error.code})
        results.record_failed_try(message, token=claimed.token, error=error, now=timezone.now())
        return not error.is_providers
    except Exception:
        logger.exception("transport broke", extra=seen)
        lost = TransportError("Our own fault while sending", ambiguous=True, code="bug")
        results.record_failed_try(message, token=claimed.token, error=lost, now=timezone.now())
        return False
    logger.info("accepted", extra={**seen, "attempt": message.attempts})
    results.record_accepted(message, token=claimed.token, accepted=accepted, now=timezone.now())
    if not accepted.is_simulated and lines.is_first_success(message.channel):
        pacing.note_success(message.channel)
    return True


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
        pacing.note_success(message.channel)
    else:
        results.try_later(message, token=token, now=now, reason="The last try did not arrive", again=now)


def _ask(message: Message, since: dt.datetime) -> Accepted | None:
    """Ask the provider about the last try. Raises TransportError, also for a bug: one row must not stop a sweep."""
    try:
        outgoing = _outgoing(message, ClinicProfile.current(), links.fill_all(_parts(message)))
        with Lines(transport_for) as lines:
            return lines.to(message.channel).find(outgoing, since=since, taken=_taken_ids(message, since))
    except (TransportError, DatabaseError):
        raise
    except Exception as error:
        logger.exception("cannot ask about a message", extra=_seen(message))
        raise TransportError("Our own fault while asking", code="bug") from error


def _taken_ids(message: Message, since: dt.datetime) -> set[str]:
    """Provider ids of other messages to the same address: two may say the same words."""
    others = Message.objects.filter(address=message.address, created_at__gte=since - dt.timedelta(days=7))
    return set(others.exclude(pk=message.pk).exclude(provider_id="").values_list("provider_id", flat=True))
