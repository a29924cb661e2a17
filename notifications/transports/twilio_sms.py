"""Texts through Twilio's Messages API.

https://www.twilio.com/docs/messaging/api/message-resource
"""

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.utils import timezone

from notifications.transports.contract import Accepted, Outgoing
from notifications.transports.twilio_api import TwilioApi

LONGEST_VALIDITY = 36_000  # seconds, the most that Twilio takes


class TwilioTransport(TwilioApi):
    """Hands texts to Twilio."""

    thing = "text"

    def send(self, outgoing: Outgoing) -> Accepted:
        left = (outgoing.useless_after - timezone.now()).total_seconds()
        sender = (
            {"messaging_service_sid": settings.TWILIO_MESSAGING_SERVICE_SID}
            if settings.TWILIO_MESSAGING_SERVICE_SID
            else {"from_": settings.TWILIO_FROM}
        )
        return self._hand_over(
            self._client.messages.create,
            outgoing,
            body=outgoing.text,
            validity_period=int(min(LONGEST_VALIDITY, max(1.0, left))),
            **sender,
        )

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        """Ask Twilio's list for a text to the same number with the same words."""
        texts = self._listed(self._client.messages.list, outgoing, since=since, taken=taken)
        ours = next((text for text in texts if text.body == outgoing.text), None)
        return Accepted(provider_id=ours.sid) if ours is not None else None
