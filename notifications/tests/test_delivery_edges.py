"""Rows that no code of ours writes, as a person at the database might."""

import datetime as dt

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
