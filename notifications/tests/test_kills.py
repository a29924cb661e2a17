"""Five hundred messages while workers are killed at random: counted where they arrive.

Each text at most once, each e-mail under one Message-ID, none lost; although every message is rung for twice,
two beats order sweeps at the same moment, and the broker is emptied half-way.
"""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from clinic.tests.production import free_port
from notifications import bell, consent, delivery, kinds, outbox
from notifications.models import Channel, Message
from notifications.tests.servers import ACCOUNT, TOKEN, Answer

ROOT = Path(__file__).parents[2]
WAVES = 3
pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
State = Message.State


def wait_for(condition, *, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


class Post:
    """Real workers and beats on a broker of their own."""

    def __init__(self, folder, twilio, mail, redis_url):
        self.folder, self.twilio, self.mail, self.running = folder, twilio, mail, []
        values = connection.settings_dict
        name = f"{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
        database = f"sqlite:///{values['NAME']}" if connection.vendor == "sqlite" else f"postgres://{name}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            **({"REDIS_URL": redis_url} if redis_url else {}),
            "DEBUG": "1", "DATA_DIR": str(folder), "DATABASE_URL": database, "RATE_LIMIT_FACTOR": "1000",
            "SECRET_KEY": django_settings.SECRET_KEY, "PUBLIC_BASE_URL": "https://book.clinic.example",
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550006",
            "TWILIO_API_BASE_URL": twilio.url, "EMAIL_URL": mail.url,
        }  # fmt: skip
        self.app = Celery(broker=redis_url or "filesystem://", set_as_current=False)
        if not redis_url:
            (folder / "broker").mkdir()
            self.app.conf.broker_transport_options = {
                "data_folder_in": str(folder / "broker"),
                "data_folder_out": str(folder / "broker"),
                "control_folder": str(folder / "broker-control"),
            }

    def start(self, *words):
        command = [sys.executable, "-m", "celery", "-A", "clinic", *words]
        quiet = subprocess.DEVNULL
        self.running.append(
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment, start_new_session=True, stdout=quiet, stderr=quiet
            )
        )

    def start_workers(self):
        for _number in range(2):
            self.start(
                "worker", "-P", "threads", "-c", "4", "--without-gossip", "--without-mingle", "--without-heartbeat"
            )

    def kill(self):
        """SIGKILL one worker."""
        process = self.running.pop(random.randrange(len(self.running)))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ring(self, ids):
        for message_id in ids:
            self.app.send_task("notifications.deliver", args=[str(message_id)], ignore_result=True)

    def arrived(self):
        return len(self.twilio.messages) + len(self.mail.letters)


@pytest.fixture
def redis_url(tmp_path):
    """A Redis of our own, where this run has one; else the embedded broker."""
    if not os.environ.get("REDIS_URL"):
        yield ""
        return
    port = free_port()
    words = ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.kill()
    server.wait()


@pytest.fixture
def post(tmp_path, twilio, mail, redis_url, monkeypatch):
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    made = Post(tmp_path, twilio, mail, redis_url)
    yield made
    while made.running:
        made.kill()


def waiting_messages(number):
    """Half of them texts, each to an address of its own."""
    email = kinds.kind_named("intake.request_received")
    with transaction.atomic():
        for count in range(number // 2):
            for channel, address, kind in (
                (Channel.SMS, f"+1612555{count:04}", kinds.kind_named("stop_reply")),
                (Channel.EMAIL, f"p{count}@patient.example", email),
            ):
                consent.grant(channel=channel, address=address, wording="I agree", source="web_form")
                outbox.enqueue_consented(
                    kind=kind.name, addresses=[(channel, address)], subject_ref=f"test.thing:{count}", occurrence="1",
                    context=dict(kind.sample), answers_own_action=True,
                    useless_after=timezone.now() + dt.timedelta(days=1),
                )  # fmt: skip
    ids = list(Message.objects.values_list("pk", flat=True))
    random.shuffle(ids)
    return ids


def let_leases_end():
    """What two minutes, and the wait before another try, would do. Only while no worker lives."""
    time.sleep(0.3)  # what a killed worker had handed over arrives
    past = timezone.now() - dt.timedelta(seconds=1)
    Message.objects.filter(lease_until__isnull=False).update(lease_until=past)
    delivery.take_over_expired_leases(limit=1000)
    Message.objects.filter(state=State.QUEUED).update(not_before=past)


def empty_broker(post):
    if post.environment.get("REDIS_URL"):
        with post.app.connection_for_write() as line:
            line.default_channel.client.flushall()
    else:
        for letter in (post.folder / "broker").iterdir():
            letter.unlink(missing_ok=True)


def test_messages_leave_once_whatever_is_killed(post, twilio, mail, redis_url):
    number = 500 if redis_url else 120
    ids = waiting_messages(number)
    twilio.script = [Answer(delay=random.uniform(0, 0.06)) for _count in range(number)]
    share = number // WAVES
    caught = 0

    for wave in range(WAVES):
        part = ids[wave * share : (wave + 1) * share]
        post.start_workers()
        before = post.arrived()
        post.ring([*part, *part])
        for _worker in range(2):
            enough = random.randint(share // 8, share // 3)
            wait_for(lambda aim=before + enough: post.arrived() >= aim)
            post.kill()
            before = post.arrived()
        caught += Message.objects.filter(state=State.SENDING).count()
        let_leases_end()
        if wave == WAVES // 2:
            empty_broker(post)

    post.start_workers()
    for beat in range(2):
        post.start("beat", "--schedule", str(post.folder / f"beat-{beat}"))
    end = time.monotonic() + 120
    while Message.objects.exclude(state=State.SENT).exists():
        assert time.monotonic() < end, "something is left"
        post.app.send_task("notifications.sweep", ignore_result=True)
        assert not Message.objects.filter(state__in=(State.FAILED, State.EXPIRED, State.SUPPRESSED)).exists()
        time.sleep(1)

    texts = Counter(message["to"] for message in twilio.messages)
    letters = {
        (recipients[0], letter["Message-ID"]) for recipients, letter in zip(mail.recipients, mail.letters, strict=True)
    }
    assert caught > 0  # else nobody was killed at work
    assert (len(texts), max(texts.values())) == (number // 2, 1)
    assert (len(letters), len({address for address, _mail_id in letters})) == (number // 2, number // 2)
