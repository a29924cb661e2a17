"""The whole product as a newcomer starts it, `make run`, with a mail server and a Twilio of our own."""

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from clinic.tests.lab import wait_for
from clinic.tests.production import free_port, own_database
from notifications.tests.servers import ACCOUNT, TOKEN, FakeMail, FakeTwilio

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 180  # a busy machine shares its cores with the suite
STAFF_PASSWORD = "journey-demo-password"


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


def fill_today(stack: Stack) -> None:
    """Visits for today that have not begun, whatever the hour and the day of the week."""
    stack.manage("seed_demo", "--today")


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
def running_stack(folder: Path, *, more: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start everything with `more` variables, wait until `/readyz` says yes, stop everything."""
    port = free_port()
    mail, twilio = FakeMail(), FakeTwilio()
    mail.start()
    twilio.start()
    given = os.environ.get("DATABASE_URL")
    with own_database(given) if given else nullcontext() as database_url:
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
            **(more or {}),
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
