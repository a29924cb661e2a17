"""A production installation for a test: own database, own Redis, secrets as files, the commands of the Procfile."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from clinic import secret_files

ROOT = Path(__file__).resolve().parents[2]
HOST = "book.clinic.example"
BIN = Path(sys.executable).parent
KEPT = ("HOME", "LANG", "TMPDIR", "COVERAGE_PROCESS_START")


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A database of our own beside the given one."""
    name = f"production_{os.getpid()}_{time.monotonic_ns()}"
    admin = psycopg2.connect(url)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with admin.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.close()


@contextmanager
def own_redis(configuration: Path) -> Iterator[int]:
    """A Redis of our own, with the password of `secrets/redis_conf`; gives its port."""
    port = free_port()
    broker = subprocess.Popen(
        ["redis-server", configuration, "--port", str(port), "--bind", "127.0.0.1"],
        cwd=configuration.parent, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield port
    finally:
        broker.terminate()
        broker.wait(timeout=10)


@dataclass
class Installation:
    """Running commands, each in a process group of its own, and what they wrote."""

    folder: Path
    port: int
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it printed. Fails with what it said."""
        done = subprocess.run(
            [BIN / "python", "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start what the Procfile names, with those words."""
        for line in (ROOT / "Procfile").read_text().splitlines():
            name, command = line.split(": ", 1)
            with (self.folder / f"{name}.log").open("wb") as log:
                self.running[name] = subprocess.Popen(
                    shlex.split(command), cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )

    def wait_until_ready(self, *, seconds: float) -> None:
        """Until `/readyz` says yes; fails with the logs when a command ends or time runs out."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ended = [name for name, process in self.running.items() if process.poll() is not None]
            assert ended == [], self.logs()[-4000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready within {seconds} s\n{self.logs()[-4000:]}")

    def stop(self, *, seconds: float) -> dict[str, int]:
        """SIGTERM to each command alone, as a container engine does; returns their exit codes."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {name: process.wait(timeout=seconds) for name, process in self.running.items()}

    def left_over(self) -> list[str]:
        """Commands of which a process still lives."""
        return [name for name, process in self.running.items() if _group_lives(process.pid)]

    def end(self) -> None:
        """Whatever happened, nothing stays behind."""
        for process in self.running.values():
            if _group_lives(process.pid):
                os.killpg(process.pid, signal.SIGKILL)

    def logs(self) -> str:
        """Everything that the commands wrote."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that live."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def installation(folder: Path, *, email_url: str) -> Iterator[Installation]:
    """Everything prepared, nothing started yet."""
    secrets = folder / "secrets"
    secret_files.write(secrets)
    with ExitStack() as parts:
        redis_port = parts.enter_context(own_redis(secrets / "redis_conf"))
        database_url = parts.enter_context(own_database(os.environ["DATABASE_URL"]))
        redis_url = (secrets / "redis_url").read_text().replace("@redis:6379", f"@127.0.0.1:{redis_port}")
        for name, text in (("database_url", database_url), ("redis_url", redis_url), ("email_url", email_url)):
            (secrets / name).unlink()
            (secrets / name).write_text(f"{text.strip()}\n")
        port = free_port()
        given = {
            "DEBUG": "0",
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
            "PUBLIC_BASE_URL": f"https://{HOST}",
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXIES": "127.0.0.1",
            "DEFAULT_FROM_EMAIL": "care@clinic.example",
            "FORM_MIN_SECONDS": "0",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **{
                f"{name.upper()}_FILE": str(secrets / name)
                for name in ("secret_key", "field_keys", "database_url", "redis_url", "email_url", "twilio_auth_token")
            },
        }
        product = Installation(folder=folder, port=port, environment=given)
        try:
            yield product
        finally:
            product.end()
