"""Kills, hangs and doubles the parts of a running product; people book over HTTP meanwhile.

On SQLite the broker is the embedded one, on PostgreSQL a Redis of our own.
"""

import os
import signal
import subprocess
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest

from clinic.tests.lab import COMMANDS, lab, wait_for
from clinic.tests.production import free_port, own_database

pytestmark = pytest.mark.faults

IS_SERVER = os.environ.get("DATABASE_URL", "").startswith("postgres")
CROWD = """
from clinic import links
from scheduling.tests.factories import another_request
for number in range(50):
    print(links.path_for("time", another_request(name=f"Crowd {number}").pk))
"""
COUNT = """
from notifications.models import Message
from scheduling.models import Appointment
visits = Appointment.objects.filter(patient__name__startswith="Crowd")
refs = ["scheduling.appointment:" + str(pk) for pk in visits.values_list("pk", flat=True)]
booked = Message.objects.filter(kind="scheduling.booked", channel="email")
print(visits.count(), booked.filter(subject_ref__in=refs).count(), booked.exclude(subject_ref__in=refs).count())
"""


class Broker:
    """A Redis that can be killed, stopped and turned read-only."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.server = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", self.folder], stdout=subprocess.DEVNULL
        )

    def say(self, *words):
        subprocess.run(["redis-cli", "-p", str(self.port), *words], check=True, stdout=subprocess.DEVNULL)

    def kill(self):
        self.server.kill()
        self.server.wait()


@contextmanager
def product(folder, **changes):
    """A product on the engine of this test run."""
    with ExitStack() as parts:
        if IS_SERVER:
            changes["database_url"] = parts.enter_context(own_database(os.environ["DATABASE_URL"]))
            if "redis_url" not in changes:
                broker = Broker(folder)
                parts.callback(broker.kill)
                changes["redis_url"] = broker.url
        yield parts.enter_context(lab(folder, **changes))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A product whose web server is up."""
    with product(tmp_path_factory.mktemp("product")) as parts:
        parts.start("web")
        parts.wait_until_serving()
        yield parts


def together(acts):
    """Run all acts at once; what each returned."""
    gate, answers = threading.Barrier(len(acts)), []

    def run(act):
        gate.wait()
        answers.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_fifty_people_press_the_button_for_one_time(running):
    paths = running.manage("shell", "-v", "0", "-c", CROWD).split()
    person = running.visitor()
    here, form, starts = person.times(paths[0])
    question = here.partition("?")[2]

    answers = together(
        [
            lambda path=path: person.ask(
                "POST", f"{path}?{question}", {**form, "start": starts[0], "booking_key": str(uuid.uuid4())}
            )
            for path in paths
        ]
    )

    assert Counter(answer.status for answer in answers) == {303: 1, 409: 49}
    polite = [answer for answer in answers if answer.status == 409]
    assert all('name="start"' in answer.text and starts[0] not in answer.text for answer in polite)
    assert running.manage("shell", "-v", "0", "-c", COUNT).split() == ["1", "1", "0"]


def test_two_workers_and_two_beats_send_each_message_once(running, tmp_path):
    for name in ("worker", "worker-2", "beat"):
        running.start(name)
    running.start("beat-2", command=f"{COMMANDS['beat']} --schedule {tmp_path / 'second-schedule'}")
    people = [running.visitor() for _number in range(6)]
    forms = [
        person.filled_form(f"Twin {number}", email=f"twin{number}@patients.example", phone=f"+161255501{number:02d}")
        for number, person in enumerate(people)
    ]
    wanted = {form[way] for form in forms for way in ("email", "phone")}

    def left():
        letters = [letter["To"] for letter in running.mail.letters]
        return Counter(to for to in letters + [text.to for text in running.twilio.requests] if to in wanted)

    together([lambda p=p, f=f: p.ask("POST", "/consultation/", f) for p, f in zip(people, forms, strict=True)])
    wait_for(lambda: set(left()) == wanted, seconds=60, what="a text and an e-mail for each")
    sweep = "from notifications import tasks; tasks.sweep()"
    together([lambda: running.manage("shell", "-v", "0", "-c", sweep)] * 2)

    assert left() == dict.fromkeys(wanted, 1)


@pytest.mark.production
def test_broker_hung_read_only_and_killed_never_slows_a_patient_and_everything_leaves_after(tmp_path):
    broker = Broker(tmp_path)
    try:
        with product(tmp_path, redis_url=broker.url) as running:
            for name in ("web", "worker"):
                running.start(name)
            running.wait_until_serving()
            wait_for(lambda: "ready" in running.log("worker"), seconds=60, what="the worker")

            def booked(number):
                person = running.visitor()
                sent = person.sends_form(f"Outage {number}", email=f"outage{number}@patients.example")
                visit = person.books(sent.location)
                assert (sent.status, visit.status) == (303, 303)
                return max(sent.seconds, visit.seconds)

            broker.server.send_signal(signal.SIGSTOP)
            slowest = [booked(0)]
            broker.server.send_signal(signal.SIGCONT)
            broker.say("flushall")
            broker.say("config", "set", "maxmemory", "1")
            slowest.append(booked(1))
            broker.say("config", "set", "maxmemory", "0")
            broker.say("replicaof", "127.0.0.1", "1")
            slowest.append(booked(2))
            time.sleep(1)
            broker.say("replicaof", "no", "one")
            broker.kill()
            slowest.append(booked(3))
            broker.start()
            running.start("beat")  # it sweeps at start

            wait_for(lambda: len(booked_letters(running)) >= 4, seconds=60, what="the confirmations")
            assert running.running["worker"].poll() is None
            assert max(slowest) < 2
            assert sorted(booked_letters(running)) == [f"outage{number}@patients.example" for number in range(4)]
    finally:
        broker.kill()


def booked_letters(running):
    """To whom the visit was confirmed; the clinician hears of it as well, whenever the sweep comes by."""
    letters = [letter["To"] for letter in running.mail.letters if letter["Subject"].startswith("Booked")]
    return [address for address in letters if address.endswith("@patients.example")]
