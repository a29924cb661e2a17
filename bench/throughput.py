"""How fast one worker process sends, beside bare Celery with the Twilio SDK and smtplib, in the same run.

Run: .venv/bin/python bench/throughput.py [messages] [rounds]        embedded broker and SQLite
     DATABASE_URL=postgres://... REDIS_URL=redis://... .venv/bin/python bench/throughput.py [messages] [rounds]
Half texts, half e-mails, to a Twilio and a mail server of its own; both workers one process of four threads, first
theirs, then ours, each with a full broker. Prints messages a second of both, the ratio and the worker's largest memory
for each round; exits 1 when the middle ratio is below the promise of 0.6. The database must be one to throw away, and
the machine quiet: `... bench/throughput.py 2000 3`. A long backlog: `bench/drain.py`.
"""

import base64
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = Path(tempfile.mkdtemp(prefix="clinic-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
os.environ["DEBUG"] = "1"
os.environ["DATA_DIR"] = str(FOLDER)
os.environ["RATE_LIMIT_FACTOR"] = "1000000"

import django  # noqa: E402

django.setup()

from celery import Celery  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from notifications import bell, consent, kinds, outbox  # noqa: E402
from notifications.models import Channel, Message  # noqa: E402
from notifications.tests.servers import ACCOUNT, TOKEN, FakeMail, FakeTwilio  # noqa: E402

PROMISE = 0.6
BROKER = os.environ.get("REDIS_URL", "filesystem://")
WORKER = "worker --pool threads --concurrency 4 --loglevel ERROR --without-gossip --without-mingle --without-heartbeat"


def production() -> dict[str, str]:
    """With DEBUG Django keeps every query it makes. The embedded default has no other way to run."""
    if "REDIS_URL" not in os.environ:
        return {}
    return {
        "DEBUG": "0", "SECRET_KEY": settings.SECRET_KEY, "ALLOWED_HOSTS": "book.clinic.example",
        "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{FOLDER / 'clinic.sqlite3'}"),
        "FIELD_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}", "DEFAULT_FROM_EMAIL": "care@clinic.example",
    }  # fmt: skip


def fill_outbox(number: int, turn: int) -> list[str]:
    """Half texts, half e-mails, each to an address of its own; their ids."""
    email = kinds.kind_named("intake.request_received")
    bell.breaker.trip()  # nobody rings while we fill
    for start in range(0, number, 1000):
        with transaction.atomic():
            for count in range(start, min(start + 1000, number)):
                channel, address, kind = (
                    (Channel.SMS, f"+1612{2_000_000 + count}", kinds.kind_named("stop_reply"))
                    if count % 2
                    else (Channel.EMAIL, f"p{count}@patient.example", email)
                )
                consent.grant(channel=channel, address=address, wording="I agree", source="web_form")
                outbox.enqueue_consented(
                    kind=kind.name, addresses=[(channel, address)], subject_ref=f"bench.{turn}:{count}", occurrence="1",
                    context=dict(kind.sample), answers_own_action=True, useless_after=timezone.now() + dt.timedelta(days=1),
                )  # fmt: skip
    return [str(pk) for pk in Message.objects.filter(state="queued").values_list("pk", flat=True)]


def until(arrived: Callable[[], int], number: int) -> float:
    """Seconds from the first arrival until the last."""
    while not arrived():
        time.sleep(0.01)
    began = time.monotonic()
    while arrived() < number:
        time.sleep(0.02)
    return time.monotonic() - began


def memory_of(process: subprocess.Popen[bytes]) -> int:
    """The largest memory a process had, in MB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def processor_time_of(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor that a process has used. Says more than the clock where others work beside it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(app: str, environment: dict[str, str], arrived: Callable[[], int], number: int) -> tuple[float, int, float]:
    """Messages a second of one worker that empties a full broker, its memory, and milliseconds of processor for each."""
    before = arrived()
    command = [sys.executable, "-m", "celery", "-A", app, *WORKER.split()]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        seconds = until(lambda: arrived() - before, number)
        return number / seconds, memory_of(worker), 1000 * processor_time_of(worker) / number
    finally:
        worker.kill()
        worker.wait()


def environment(twilio: FakeTwilio, mail: FakeMail) -> dict[str, str]:
    """What a worker is started with: our providers, and no limits of pace."""
    return {
        **os.environ, **production(), "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550006",
        "TWILIO_API_BASE_URL": twilio.url, "EMAIL_URL": mail.url, "TEXTS_PER_SECOND": "100000", "TEXTS_PER_DAY": "10000000",
        "PUBLIC_BASE_URL": "https://book.clinic.example", "BENCH_BROKER": BROKER, "BENCH_SMTP": str(mail.port),
        "BENCH_FOLDER": str(FOLDER / "bare"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def fill_bare_broker(number: int) -> None:
    """As many texts and e-mails as ours, as tasks of bare Celery."""
    bare = Celery("bare", broker=BROKER, set_as_current=False)
    if BROKER.startswith("filesystem"):
        folder = FOLDER / "bare"
        folder.mkdir(exist_ok=True)
        options = {name: str(folder) for name in ("data_folder_in", "data_folder_out")}
        bare.conf.broker_transport_options = {**options, "control_folder": f"{folder}-control"}
    for count in range(number):
        task, address = (
            ("bare.text", f"+1612{2_000_000 + count}") if count % 2 else ("bare.mail", f"p{count}@x.example")
        )
        bare.send_task(task, args=[address], ignore_result=True)


def one_round(number: int, turn: int, twilio: FakeTwilio, mail: FakeMail) -> float:
    """Theirs, then ours; the ratio."""

    def arrived() -> int:
        return len(twilio.messages) + len(mail.letters)

    fill_bare_broker(number)
    theirs, _memory, their_work = timed("bench.bare", environment(twilio, mail), arrived, number)
    ids = fill_outbox(number, turn)
    bell.breaker.reset()
    for message_id in ids:
        bell.ring(message_id)  # type: ignore[arg-type]  # written as text either way
    ours, memory, our_work = timed("clinic", environment(twilio, mail), arrived, len(ids))
    ratio = ours / theirs
    print(
        f"bare {theirs:.0f}/s ({their_work:.1f} ms of processor each), ours {ours:.0f}/s ({our_work:.1f} ms), "
        f"ratio {ratio:.2f}, largest memory {memory} MB, {len(ids)} messages"
    )
    return ratio


def main(number: int, rounds: int) -> int:
    """Measure both, one after the other, some rounds."""
    call_command("migrate", verbosity=0)
    with FakeTwilio() as twilio, FakeMail() as mail:
        ratios = [one_round(number, turn, twilio, mail) for turn in range(rounds)]
    middle = statistics.median(ratios)
    print(f"middle ratio {middle:.2f}, promised {PROMISE}")
    return 0 if middle >= PROMISE else 1


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(words[0] if words else 1000, words[1] if len(words) > 1 else 1))
