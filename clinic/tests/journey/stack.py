"""The whole product as a newcomer starts it, `make run`, with a mail server and a Twilio of our own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg2

from notifications.tests.servers import ACCOUNT, TOKEN, FakeMail, FakeTwilio

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60
STAFF_PASSWORD = "journey-demo-password"

Seen = TypeVar("Seen")


def wait_for(look: Callable[[], Seen | None], *, seconds: float, what: str) -> Seen:
    """Look until there is something to see. Fails by name when it does not come in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    message = f"{what} did not come within {seconds} s"
    raise AssertionError(message)


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Stack:
    """A running product and the two servers it sends to."""

    url: str
    mail: FakeMail
    twilio: FakeTwilio
    log: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the running product; returns what it printed."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip


@contextmanager
def _database(base: str | None) -> Iterator[str | None]:
    """A database of our own beside the given one; nothing to do on SQLite."""
    if not base:
        yield None
        return
    name = f"journey_{os.getpid()}"
    admin = psycopg2.connect(base)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield base.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with admin.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.close()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(product: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, as a newcomer does."""
    if product.poll() is not None:
        return
    os.killpg(product.pid, signal.SIGINT)
    try:
        product.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(product.pid, signal.SIGKILL)


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Start everything, wait until `/readyz` says yes, stop everything."""
    port = free_port()
    mail, twilio = FakeMail(), FakeTwilio()
    mail.start()
    twilio.start()
    with _database(os.environ.get("DATABASE_URL")) as database_url:
        environment = {
            **os.environ,
            "DEBUG": "1",
            "DATA_DIR": str(folder / "var"),
            "PORT": str(port),
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "EMAIL_URL": mail.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE_URL": twilio.url,
            "FORM_MIN_SECONDS": "0",
            "RATE_LIMIT_FACTOR": "100",
            "DEMO_PASSWORD": STAFF_PASSWORD,
            **({"DATABASE_URL": database_url} if database_url else {}),
        }
        log = folder / "stack.log"
        with log.open("wb") as output:
            product = subprocess.Popen(
                [shutil.which("make") or "make", "run"],
                cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        url = environment["PUBLIC_BASE_URL"]
        try:
            wait_for(lambda: _is_ready(url) or product.poll() is not None, seconds=START_SECONDS, what="make run")
            assert product.poll() is None, log.read_text()[-4000:]
            yield Stack(url=url, mail=mail, twilio=twilio, log=log, environment=environment)
        finally:
            _stop(product)
            mail.stop()
            twilio.stop()
