"""SIGKILL at each line of a delivery: each text leaves once, each e-mail under one Message-ID, none is lost.

For texts the lines of claiming, sending and writing down; for e-mails those of the transport. On the embedded parts a
quarter of the lines, which `make shuffle` moves on with its seed; where a run has a Redis, every one.
"""

import datetime as dt
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from notifications import bell, consent, kinds, outbox, tasks
from notifications.models import Channel, Message
from notifications.tests.servers import ACCOUNT, TOKEN
from notifications.tests.test_faults import database_url

ROOT = Path(__file__).parents[2]
WRITING = ("delivery.py", "claims.py", "results.py", "pacing.py")
LINES = {Channel.SMS: (*WRITING, "transports/*.py"), Channel.EMAIL: ("transports/*.py",)}
STEP = 1 if os.environ.get("REDIS_URL") else 4
KINDS = {Channel.SMS: "stop_reply", Channel.EMAIL: "intake.request_received"}
ROUNDS = 6
pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def killer(request, tmp_path, twilio, mail, settings, monkeypatch):
    settings.TEXTS_PER_SECOND = 10_000
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    environment = {
        **os.environ, "DEBUG": "1", "DATA_DIR": str(tmp_path), "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "clinic.settings", "SECRET_KEY": django_settings.SECRET_KEY,
        "PUBLIC_BASE_URL": "https://book.clinic.example", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "+15005550006", "TWILIO_API_BASE_URL": twilio.url, "EMAIL_URL": mail.url,
        "TEXTS_PER_SECOND": "10000",
    }  # fmt: skip
    command = [sys.executable, "-m", "notifications.tests.line_killer", *LINES[request.param]]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:  # fmt: skip
        yield process
        process.kill()


def written(channel, number):
    """Messages to as many addresses; their ids."""
    kind = kinds.kind_named(KINDS[channel])
    start = Message.objects.count()
    with transaction.atomic():
        for count in range(start, start + number):
            address = f"+1612555{count:04}" if channel == Channel.SMS else f"p{count}@patient.example"
            consent.grant(channel=channel, address=address, wording="I agree", source="web_form")
            outbox.enqueue_consented(
                kind=kind.name, addresses=[(channel, address)], subject_ref=f"test.thing:{count}", occurrence="1",
                context=dict(kind.sample), answers_own_action=True, useless_after=timezone.now() + dt.timedelta(days=1),
            )  # fmt: skip
    return [str(pk) for pk in Message.objects.filter(state="queued").values_list("pk", flat=True)]


def told(process, line):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def sweep_until_all_left():
    """As if two minutes, and the wait before another try, had passed between the sweeps."""
    for _round in range(ROUNDS):
        past = timezone.now() - dt.timedelta(seconds=1)
        Message.objects.filter(lease_until__isnull=False).update(lease_until=past)
        Message.objects.filter(state="queued").update(not_before=past)
        tasks.sweep()
        if not Message.objects.exclude(state="sent").exists():
            return
    pytest.fail(f"left behind: {Counter(Message.objects.values_list('state', 'reason'))}")


@pytest.mark.parametrize(("killer", "channel"), [(one, one) for one in LINES], indirect=["killer"])
def test_worker_killed_at_any_line_neither_doubles_nor_loses(killer, channel, twilio, mail):
    lines = told(killer, " ".join(written(channel, 2)))
    places = range(random.randint(1, STEP), lines + 1, STEP)
    deaths = zip(places, written(channel, len(places)), strict=True)
    died = told(killer, " ".join(f"{place}:{pk}" for place, pk in deaths))
    left_behind = Counter(Message.objects.values_list("state", flat=True))

    sweep_until_all_left()

    letters = {(to[0], letter["Message-ID"]) for to, letter in zip(mail.recipients, mail.letters, strict=True)}
    arrived = Counter(
        [text["to"] for text in twilio.messages] if channel == Channel.SMS else [to for to, _mail_id in letters]
    )
    assert lines > (100 if channel == Channel.SMS else 20)
    assert died > 0.9 * len(places)  # a row that the first one made may cost the others a line
    assert left_behind["sending"] > 0
    assert (len(arrived), max(arrived.values())) == (len(places) + 2, 1)
