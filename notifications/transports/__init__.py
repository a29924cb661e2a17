"""The ways out of the house. Only this package talks to providers."""

from collections.abc import Callable
from typing import Self

from django.conf import settings

from notifications.models import Channel
from notifications.transports.contract import Transport
from notifications.transports.simulated import SimulatedTransport
from notifications.transports.smtp_email import SmtpTransport
from notifications.transports.twilio_sms import TwilioTransport
from notifications.transports.twilio_voice import VoiceTransport


def transport_for(channel: Channel | str) -> Transport:
    """The provider that is set up for a channel, else the one that only pretends and says so."""
    if channel == Channel.SMS and settings.TWILIO_CONFIGURED:
        return TwilioTransport()
    if channel == Channel.VOICE and settings.TWILIO_CONFIGURED and settings.TWILIO_VOICE_ALERTS:
        return VoiceTransport()
    if channel == Channel.EMAIL and settings.EMAIL_CONFIGURED:
        return SmtpTransport()
    return SimulatedTransport()


class Lines:
    """The open lines of one batch, at most one for each channel; all are closed at its end."""

    def __init__(self, choose: Callable[[str], Transport]) -> None:
        self._choose = choose
        self._open: dict[str, Transport] = {}
        self._working: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for transport in self._open.values():
            transport.close()

    def to(self, channel: str) -> Transport:
        """The transport of a channel, the same for the whole batch."""
        if channel not in self._open:
            self._open[channel] = self._choose(channel)
        return self._open[channel]

    def is_first_success(self, channel: str) -> bool:
        """Whether nothing was taken on this channel before, in this batch."""
        is_first = channel not in self._working
        self._working.add(channel)
        return is_first
