"""The Procfile's commands one by one, so that a test can kill, stop and double them; and people over HTTP.

Unlike `journey.stack` nothing here stands or falls together. Unlike `production` it runs with DEBUG, on
either engine and either broker, beside a mail server and a Twilio of our own.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from clinic.tests import databases
from clinic.tests.production import free_port
from notifications.tests.servers import ACCOUNT, TOKEN, FakeMail, FakeTwilio

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMMANDS = {
    "web": "gunicorn -c python:clinic.gunicorn_conf clinic.wsgi",
    "worker": "celery -A clinic worker --pool threads --concurrency 4 --loglevel INFO --without-gossip --without-mingle",
    "beat": "celery -A clinic beat --loglevel INFO",
}

Seen = TypeVar("Seen")


def wait_for(look: Callable[[], Seen | None], *, seconds: float, what: str) -> Seen:
    """Look until there is something to see. Fails by name when it does not come in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if seen := look():
            return seen
        time.sleep(0.02)
    message = f"{what} did not come within {seconds} s"
    raise AssertionError(message)


class Fields(HTMLParser):
    """What a browser would send of a page's forms: hidden values, and all choices of each radio group."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") == "radio":
            self.choices.setdefault(given["name"], []).append(given.get("value", ""))


@dataclass
class Answer:
    """What came back, and after how many seconds."""

    status: int
    text: str
    location: str
    headers: Mapping[str, str]
    seconds: float


@dataclass
class Visitor:
    """A person with a browser: keeps cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None, *, timeout: float = 60) -> Answer:
        """One request, on a connection of its own."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers |= {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.monotonic()
        line.request(method, path, body=urlencode(form) if form is not None else None, headers=headers)
        answer = line.getresponse()
        text = answer.read().decode()
        seconds = time.monotonic() - began
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
        line.close()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, text, urlsplit(received.get("location", "")).path, received, seconds)

    def filled_form(self, name: str, *, email: str = "", phone: str = "") -> dict[str, str]:
        """The consultation form as somebody filled it in, with consent for each given way."""
        fields = Fields(self.ask("GET", "/consultation/").text)
        typed = {
            **fields.hidden,
            "for_whom": fields.choices["for_whom"][0],
            "state": fields.choices["state"][0],
            "name": name,
        }
        if email:
            typed |= {"email": email, "email_consent": "on"}
        if phone:
            typed |= {"phone": phone, "sms_consent": "on"}
        return typed

    def sends_form(self, name: str, *, email: str = "", phone: str = "") -> Answer:
        """Fill in and send; a good answer leads to the time page."""
        return self.ask("POST", "/consultation/", self.filled_form(name, email=email, phone=phone))

    def times(self, time_path: str) -> tuple[str, dict[str, str], list[str]]:
        """The first day's page: where its form goes, what it sends, and the starts to choose from."""
        days = Fields(self.ask("GET", time_path).text)
        here = f"{time_path}?day={days.choices['day'][0]}" if "day" in days.choices else time_path
        fields = Fields(self.ask("GET", here).text)
        rest = {name: values[0] for name, values in fields.choices.items() if name != "start"}
        return here, {**fields.hidden, **rest}, fields.choices["start"]

    def books(self, time_path: str) -> Answer:
        """Take the first free time; a good answer leads to the visit's page."""
        here, form, starts = self.times(time_path)
        return self.ask("POST", here, {**form, "start": starts[0]})


@dataclass
class Lab:
    """A product in parts."""

    folder: Path
    port: int
    mail: FakeMail
    twilio: FakeTwilio
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *, command: str = "", **changes: str) -> subprocess.Popen[bytes]:
        """Start `web`, `worker`, `beat`; a second one as `worker-2`. `changes` are variables of its own."""
        words = (command or COMMANDS[name.partition("-")[0]]).split()
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                words, cwd=ROOT, env={**self.environment, **changes}, stdout=log, stderr=log, start_new_session=True
            )
        return self.running[name]

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to all processes of a part."""
        os.killpg(self.running[name].pid, number)

    def kill(self, name: str) -> None:
        """SIGKILL, and be sure that it is gone."""
        self.signal(name, signal.SIGKILL)
        self.running.pop(name).wait()

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it printed."""
        done = subprocess.run(
            [BIN / "python", "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def visitor(self) -> Visitor:
        """Somebody new."""
        return Visitor(self.port)

    def checks(self) -> dict[str, str]:
        """What `/readyz` says of each part; empty while the web server is not up."""
        try:
            answer = self.visitor().ask("GET", "/readyz", timeout=5)
        except OSError:
            return {}
        found: dict[str, str] = {
            name: "ok" if f'"{name}": "ok"' in answer.text else "failing"
            for name in ("database", "broker", "outbox", "beat")
        }
        return found

    def wait_until_serving(self, *, seconds: float = 60) -> None:
        """Until the web server answers."""
        wait_for(lambda: bool(self.checks()), seconds=seconds, what="the web server")

    def log(self, name: str) -> str:
        """What a part wrote."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """Nothing stays behind, stopped processes neither."""
        for name in list(self.running):
            try:
                self.kill(name)
            except ProcessLookupError:
                self.running.pop(name, None)


@contextmanager
def lab(folder: Path, *, database_url: str = "", redis_url: str = "", **changes: str) -> Iterator[Lab]:
    """A migrated, seeded product, nothing started. Without addresses: SQLite and the embedded broker in `folder`."""
    port = free_port()
    with FakeMail() as mail, FakeTwilio() as twilio:
        given = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "DEBUG": "1",
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "EMAIL_URL": mail.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE_URL": twilio.url,
            "FORM_MIN_SECONDS": "0",
            "RATE_LIMIT_FACTOR": "1000",
            "DEMO_PASSWORD": "lab-demo-password",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **({"REDIS_URL": redis_url} if redis_url else {}),
            **changes,
        }
        product = Lab(folder=folder, port=port, mail=mail, twilio=twilio, environment=given)
        if not database_url:
            databases.copy_to(folder / "data" / "clinic.sqlite3")
        product.manage("migrate", "--verbosity", "0")
        product.manage("seed_demo")
        try:
            yield product
        finally:
            product.end()
