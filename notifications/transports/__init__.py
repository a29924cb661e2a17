"""The ways out of the house. Only this package talks to providers."""

from django.conf import settings

from notifications.models import Channel
from notifications.transports.contract import Transport
from notifications.transports.simulated import SimulatedTransport
from notifications.transports.smtp_email import SmtpTransport
from notifications.transports.twilio_sms import TwilioTransport


def transport_for(channel: Channel | str) -> Transport:
    """The provider that is set up for a channel, else the one that only pretends and says so."""
    if channel == Channel.SMS and settings.TWILIO_CONFIGURED:
        return TwilioTransport()
    if channel == Channel.EMAIL and settings.EMAIL_CONFIGURED:
        return SmtpTransport()
    return SimulatedTransport()
