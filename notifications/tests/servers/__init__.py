"""Providers on loopback ports: enough of Twilio and of a mail server to hold our transports to.

Both are started with `start()` and stopped with `stop()`, or used as context managers. What arrived stands
in `requests` / `letters`; what they answer next is put in `script`, one entry for each coming request.
"""

from notifications.tests.servers.elsewhere import Elsewhere
from notifications.tests.servers.mail import FakeMail
from notifications.tests.servers.twilio import ACCOUNT, TOKEN, Answer, FakeTwilio, TextRequest

__all__ = ["ACCOUNT", "TOKEN", "Answer", "Elsewhere", "FakeMail", "FakeTwilio", "TextRequest"]
