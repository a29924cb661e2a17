"""A backlog drains: how fast, with how much memory, and at how many queries a message.

Run: .venv/bin/python bench/drain.py [messages]        SQLite
     DATABASE_URL=postgres://... REDIS_URL=redis://... .venv/bin/python bench/drain.py [messages]
Half texts, half e-mails (10,000 unless told), all due, to a Twilio and a mail server of its own; one process takes them
from the outbox as `manage.py deliver_outbox` and each sweep do. Prints a line for each tenth of them. Exits 1 when
the memory of the last tenth is more than a tenth above that of the first, when a message of the last tenth costs more
queries than one of the first, or when something is left. The database must be one to throw away.
"""

import datetime as dt
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TENTHS = 10
MEMORY_MAY_GROW = 1.1
QUERIES_MAY_GROW = 1.02


def drain(number: int) -> None:
    """In a process of its own: take everything from the outbox, and say after each tenth what it cost."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    import django  # noqa: PLC0415 - the parent only starts us

    django.setup()
    from django.db import connection, reset_queries  # noqa: PLC0415 - models can be imported only now

    from notifications import delivery  # noqa: PLC0415 - as above

    queries = 0

    def count(execute, sql, parameters, many, context):  # type: ignore[no-untyped-def]
        nonlocal queries
        queries += 1
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        for _tenth in range(TENTHS):
            before, began = queries, time.monotonic()
            taken = delivery.deliver_due(limit=number // TENTHS)
            reset_queries()  # with DEBUG Django keeps them
            rate = taken / (time.monotonic() - began)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(taken, memory, f"{(queries - before) / max(1, taken):.3f}", f"{rate:.0f}", flush=True)


def fill(number: int) -> None:
    """Half texts, half e-mails, each to an address of its own; written in bulk, as rows stand after a long outage."""
    from django.utils import timezone  # noqa: PLC0415 - the child comes by here, too

    from notifications import kinds  # noqa: PLC0415 - as above
    from notifications.models import Channel, Consent, Message  # noqa: PLC0415 - as above

    now = timezone.now()
    for start in range(0, number, 1000):
        lines, rows = [], []
        for count in range(start, min(start + 1000, number)):
            is_text = count % 2 == 1
            channel = Channel.SMS if is_text else Channel.EMAIL
            address = f"+1612{2_000_000 + count}" if is_text else f"p{count}@patient.example"
            kind = kinds.kind_named("stop_reply" if is_text else "intake.request_received")
            lines.append(Consent(channel=channel, address=address, status="granted", source="web_form", wording="x"))
            rows.append(
                Message(
                    kind=kind.name,
                    channel=channel,
                    address=address,
                    context=dict(kind.sample),
                    basis="consent",
                    subject_ref=f"bench.drain:{count}",
                    occurrence="1",
                    dedupe_key=f"bench.drain:{count}|{channel}",
                    answers_own_action=True,
                    not_before=now,
                    useless_after=now + dt.timedelta(days=1),
                )
            )
        for line, row in zip(Consent.objects.bulk_create(lines), rows, strict=True):
            row.consent = line
        Message.objects.bulk_create(rows)


def main(number: int) -> int:
    """Fill, drain, judge."""
    from django.core.management import call_command  # noqa: PLC0415 - only now

    from bench import throughput  # noqa: PLC0415 - it sets Django up
    from notifications.models import Message  # noqa: PLC0415 - as above
    from notifications.tests.servers import FakeMail, FakeTwilio  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    fill(number)
    with FakeTwilio() as twilio, FakeMail() as mail:
        command = [sys.executable, __file__, "--child", str(number)]
        said = subprocess.run(
            command, cwd=ROOT, env=throughput.environment(twilio, mail), check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        arrived = len(twilio.messages) + len(mail.letters)
    tenths = [[float(word) for word in line.split()] for line in said.splitlines()]
    for taken, memory, queries, rate in tenths:
        print(f"{taken:.0f} taken up, {memory:.0f} MB at most, {queries:.2f} queries a message, {rate:.0f}/s")
    left = Message.objects.filter(subject_ref__startswith="bench.drain:").exclude(state="sent").count()
    first, last = tenths[0], tenths[-1]
    is_bounded = last[1] <= first[1] * MEMORY_MAY_GROW and last[2] <= first[2] * QUERIES_MAY_GROW
    print(f"{arrived} arrived, {left} left, {'bounded' if is_bounded else 'NOT BOUNDED'}")
    return 0 if is_bounded and not left and arrived == number else 1


if __name__ == "__main__":
    if "--child" in sys.argv:
        drain(int(sys.argv[-1]))
        sys.exit()
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
