"""A long backlog costs each message the same, and little memory."""

import tracemalloc

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

from notifications import delivery
from notifications.models import Channel, Message
from notifications.tests.factories import agreed, waiting

pytestmark = pytest.mark.django_db
MOST_QUERIES = 3  # for one more message: its try begins, what came of it, now and then a batch more
BATCH = 20


def backlog(channel, number):
    standing = Message.objects.count()
    for count in range(standing, standing + number):
        address = f"+1612555{count:04}" if channel == Channel.SMS else f"p{count}@patient.example"
        agreed(channel, address)
        waiting(channel, addresses=[(channel, address)], subject_ref=f"test.thing:{count}", occurrence="1")


def queries_of(number):
    with CaptureQueriesContext(connection) as seen:
        assert delivery.deliver_due(limit=number) == number
    return len(seen)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_each_message_of_a_backlog_costs_the_same_queries(twilio, mail, settings, channel):
    settings.TEXTS_PER_SECOND = 10_000
    backlog(channel, 1)
    queries_of(1)  # fills what is kept between messages
    counts = []
    for batches in (1, 2, 4):
        backlog(channel, batches * BATCH)
        counts.append(queries_of(batches * BATCH))

    assert counts == [counts[0], 2 * counts[0], 4 * counts[0]]
    assert counts[0] / BATCH <= MOST_QUERIES


def test_memory_does_not_grow_with_the_backlog(twilio, settings):
    settings.TEXTS_PER_SECOND = 10_000
    settings.DEBUG = False  # Django would keep every query
    backlog(Channel.SMS, 120)
    delivery.deliver_due(limit=20)
    reset_queries()
    tracemalloc.start()
    delivery.deliver_due(limit=50)
    first = tracemalloc.get_traced_memory()[0]
    delivery.deliver_due(limit=50)
    second = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert second - first < 500_000
