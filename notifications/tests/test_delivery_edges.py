"""What two workers, or a person at the database, may make of a row."""

import datetime as dt
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.utils import timezone

from notifications import claims, delivery, pacing
from notifications.models import Channel, Message, ProviderHealth
from notifications.tests.factories import agreed, make_due, waiting
from notifications.transports.contract import Accepted

pytestmark = pytest.mark.django_db


def test_row_in_sending_without_a_lease_token_is_left_to_people():
    message = waiting()
    ended_at = timezone.now() - dt.timedelta(seconds=1)
    Message.objects.filter(pk=message.pk).update(state=Message.State.SENDING, lease_token=None, lease_until=ended_at)

    delivery.take_over_expired_leases(limit=10)

    message.refresh_from_db()
    assert (message.state, message.lease_until) == (Message.State.SENDING, ended_at)


def test_what_became_of_a_message_is_asked_by_one_worker_at_a_time(monkeypatch):
    message = waiting()
    a_minute_ago = timezone.now() - dt.timedelta(minutes=1)
    lost = {"state": Message.State.UNKNOWN, "lease_until": a_minute_ago, "attempted_at": a_minute_ago}
    Message.objects.filter(pk=message.pk).update(**lost)
    asked = []

    def find(outgoing, *, since, taken):
        asked.append(outgoing.message_id)
        delivery.reconcile(message.pk)  # another worker, meanwhile

    monkeypatch.setattr(delivery, "transport_for", lambda _channel: SimpleNamespace(find=find, close=lambda: None))

    assert (delivery.reconcile(message.pk), len(asked)) == ("queued", 1)


def test_row_that_kills_its_worker_three_times_is_given_up():
    message = waiting()
    tries = []
    for _death in range(4):
        make_due(message)
        claims.claim(first=message.pk, now=timezone.now())  # and then the worker was killed
        make_due(message)
        delivery.take_over_expired_leases(limit=10)
        message.refresh_from_db()
        tries.append((message.state, message.attempts))

    assert tries == [("queued", 1), ("queued", 2), ("failed", 3), ("failed", 3)]


def test_our_own_fault_while_sending_stops_the_rest_of_the_batch(monkeypatch):
    """The next would break in the same way, and each leaves a row of which nobody knows whether it went."""
    for number in range(3):
        agreed(Channel.EMAIL, f"p{number}@patient.example")
        waiting(Channel.EMAIL, addresses=[(Channel.EMAIL, f"p{number}@patient.example")], occurrence=str(number))
    broken = Mock(side_effect=ValueError("a bug of ours"))
    monkeypatch.setattr(delivery, "transport_for", lambda _channel: SimpleNamespace(send=broken, close=lambda: None))

    delivery.deliver_due(limit=3)

    assert broken.call_count == 1
    assert sorted(Message.objects.values_list("state", flat=True)) == ["queued", "queued", "unknown"]


def test_a_message_that_is_found_says_that_the_provider_works(monkeypatch):
    message = waiting()
    pacing.note_failure("sms", now=timezone.now())
    Message.objects.filter(pk=message.pk).update(
        state="unknown", lease_until=timezone.now(), attempted_at=timezone.now()
    )
    found = Mock(return_value=Accepted(provider_id="SM1"))
    monkeypatch.setattr(delivery, "transport_for", lambda _channel: SimpleNamespace(find=found, close=lambda: None))

    assert delivery.reconcile(message.pk) == "sent"
    assert ProviderHealth.objects.get(channel="sms").failures == 0
