"""Taking a row off the pile: one worker gets it, and only if it may still go at that moment."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from clinic.models import ClinicProfile
from notifications import consent, hours, results
from notifications.models import Channel, Message

LEASE = dt.timedelta(minutes=2)  # longer than any transport's timeouts together
# Anybody can tick a box for a stranger's number, then book and cancel all day.
ANSWERS_A_DAY = 20


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row that this worker alone may send, until the lease ends."""

    message: Message
    token: uuid.UUID
    profile: ClinicProfile


def claim(message_id: uuid.UUID, *, now: dt.datetime) -> Claim | None:
    """Lease a due row for one try, or settle it when it may not go. None when there is nothing to send.

    One transaction: a consent withdrawn, or a row taken back, before it commits is seen here.
    """
    token = uuid.uuid4()
    profile = ClinicProfile.current()
    with transaction.atomic():
        taken = Message.objects.filter(pk=message_id, state=Message.State.QUEUED, not_before__lte=now).update(
            state=Message.State.SENDING, lease_token=token, lease_until=now + LEASE, attempted_at=None, updated_at=now
        )
        if not taken:
            return None
        message = Message.objects.select_related("consent").get(pk=message_id)
        obstacle = _obstacle(message, profile, now)
        if obstacle is not None:
            results.settle(message, token=token, now=now, **obstacle)
            return None
        return Claim(message=message, token=token, profile=profile)


def begin_try(claimed: Claim, *, now: dt.datetime) -> bool:
    """Note, at the last moment before the provider is called, that a try begins. False: the lease is lost."""
    message = claimed.message
    message.attempts += 1
    message.attempted_at = now
    return bool(
        Message.objects.filter(pk=message.pk, state=Message.State.SENDING, lease_token=claimed.token).update(
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


def _obstacle(message: Message, profile: ClinicProfile, now: dt.datetime) -> dict[str, Any] | None:
    """Why the row may not go now, as the change it gets."""
    if message.withdrawn_at is not None:
        return {"state": Message.State.WITHDRAWN, "reason": "Taken back before it was sent"}
    if now >= message.useless_after:
        return {"state": Message.State.EXPIRED, "reason": "Too late to be useful"}
    return _no_consent(message) or _too_many(message, now) or _quiet_hours(message, profile, now)


def _no_consent(message: Message) -> dict[str, Any] | None:
    if message.basis != Message.Basis.CONSENT or message.consent is None:
        return None
    permission = consent.may_contact(channel=message.channel, address=message.address, purpose=message.consent.purpose)
    if permission.allowed:
        message.consent = permission.consent  # the line that allows it now
        return None
    return {"state": Message.State.SUPPRESSED, "reason": permission.reason}


def _too_many(message: Message, now: dt.datetime) -> dict[str, Any] | None:
    """Answers to acts on our public pages only: what the clinic itself has to say always goes."""
    if not message.answers_own_action or message.basis != Message.Basis.CONSENT:
        return None
    earlier = Message.objects.filter(
        address=message.address,
        basis=Message.Basis.CONSENT,
        answers_own_action=True,
        attempted_at__gte=now - dt.timedelta(days=1),
    )
    if earlier.exclude(pk=message.pk).count() < ANSWERS_A_DAY * settings.RATE_LIMIT_FACTOR:
        return None
    return {"state": Message.State.SUPPRESSED, "reason": "Too many messages to this address in one day"}


def _quiet_hours(message: Message, profile: ClinicProfile, now: dt.datetime) -> dict[str, Any] | None:
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
        return {"state": Message.State.EXPIRED, "reason": "Quiet hours last until it is useless"}
    return {"state": Message.State.QUEUED, "reason": "Waits for the end of the quiet hours", "not_before": opens}
