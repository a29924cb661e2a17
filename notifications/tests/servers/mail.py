"""A mail server on a loopback port."""

import asyncio
import email
import email.utils
from email.message import Message as Letter
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class FakeMail:
    """A real SMTP server that keeps what it gets.

    `port` goes into EMAIL_URL. `letters`: parsed messages, in order. `recipients`: their envelopes.
    `script`: answers to the next e-mails, as "450 4.2.0 later"; `DROP` closes the line after DATA without
    an answer although the e-mail was kept, `STALL` waits longer than anybody listens, `HANG` keeps the e-mail and
    then does the same. It refuses every login.
    """

    DROP = "drop"
    STALL = "stall"
    HANG = "hang"

    def __init__(self, *, stall_seconds: float = 3.0) -> None:
        self.letters: list[Letter] = []
        self.recipients: list[list[str]] = []
        self.script: list[str] = []
        self.stall_seconds = stall_seconds
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        assert self._controller is not None
        assert self._controller.server is not None
        return int(self._controller.server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = _AnyPortController(
            self,
            hostname="127.0.0.1",
            port=0,
            authenticator=lambda *_login: AuthResult(success=False, handled=False),
            auth_require_tls=False,
        )
        self._controller.start()

    def stop(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.script.pop(0) if self.script else "250 OK"
        if answer.startswith("250") or answer in {self.DROP, self.HANG}:
            self.letters.append(email.message_from_bytes(envelope.content or b""))
            self.recipients.append(list(envelope.rcpt_tos))
        if answer == self.DROP and server.transport is not None:
            server.transport.abort()
            return "250 nobody hears this"
        if answer in {self.STALL, self.HANG}:
            await asyncio.sleep(self.stall_seconds)
            return "451 too late"
        return answer


class _AnyPortController(Controller):
    """Lets the system choose the port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
