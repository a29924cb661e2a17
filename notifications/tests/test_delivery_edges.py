"""What two workers, or a person at the database, may make of a row."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone

from notifications import delivery
from notifications.models import Message
from notifications.tests.factories import waiting

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
