"""A Twilio on a loopback port."""

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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

ACCOUNT = "AC" + "0" * 32
TOKEN = "test-token"
# https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
# https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
KNOWN_OF_CALLS = {"To", "From", "Twiml", "StatusCallback", "Timeout"}
KNOWN_PARAMETERS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}
# https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
# https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources
KNOWN_OF_LISTS = {"To", "From", "PageSize", "Page", "PageToken"}


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
    `script`: answers to the next create requests; 201 afterwards. `list_status`: of the list. `calls`: calls it took.
    """

    def __init__(self) -> None:
        self.requests: list[TextRequest] = []
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
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
            disable_nagle_algorithm = True  # else the body waits 40 ms for the acknowledgement of the headers

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
        is_call = urlsplit(desk.path).path.endswith("/Calls.json")
        refusal = _refusal_of_call(form) if is_call else _refusal(form)
        if refusal:
            _reply(desk, 400, {"code": refusal, "message": "refused", "status": 400})
            return
        message = _call(form) if is_call else _message(form)
        if answer.status == 201 or answer.accept:
            with self._lock:
                (self.calls if is_call else self.messages).append(message)
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
        asked = parse_qs(urlsplit(desk.path).query, keep_blank_values=True)
        if not set(asked) <= KNOWN_OF_LISTS:
            _reply(desk, 400, {"code": 20001, "message": "refused", "status": 400})
            return
        to = asked.get("To", [""])[0]
        name = "calls" if urlsplit(desk.path).path.endswith("/Calls.json") else "messages"
        with self._lock:
            found = [row for row in reversed(getattr(self, name)) if row["to"] == to]
        _reply(desk, 200, {name: found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _is_known(self, desk: BaseHTTPRequestHandler) -> bool:
        scheme, _, credentials = desk.headers.get("Authorization", "").partition(" ")
        is_ours = scheme == "Basic" and b64decode(credentials).decode() == f"{ACCOUNT}:{TOKEN}"
        if not is_ours:
            _reply(desk, 401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif urlsplit(desk.path).path not in {
            f"/2010-04-01/Accounts/{ACCOUNT}/{name}.json" for name in ("Messages", "Calls")
        }:
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


def _refusal_of_call(form: Mapping[str, str]) -> int:
    """The same for a call."""
    checks = {
        21201: not form.get("To"),
        21213: not form.get("From"),
        21205: not form.get("Twiml"),
        21211: not form.get("To", "").removeprefix("+").isdecimal() or not form.get("To", "").startswith("+"),
        21212: not form.get("From", "").removeprefix("+").isdecimal(),
        12100: not form.get("Twiml", "").startswith("<Response>") or len(form.get("Twiml", "")) > 4000,
        20001: not set(form) <= KNOWN_OF_CALLS or not 5 <= int(form.get("Timeout", "60")) <= 600,
    }
    return next((code for code, is_wrong in checks.items() if is_wrong), 0)


def _call(form: Mapping[str, str]) -> dict[str, Any]:
    now = email.utils.format_datetime(timezone.now())
    return {
        "sid": f"CA{uuid.uuid4().hex}",
        "account_sid": ACCOUNT,
        "to": form["To"],
        "from": form["From"],
        "status": "queued",
        "date_created": now,
        "date_updated": now,
        "start_time": None,
        "end_time": None,
        "duration": None,
        "direction": "outbound-api",
        "api_version": "2010-04-01",
        "price": None,
        "price_unit": "USD",
        "uri": "",
        "subresource_uris": {},
        "twiml": form["Twiml"],
    }


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
