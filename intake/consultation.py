"""What one sent form says, cleaned, and the evidence of how it came."""

import dataclasses
import json
import uuid
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from notifications.models import Channel


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """A sent consultation form. `phone` is E.164, `email` as typed; at least one of them is given.

    `help_with` holds codes of `ConsultationRequest.HelpWith`. `form_key` is the shown form's own key,
    `source` a word of `intake.sources`.
    """

    name: str
    state: str
    form_key: uuid.UUID
    for_whom: str = "me"
    email: str = ""
    phone: str = ""
    phone_extension: str = ""
    sms_consent: bool = False
    email_consent: bool = False
    voicemail_ok: bool = False
    discreet: bool = False
    best_time: str = "any"
    help_with: tuple[str, ...] = ()
    message: str = ""
    language: str = "en"
    source: str = ""

    def ticked(self) -> list[tuple[Channel, str]]:
        """The channels whose box was ticked, with the address each is for."""
        boxes = ((self.sms_consent, Channel.SMS, self.phone), (self.email_consent, Channel.EMAIL, self.email))
        return [(channel, address) for is_ticked, channel, address in boxes if is_ticked]

    def digest(self) -> str:
        """Keyed hash of all that was said, without the form's key."""
        return self._digest("form")

    def digest_from(self, sender: str, day: str) -> str:
        """Keyed hash of all that was said, by whom (a browser's mark) and on which day."""
        return self._digest(f"sender|{sender}|{day}")

    def _digest(self, purpose: str) -> str:
        said = {**dataclasses.asdict(self), "form_key": ""}
        del said["source"], said["language"]  # the same words from two links, or in two languages, are one request
        return salted_hmac(f"intake.{purpose}", json.dumps(said, sort_keys=True), algorithm="sha256").hexdigest()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How a form came: kept with each consent. `sender` marks the browser, so that two tabs are one person."""

    page: str = "/consultation/"
    ip: str | None = None
    user_agent: str = ""
    sender: str = ""
