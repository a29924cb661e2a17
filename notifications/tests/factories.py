"""Rows for tests."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from notifications import consent, outbox
from notifications.models import Channel, Consent, Message

PHONE = "+16125550123"
MAIL = "sam@patient.example"


def agreed(channel: Channel = Channel.SMS, address: str = "", **fields: Any) -> Consent:
    """A box ticked on the web form."""
    return consent.grant(
        **{
            "channel": channel,
            "address": address or (MAIL if channel == Channel.EMAIL else PHONE),
            "wording": "I agree",
            "source": Consent.Source.WEB_FORM,
            "box_was_unticked": True,
            **fields,
        }
    )


def waiting(channel: Channel = Channel.SMS, **fields: Any) -> Message:
    """A due row of the test kind that stands on a live consent."""
    address = MAIL if channel == Channel.EMAIL else PHONE
    if not consent.may_contact(channel=channel, address=address).allowed:
        agreed(channel, address)
    with transaction.atomic():
        (message,) = outbox.enqueue_consented(
            **{
                "kind": "note",
                "addresses": [(channel, address)],
                "subject_ref": "test.thing:1",
                "occurrence": "1",
                "context": {"word": "hello", "link": ""},
                "useless_after": timezone.now() + dt.timedelta(days=1),
                "answers_own_action": True,
                **fields,
            }
        )
    return message


def make_due(message: Message) -> None:
    """Let the time pass until the next try."""
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    Message.objects.filter(pk=message.pk, lease_until__isnull=False).update(lease_until=timezone.now())
