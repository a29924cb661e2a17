"""What the post room asks of a transport. Every transport is held to the same tests."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message, links filled in, ready to leave. Never stored, never logged."""

    message_id: uuid.UUID
    address: str
    text: str
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    attachments: Sequence[Mapping[str, str]] = ()
    unsubscribe_url: str = ""
    useless_after: dt.datetime

    @property
    def mail_id(self) -> str:
        """The Message-ID: the same for each try, so that a repeated e-mail is seen as one."""
        return f"<{self.message_id}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}>"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider took the message; `is_simulated` when there is no provider and nothing was sent."""

    provider_id: str = ""
    is_simulated: bool = False


class TransportError(Exception):
    """The message was not taken, or nobody knows.

    permanent: another try cannot help. ambiguous: the request may have been carried out. opted_out: the
    provider says that the person stopped. retry_after: seconds the provider asks us to wait. our_account: the
    provider does not let us in; nobody's message can leave until somebody mends that. bounced: there is no such
    mailbox.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        permanent: bool = False,
        ambiguous: bool = False,
        opted_out: bool = False,
        retry_after: float | None = None,
        our_account: bool = False,
        bounced: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.opted_out = opted_out
        self.retry_after = retry_after
        self.our_account = our_account
        self.bounced = bounced

    @property
    def is_providers(self) -> bool:
        """Whether the provider is in trouble, and not this one message: others would fail too."""
        return self.ambiguous or self.our_account or self.retry_after is not None or self.code == "unreachable"


class Transport(Protocol):
    """One way out of the house."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand the message over, over the line of the one before. Raises TransportError, and nothing else for trouble outside our house."""

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        """What an earlier, unanswered `send()` came to; None when sending again does no harm.

        `since`: when that try began; `taken`: provider ids that belong to other messages. Raises TransportError when
        that cannot be known now.
        """

    def close(self) -> None:
        """Hang up. Calls before may have left a line open for the next one; never raises."""
