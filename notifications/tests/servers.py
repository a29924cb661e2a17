"""Providers on loopback ports: enough of Twilio and of a mail server to hold our transports to.

Both are started with `start()` and stopped with `stop()`, or used as context managers. What arrived stands
in `requests` / `letters`; what they answer next is put in `script`, one entry for each coming request.
"""

import asyncio
import datetime as dt
import email
import email.utils
import json
import threading
import time
import uuid
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message as Letter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.utils import timezone

ACCOUNT = "AC" + "0" * 32
TOKEN = "test-token"
# https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
KNOWN_PARAMETERS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}


@dataclass
class TextRequest:
    """One request to create a message, as it came over the wire."""

    form: Mapping[str, str]
    user_agent: str
    at: dt.datetime

    @property
    def to(self) -> str:
        return self.form.get("To", "")

    @property
    def body(self) -> str:
        return self.form.get("Body", "")


@dataclass
class Answer:
    """What Twilio answers to one create request.

    `code` is Twilio's error code (with `status`); `delay` seconds before the answer; `accept` makes the
    message exist although `status` says otherwise; `drop` closes the line instead of answering.
    """

    status: int = 201
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    accept: bool = False
    drop: bool = False


class FakeTwilio:
    """Acts like the Messages API of Twilio: creates, lists, refuses what it does not know.

    `url` goes into TWILIO_API_BASE_URL. `requests`: create requests. `messages`: what was accepted.
    `script`: answers to the next create requests; 201 afterwards. `list_status`: of the list.
    """

    def __init__(self) -> None:
        self.requests: list[TextRequest] = []
        self.messages: list[dict[str, Any]] = []
        self.script: list[Answer] = []
        self.list_status = 200
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        twilio = self

        class Desk(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                twilio._create(self)

            def do_GET(self) -> None:
                twilio._list(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _create(self, desk: BaseHTTPRequestHandler) -> None:
        raw = desk.rfile.read(int(desk.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
        if not self._is_known(desk):
            return
        with self._lock:
            self.requests.append(TextRequest(form, desk.headers.get("User-Agent", ""), timezone.now()))
            answer = self.script.pop(0) if self.script else Answer()
        refusal = _refusal(form)
        if refusal:
            _reply(desk, 400, {"code": refusal, "message": "refused", "status": 400})
            return
        message = _message(form)
        if answer.status == 201 or answer.accept:
            with self._lock:
                self.messages.append(message)
        time.sleep(answer.delay)
        if answer.drop:
            desk.close_connection = True
            desk.connection.close()
        elif answer.status == 201:
            _reply(desk, 201, message)
        else:
            error = {"code": answer.code, "message": "refused", "status": answer.status}
            _reply(desk, answer.status, error, answer.headers)

    def _list(self, desk: BaseHTTPRequestHandler) -> None:
        if not self._is_known(desk):
            return
        if self.list_status != 200:
            _reply(desk, self.list_status, {"code": 20500, "message": "trouble", "status": self.list_status})
            return
        to = parse_qs(urlsplit(desk.path).query).get("To", [""])[0]
        with self._lock:
            found = [message for message in reversed(self.messages) if message["to"] == to]
        _reply(desk, 200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _is_known(self, desk: BaseHTTPRequestHandler) -> bool:
        scheme, _, credentials = desk.headers.get("Authorization", "").partition(" ")
        is_ours = scheme == "Basic" and b64decode(credentials).decode() == f"{ACCOUNT}:{TOKEN}"
        if not is_ours:
            _reply(desk, 401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif urlsplit(desk.path).path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            _reply(desk, 404, {"code": 20404, "message": "not found", "status": 404})
        else:
            return True
        return False


def _refusal(form: Mapping[str, str]) -> int:
    """Twilio's error code for a request it would not take, 0 for a good one."""
    checks = {
        21604: not form.get("To"),
        21602: not form.get("Body"),
        21617: len(form.get("Body", "")) > 1600,
        21603: not (form.get("From") or form.get("MessagingServiceSid")),
        21211: not form.get("To", "").removeprefix("+").isdecimal() or not form.get("To", "").startswith("+"),
        21609: not form.get("StatusCallback", "http").startswith("http"),
        20001: not set(form) <= KNOWN_PARAMETERS or not 0 < int(form.get("ValidityPeriod", "1")) <= 36_000,
    }
    return next((code for code, is_wrong in checks.items() if is_wrong), 0)


def _message(form: Mapping[str, str]) -> dict[str, Any]:
    now = email.utils.format_datetime(timezone.now())
    return {
        "sid": f"SM{uuid.uuid4().hex}",
        "account_sid": ACCOUNT,
        "to": form["To"],
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "body": form["Body"],
        "status": "queued",
        "date_created": now,
        "date_updated": now,
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "direction": "outbound-api",
        "api_version": "2010-04-01",
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "uri": "",
        "subresource_uris": {},
    }


def _reply(
    desk: BaseHTTPRequestHandler, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    raw = json.dumps(content).encode()
    try:
        desk.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(raw)),
            **(headers or {}),
        }.items():
            desk.send_header(name, value)
        desk.end_headers()
        desk.wfile.write(raw)
    except OSError:
        desk.close_connection = True  # the client hung up first


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
