import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from clinic.models import Heartbeat, RateBucket
from notifications import bell, tasks
from notifications.models import Message
from notifications.tests.factories import waiting
from notifications.tests.servers import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """A broker that takes every ring; the ids it was given."""
    ids = []
    monkeypatch.setattr(bell.current_app, "send_task", lambda _name, args, **_options: ids.extend(args), raising=False)
    return ids


def test_sweep_rings_for_due_rows_only(rung):
    now = timezone.now()
    later = waiting(occurrence="later", not_before=now + dt.timedelta(hours=1))
    young = waiting(occurrence="young", not_before=now)
    old = waiting(occurrence="old", not_before=now - dt.timedelta(hours=1))

    tasks.sweep()

    assert rung == [str(old.pk), str(young.pk)]
    assert str(later.pk) not in rung


def test_sweep_without_broker_delivers_itself(twilio, monkeypatch):
    message = waiting()
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)

    tasks.sweep()

    message.refresh_from_db()
    assert (message.state, len(twilio.requests)) == ("sent", 1)


def test_sweep_beats_and_forgets_old_buckets(rung):
    RateBucket.objects.create(key="x", expires_at=timezone.now() - dt.timedelta(days=1))

    tasks.sweep()

    assert Heartbeat.objects.get(name="beat").seen_at <= timezone.now()
    assert RateBucket.objects.count() == 0


def test_sweep_takes_over_from_a_dead_worker_and_asks_before_sending(twilio, rung):
    message = waiting()
    twilio.script = [Answer(500, 20500, accept=True)]
    tasks.deliver(str(message.pk))
    past = timezone.now() - dt.timedelta(seconds=1)
    Message.objects.update(state="sending", lease_until=past)  # as if the worker had been killed

    tasks.sweep()

    message.refresh_from_db()
    assert (message.state, len(twilio.requests)) == ("sent", 1)


def test_deliver_outbox_drains_once(twilio):
    for number in range(3):
        waiting(occurrence=str(number))
    out = io.StringIO()

    call_command("deliver_outbox", stdout=out)

    assert (out.getvalue(), len(twilio.requests)) == ("3 messages taken up\n", 3)
