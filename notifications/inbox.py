"""The desk's inbox: answer a text, or decide what an unclear one meant.

A decision is about the number, so it closes every open text of that number that waits for one.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clinic import desk_tasks
from clinic.models import ClinicProfile, DeskTask, User
from notifications import consent, inbound, lint, outbox
from notifications.errors import ReplyError
from notifications.happenings import in_language
from notifications.keywords import Keyword
from notifications.models import Channel, Consent, InboundMessage, Message

REPLY_USEFUL_FOR = dt.timedelta(days=2)
LINES_SHOWN = 50
Need, Outcome = InboundMessage.Need, InboundMessage.Outcome


@dataclass(frozen=True, kw_only=True)
class Line:
    """One text of a conversation; `state` and `language` are empty for one that came in."""

    at: dt.datetime
    text: str
    is_ours: bool
    state: str
    language: str = ""


def open_texts() -> QuerySet[InboundMessage]:
    """What waits for a person, oldest first."""
    return InboundMessage.objects.filter(closed_at=None).exclude(needs="").order_by("created_at", "pk")


def conversation(address: str) -> list[Line]:
    """The newest texts from and to a number, oldest first."""
    came = InboundMessage.objects.filter(address=address).order_by("-created_at", "-pk")[:LINES_SHOWN]
    went = Message.objects.filter(channel=Channel.SMS, address=address).order_by("-created_at", "-pk")[:LINES_SHOWN]
    lines = [
        *(Line(at=text.created_at, text=text.body, is_ours=False, state="") for text in came),
        *(
            Line(
                at=row.created_at,
                text=row.body_text,
                is_ours=True,
                state=f"{row.get_state_display()}{in_language(row)}",
                language=row.language,
            )
            for row in went
        ),
    ]
    return sorted(lines, key=lambda line: line.at)[-LINES_SHOWN:]


@transaction.atomic
def reply(*, text: InboundMessage, words: str, by: User, key: str) -> Message:
    """Put an answer in the outbox, once per `key`. Consent and quiet hours hold as for any message. Raises ReplyError."""
    profile = ClinicProfile.current()
    shown = f"{profile.message_brand}: {words}"
    problems = [*lint.text_message_problems(shown, brand=profile.message_brand), *lint.link_problems(words)]
    if problems:
        raise ReplyError(f"This cannot be sent: {'; '.join(problems)}")
    permission = consent.may_contact(channel=Channel.SMS, address=text.address)
    if not permission.allowed:
        raise ReplyError(f"We may not text this number: {permission.reason}. Call instead")
    (row,) = outbox.enqueue_consented(
        kind="desk_reply",
        addresses=[(Channel.SMS, text.address)],
        subject_ref=inbound.subject_of(text),
        occurrence=f"reply {key}",
        context={"words": words},
        useless_after=timezone.now() + REPLY_USEFUL_FOR,
        language=inbound.language_of(text),
    )
    _close(text, needs=[Need.READING], outcome=Outcome.ANSWERED, by=by)
    return row


@transaction.atomic
def set_aside(*, text: InboundMessage, by: User | None, outcome: str = Outcome.NO_ANSWER) -> bool:
    """Close the open texts of this number that only had to be read. False when somebody was quicker."""
    return _close(text, needs=[Need.READING], outcome=outcome, by=by)


@transaction.atomic
def decide(*, text: InboundMessage, outcome: str, by: User, blocked: Collection[tuple[Channel, str]] = ()) -> bool:
    """Say what an unclear text meant: `stop`, `continue` or `block`. False when somebody was quicker.

    Everything stands in the ledger. `blocked`: the addresses of that person, on any channel, that nobody may
    write to any more; the number itself always is one of them.
    """
    if not _close(text, needs=[Need.DECIDING], outcome=outcome, by=by):
        return False
    if outcome == Outcome.STOP:
        _stop(text, by)
    elif outcome == Outcome.BLOCK:
        for channel, address in {(Channel.SMS, text.address), *blocked}:
            _hold(text, Consent.Status.BLOCKED, channel, address, by)
    else:
        _hold(text, Consent.Status.RESUMED, Channel.SMS, text.address, by)
        outbox.wake(address=text.address)
    return True


@transaction.atomic
def lift(*, text: InboundMessage, by: User) -> None:
    """End a pause or a block of this number and the addresses beside it. A STOP from the phone stays."""
    for channel, address in consent.addresses_beside(text.address):
        if consent.standing_hold(channel=channel, address=address) is not None:
            _hold(text, Consent.Status.RESUMED, channel, address, by)
            outbox.wake(address=address)


def _stop(text: InboundMessage, by: User) -> None:
    """It was a STOP in other words: the same line in the ledger, and one confirmation while it may still go."""
    subject_ref = inbound.subject_of(text)
    consent.revoke(
        channel=Channel.SMS,
        address=text.address,
        source=Consent.Source.KEYWORD,
        subject_ref=subject_ref,
        actor=by,
        evidence=text.provider_id,
    )
    confirm_until = text.created_at + inbound.REPLY_USEFUL_FOR[Keyword.STOP]
    if timezone.now() < confirm_until:
        outbox.enqueue_reply(
            kind="stop_reply", inbound=text, useless_after=confirm_until, language=inbound.language_of(text)
        )


def _hold(text: InboundMessage, status: Consent.Status, channel: Channel, address: str, by: User) -> None:
    consent.hold(
        status=status,
        channel=channel,
        address=address,
        source=Consent.Source.STAFF,
        subject_ref=inbound.subject_of(text),
        actor=by,
        evidence=text.provider_id,
    )


def _close(text: InboundMessage, *, needs: Collection[str], outcome: str, by: User | None) -> bool:
    rows = InboundMessage.objects.filter(address=text.address, needs__in=needs, closed_at=None)
    keys = [f"inbound|{pk}" for pk in rows.values_list("pk", flat=True)]
    now = timezone.now()
    closed = rows.update(closed_at=now, closed_by=by, outcome=outcome, updated_at=now)
    desk_tasks.close(DeskTask.objects.filter(dedupe_key__in=keys), outcome=Outcome(outcome).label, by=by)
    return bool(closed)
