"""The letter "a time is free": sent with consent only, to one who asked for it."""

import datetime as dt
import uuid

from clinic import links
from clinic.access import subject_ref
from intake.selectors import contact_addresses
from notifications import kinds, outbox
from notifications.models import Message
from scheduling import call_first
from scheduling.messages import facts_in_words, instant
from scheduling.models import WaitlistOffer

OFFER = "scheduling.offer"
SUBJECT = "scheduling.waitlistoffer"
SAMPLE_OFFER = uuid.UUID("00000000-0000-4000-8000-000000000002")


def register_kinds() -> None:
    """Tell the post room about this letter. Called from `apps.ready()`."""
    sample = {
        "starts": "2026-12-01T20:00:00+00:00",
        "expires": "2026-11-30T23:00:00+00:00",
        "offer_link": links.placeholder("offer", SAMPLE_OFFER),
    }
    kinds.register(
        kinds.Kind(
            name=OFFER,
            label="Earlier time offered",
            template="offer",
            sample=sample,
            in_words=facts_in_words,
            withheld=call_first.about_offer,
        )
    )


def offer_ref(offer: WaitlistOffer) -> str:
    """How the other desks name this offer."""
    return subject_ref(SUBJECT, offer.pk)


def offer_made(offer: WaitlistOffer, *, now: dt.datetime) -> list[Message]:
    """Put the offer in the outbox. Nothing goes, and the list is empty, without consent."""
    request = offer.entry.request
    return outbox.enqueue_consented(
        kind=OFFER,
        addresses=contact_addresses(request),
        subject_ref=offer_ref(offer),
        occurrence="offer",
        context={
            "starts": instant(offer.starts_at),
            "expires": instant(offer.expires_at),
            "offer_link": links.placeholder("offer", offer.pk),
        },
        useless_after=offer.expires_at,
        not_before=now,
        is_discreet=request.is_discreet,
        language=request.language,
    )


def offer_ended(offer: WaitlistOffer, *, reason: str) -> None:
    """Take back what still waits to be sent about an offer."""
    outbox.withdraw(subject_ref=offer_ref(offer), reason=reason)
