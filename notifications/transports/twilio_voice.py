"""Calls to staff through Twilio: a voice says a neutral sentence, and nothing else.

https://www.twilio.com/docs/voice/api/call-resource
"""

import datetime as dt
from collections.abc import Collection
from xml.sax.saxutils import escape

from django.conf import settings

from notifications.transports.contract import Accepted, Outgoing
from notifications.transports.twilio_api import TwilioApi

RING_SECONDS = 30


class VoiceTransport(TwilioApi):
    """Has Twilio call a number and say the text twice."""

    thing = "call"

    def send(self, outgoing: Outgoing) -> Accepted:
        said = f"<Say>{escape(outgoing.text)}</Say>"
        return self._hand_over(
            self._client.calls.create,
            outgoing,
            from_=settings.TWILIO_FROM,
            twiml=f'<Response>{said}<Pause length="1"/>{said}</Response>',
            timeout=RING_SECONDS,
        )

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        """Ask Twilio's list for a call to the same number: what is said stands in no list."""
        calls = self._listed(self._client.calls.list, outgoing, since=since, taken=taken)
        return Accepted(provider_id=calls[0].sid) if calls else None
