import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from notifications import bell, kinds, tasks
from notifications.models import Channel, Message
from notifications.tests.factories import waiting
from notifications.tests.servers import ACCOUNT, TOKEN, Answer, FakeMail

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def database_url():
    """The database of this test run, as the worker gets it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def wait_for(condition, *, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def worker(tmp_path, twilio, mail):
    """A real worker on the embedded broker; its process group is killed at the end."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DEBUG": "1",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url(),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "PUBLIC_BASE_URL": "https://book.clinic.example",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "+15005550006",
        "TWILIO_API_BASE_URL": twilio.url,
        "EMAIL_URL": mail.url,
    }
    command = [sys.executable, "-m", "celery", "-A", "clinic", "worker", "-P", "threads", "-c", "2", "--without-gossip"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ring(folder, message_id):
    """Put the id on the worker's own broker."""
    app = Celery(broker="filesystem://", set_as_current=False)
    (folder / "broker").mkdir(exist_ok=True)
    app.conf.broker_transport_options = {
        "data_folder_in": str(folder / "broker"),
        "data_folder_out": str(folder / "broker"),
        "control_folder": str(folder / "broker-control"),
    }
    app.send_task("notifications.deliver", args=[str(message_id)], ignore_result=True)


@pytest.mark.parametrize(
    ("answer", "requests"),
    [(Answer(delay=20.0, accept=True), 1), (Answer(500, delay=20.0), 2)],
    ids=["taken by the provider", "not taken"],
)
def test_worker_killed_while_sending_leads_to_one_text(tmp_path, twilio, worker, monkeypatch, answer, requests):
    message = waiting(kind="stop_reply")
    twilio.script = [answer]
    ring(tmp_path, message.pk)
    wait_for(lambda: len(twilio.requests) == 1)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    tasks.sweep()
    message.refresh_from_db()
    while_leased = (message.state, len(twilio.requests))
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()

    message.refresh_from_db()
    assert while_leased == ("sending", 1)
    assert (message.state, len(twilio.requests), len(twilio.messages)) == ("sent", requests, 1)


def test_worker_killed_while_mailing_leads_to_copies_of_one_message_id(tmp_path, mail, worker, monkeypatch):
    kind = kinds.kind_named("intake.request_received")
    message = waiting(Channel.EMAIL, kind=kind.name, context=dict(kind.sample))
    mail.script, mail.stall_seconds = [FakeMail.HANG], 20.0
    ring(tmp_path, message.pk)
    wait_for(lambda: len(mail.letters) == 1)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    tasks.sweep()
    while_leased = len(mail.letters)
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()

    message.refresh_from_db()
    assert (while_leased, message.state, len(mail.letters)) == (1, "sent", 2)
    assert mail.letters[0]["Message-ID"] == mail.letters[1]["Message-ID"]


def test_worker_delivers_within_five_seconds_of_the_ring(tmp_path, twilio, worker):
    wait_for(lambda: (tmp_path / "broker-control").exists() or (tmp_path / "broker").exists())
    first = waiting(kind="stop_reply", occurrence="1")
    ring(tmp_path, first.pk)
    wait_for(lambda: Message.objects.get(pk=first.pk).state == "sent")  # the worker is up
    second = waiting(kind="stop_reply", occurrence="2")
    began = time.monotonic()

    ring(tmp_path, second.pk)
    wait_for(lambda: Message.objects.get(pk=second.pk).state == "sent")

    assert time.monotonic() - began < 5


@pytest.mark.postgres
def test_database_that_goes_away_while_a_text_is_sent_neither_doubles_nor_loses_it(
    tmp_path, twilio, worker, monkeypatch
):
    first, second = waiting(kind="stop_reply", occurrence="1"), waiting(kind="stop_reply", occurrence="2")
    Message.objects.filter(pk=second.pk).update(not_before=timezone.now() + timedelta(hours=1))
    twilio.script = [Answer(delay=3.0)]
    ring(tmp_path, first.pk)
    wait_for(lambda: len(twilio.messages) == 1)

    with database_gone():
        time.sleep(4)  # Twilio answers, and nobody can write it down
    Message.objects.filter(pk=second.pk).update(not_before=timezone.now())
    ring(tmp_path, second.pk)  # the same worker, whose lines are all dead
    wait_for(lambda: Message.objects.get(pk=second.pk).state == "sent")
    first.refresh_from_db()
    after = first.state
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    for _time in range(2):
        Message.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))
        tasks.sweep()

    first.refresh_from_db()
    assert (after, first.state, worker.poll()) == ("sending", "sent", None)
    assert (len(twilio.requests), len(twilio.messages)) == (2, 2)


@contextmanager
def database_gone():
    """What others see of a restart: every line is cut, and for a while nobody gets a new one."""
    values = connection.settings_dict
    name = connection.ops.quote_name(values["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()
    with connection._nodb_cursor() as cursor:  # nobody can lock out a database from within
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                [values["NAME"], *ours],
            )
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_hung_broker_costs_a_request_about_half_a_second(tmp_path):
    code = (
        "import django, time, uuid; django.setup()\n"
        "from notifications import bell\n"
        "for _ in range(3):\n"
        "    began = time.monotonic(); rung = bell.ring(uuid.uuid4())\n"
        "    print(rung, time.monotonic() - began)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as hung:  # takes connections and never answers, as a stopped Redis
        environment = {
            **os.environ,
            "DEBUG": "1",
            "DATA_DIR": str(tmp_path),
            "REDIS_URL": f"redis://127.0.0.1:{hung.getsockname()[1]}/0",
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
        }
        out = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    rings = [line.split() for line in out.splitlines()]
    assert [rung for rung, _seconds in rings] == ["False", "False", "False"]
    assert float(rings[0][1]) < 1.5  # half a second of waiting, and importing the broker's client
    assert max(float(seconds) for _rung, seconds in rings[1:]) < 0.05  # the breaker is open
