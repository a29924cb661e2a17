"""A text came in: obey STOP at once, answer START and HELP, lay everything else before a person."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic import desk_tasks
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask
from notifications import consent, outbox, results
from notifications.errors import AddressError
from notifications.keywords import Keyword, keyword_of
from notifications.models import Channel, Consent, InboundMessage, Message

REPLY_KIND = {Keyword.STOP: "stop_reply", Keyword.START: "start_reply", Keyword.HELP: "help_reply"}
# A STOP is confirmed within five minutes or not at all: 47 CFR 64.1200(a)(12).
REPLY_USEFUL_FOR = {
    Keyword.STOP: dt.timedelta(minutes=5),
    Keyword.START: dt.timedelta(hours=1),
    Keyword.HELP: dt.timedelta(hours=1),
}


def receive_text(*, provider_id: str, address: str, body: str) -> InboundMessage | None:
    """Take in one text; None when it was taken in before or comes from what is no phone number."""
    try:
        number = consent.normalise_address(Channel.SMS, address)
    except AddressError:
        return None  # a short code or a name: a machine
    with transaction.atomic():
        is_stopped = consent.is_stopped(channel=Channel.SMS, address=number)
        keyword = keyword_of(body, is_stopped=is_stopped)
        inbound = InboundMessage(provider_id=provider_id, address=number, body=body, keyword=keyword or "")
        InboundMessage.objects.bulk_create([inbound], ignore_conflicts=True)
        if not InboundMessage.objects.filter(pk=inbound.pk).exists():
            return None
        _act(inbound, keyword, is_stopped=is_stopped)
    return inbound


def _act(inbound: InboundMessage, keyword: Keyword | None, *, is_stopped: bool) -> None:
    subject_ref = _subject_of(inbound)
    if keyword is None:
        _open_reading_task(inbound, subject_ref)
        return
    if keyword == Keyword.STOP:
        consent.revoke(
            channel=Channel.SMS,
            address=inbound.address,
            source=Consent.Source.KEYWORD,
            subject_ref=subject_ref,
            evidence=inbound.provider_id,
        )
        results.tell_desk_of_opt_out(subject_ref=subject_ref, key=str(inbound.pk), now=timezone.now())
    elif keyword == Keyword.START:
        consent.grant(
            channel=Channel.SMS,
            address=inbound.address,
            wording=inbound.body,
            source=Consent.Source.KEYWORD,
            subject_ref=subject_ref,
            evidence=inbound.provider_id,
        )
    if keyword == Keyword.STOP and is_stopped:
        return  # the one confirmation went out already
    outbox.enqueue_reply(
        kind=REPLY_KIND[keyword], inbound=inbound, useless_after=timezone.now() + REPLY_USEFUL_FOR[keyword]
    )


def _subject_of(inbound: InboundMessage) -> str:
    """What we last wrote to this number about, so that the desk finds the person; else the text itself."""
    last = Message.objects.filter(address=inbound.address, basis=Message.Basis.CONSENT).order_by("-created_at").first()
    return last.subject_ref if last is not None else f"notifications.inbound:{inbound.pk}"


def _open_reading_task(inbound: InboundMessage, subject_ref: str) -> None:
    desk_tasks.open_task(
        kind=DeskTask.Kind.INBOUND,
        title="Read the text that came in and answer by phone",
        subject_ref=subject_ref,
        due_at=answer_promised_by(ClinicProfile.current()),
        dedupe_key=f"inbound|{inbound.pk}",
    )
