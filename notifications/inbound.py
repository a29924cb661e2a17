"""A text came in: obey STOP at once, answer START and HELP, lay everything else before a person.

What might mean stop without saying so pauses the number until somebody has decided (47 CFR
64.1200(a)(10): other wording counts if a reasonable person would read it so).
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic import desk_tasks
from clinic.hours import answer_promised_by, end_of_today
from clinic.models import ClinicProfile, DeskTask
from notifications import consent, outbox, results
from notifications.errors import AddressError
from notifications.keywords import Keyword, is_spanish, keyword_of, may_mean_stop
from notifications.models import Channel, Consent, InboundMessage, Message

REPLY_KIND = {Keyword.STOP: "stop_reply", Keyword.START: "start_reply", Keyword.HELP: "help_reply"}
# A STOP is confirmed within five minutes or not at all: 47 CFR 64.1200(a)(12).
REPLY_USEFUL_FOR = {
    Keyword.STOP: dt.timedelta(minutes=5),
    Keyword.START: dt.timedelta(hours=1),
    Keyword.HELP: dt.timedelta(hours=1),
}
NOT_MONITORED = "not_monitored"


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


def unread_confirmations(*, limit: int) -> list[InboundMessage]:
    """Texts that say "yes, I come", oldest first, which no desk has taken up yet."""
    rows = InboundMessage.objects.filter(keyword=Keyword.CONFIRM, taken_up_at=None)
    return list(rows.order_by("created_at", "pk")[:limit])


def take_up(inbound: InboundMessage) -> bool:
    """Take a text for oneself, inside the transaction that acts on it. False: somebody else did."""
    return bool(
        InboundMessage.objects.filter(pk=inbound.pk, taken_up_at=None).update(
            taken_up_at=timezone.now(), updated_at=timezone.now()
        )
    )


def lay_before_a_person(inbound: InboundMessage) -> None:
    """Nobody here understands the text: somebody of the desk reads it."""
    _need(inbound, InboundMessage.Need.READING)
    _open_reading_task(inbound, subject_of(inbound))


def _act(inbound: InboundMessage, keyword: Keyword | None, *, is_stopped: bool) -> None:
    subject_ref = subject_of(inbound)
    if keyword == Keyword.CONFIRM:
        return  # whoever asked for this answer finds the row by its keyword
    if keyword is None:
        _lay_before_a_person(inbound, subject_ref, is_stopped=is_stopped)
        return
    if keyword == Keyword.STOP:
        consent.revoke(
            channel=Channel.SMS,
            address=inbound.address,
            source=Consent.Source.KEYWORD,
            subject_ref=subject_ref,
            evidence=inbound.provider_id,
        )
        results.tell_desk_of_opt_out(
            subject_ref=subject_ref, key=str(inbound.pk), now=timezone.now(), address=inbound.address
        )
    elif keyword == Keyword.START:
        consent.grant(
            channel=Channel.SMS,
            address=inbound.address,
            wording=inbound.body,
            source=Consent.Source.KEYWORD,
            subject_ref=subject_ref,
            evidence=inbound.provider_id,
            language=language_of(inbound),
        )
    if keyword == Keyword.STOP and is_stopped:
        return  # the one confirmation went out already
    outbox.enqueue_reply(
        kind=REPLY_KIND[keyword],
        inbound=inbound,
        useless_after=timezone.now() + REPLY_USEFUL_FOR[keyword],
        language=language_of(inbound),
    )


def subject_of(inbound: InboundMessage) -> str:
    """What we last wrote to this number about, so that the desk finds the person; else the text itself."""
    last = (
        Message.objects.filter(address=inbound.address, basis=Message.Basis.CONSENT)
        .order_by("-created_at", "-pk")
        .first()
    )
    return last.subject_ref if last is not None else f"notifications.inbound:{inbound.pk}"


def language_of(inbound: InboundMessage) -> str:
    """The language to answer in: of the text where it plainly is Spanish, else of what we last wrote to this number.

    Where nothing of ours to it is kept any more, of the wording they agreed to.
    """
    if is_spanish(inbound.body):
        return "es"
    ours = Message.objects.filter(address=inbound.address).exclude(basis=Message.Basis.STAFF)
    last = ours.order_by("-created_at", "-pk").values_list("language", flat=True).first()
    agreed = Consent.objects.filter(channel=Channel.SMS, address=inbound.address, status=Consent.Status.GRANTED)
    return last or agreed.order_by("-id").values_list("language", flat=True).first() or "en"


def _lay_before_a_person(inbound: InboundMessage, subject_ref: str, *, is_stopped: bool) -> None:
    is_unclear = not is_stopped and may_mean_stop(inbound.body)
    _need(inbound, InboundMessage.Need.DECIDING if is_unclear else InboundMessage.Need.READING)
    if is_unclear:
        _pause(inbound, subject_ref)
    else:
        _open_reading_task(inbound, subject_ref)
    if not is_stopped:
        _say_once_a_day_that_nobody_watches(inbound)


def _need(inbound: InboundMessage, need: InboundMessage.Need) -> None:
    InboundMessage.objects.filter(pk=inbound.pk).update(needs=need)
    inbound.needs = need


def _pause(inbound: InboundMessage, subject_ref: str) -> None:
    """Nothing more goes to this number until somebody has decided, today."""
    consent.hold(
        status=Consent.Status.PAUSED,
        channel=Channel.SMS,
        address=inbound.address,
        source=Consent.Source.KEYWORD,
        subject_ref=subject_ref,
        evidence=inbound.provider_id,
    )
    desk_tasks.open_task(
        kind=DeskTask.Kind.INBOUND,
        title="Decide today whether a text means stop. Until then nothing is sent to that number",
        subject_ref=f"notifications.inbound:{inbound.pk}",
        due_at=end_of_today(ClinicProfile.current()),
        dedupe_key=f"inbound|{inbound.pk}",
    )


def _say_once_a_day_that_nobody_watches(inbound: InboundMessage) -> None:
    """Goes to a paused number too: it answers what just came in, and the person may be in danger."""
    day = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
    outbox.enqueue_reply(
        kind=NOT_MONITORED,
        inbound=inbound,
        useless_after=timezone.now() + dt.timedelta(hours=1),
        language=language_of(inbound),
        subject_ref="notifications.number",  # the address is part of the key, so that one stands a day
        occurrence=f"{day:%Y-%m-%d}",
    )


def _open_reading_task(inbound: InboundMessage, subject_ref: str) -> None:
    desk_tasks.open_task(
        kind=DeskTask.Kind.INBOUND,
        title="Read the text that came in and answer by phone",
        subject_ref=subject_ref,
        due_at=answer_promised_by(ClinicProfile.current()),
        dedupe_key=f"inbound|{inbound.pk}",
    )
