"""The signed ticket in each shown form: its own key, when it was shown, and which consent wording stood there."""

import hashlib
import time
import uuid
from dataclasses import dataclass, replace

from django.core import signing

from clinic.models import ClinicProfile
from notifications.consent import wording_for
from notifications.models import Channel

SALT = "intake.form"


class TicketError(Exception):
    """The ticket is missing, was changed or is not ours."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """`shown_at` in seconds since 1970; `wording` is a digest of both consent texts, `source` the word of the link."""

    key: uuid.UUID
    shown_at: float
    wording: str
    source: str = ""

    def sealed(self) -> str:
        """As it stands in the hidden field."""
        return signing.dumps([self.key.hex, round(self.shown_at, 3), self.wording, self.source], salt=SALT)

    def age(self) -> float:
        """Seconds since the form was shown."""
        return time.time() - self.shown_at

    def with_new_key(self) -> "Ticket":
        """For sending the same page's answers as another request."""
        return replace(self, key=uuid.uuid4())


def wording_digest(profile: ClinicProfile) -> str:
    """Changes whenever a consent text does."""
    texts = "\n".join(wording_for(channel, profile) for channel in Channel)
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


def new_ticket(profile: ClinicProfile, *, source: str = "") -> Ticket:
    """For a form that is shown now."""
    return Ticket(key=uuid.uuid4(), shown_at=time.time(), wording=wording_digest(profile), source=source)


def read_ticket(sealed: str) -> Ticket:
    """Undo `Ticket.sealed()`. Raises TicketError."""
    try:
        key, shown_at, wording, *source = signing.loads(sealed, salt=SALT)  # a page shown by an older release has none
        return Ticket(
            key=uuid.UUID(hex=key),
            shown_at=float(shown_at),
            wording=str(wording),
            source=str(source[0]) if source else "",
        )
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise TicketError from error
