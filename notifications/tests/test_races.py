import threading

import pytest
from django.db import connection

from notifications import delivery
from notifications.models import Message
from notifications.tests.factories import waiting
from notifications.tests.servers import Answer

THREADS = 8
pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def together(act):
    """Run `act` in eight threads that start at the same moment; what each returned."""
    start = threading.Barrier(THREADS)
    answers = []

    def run():
        try:
            start.wait()
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_eight_workers_send_one_row_once(twilio):
    message = waiting()
    twilio.script = [Answer(delay=0.3)]

    answers = together(lambda: delivery.deliver(message.pk))

    message.refresh_from_db()
    assert (len(answers), len(twilio.requests), message.state, message.attempts) == (THREADS, 1, "sent", 1)


def test_eight_workers_reconcile_one_row_once(twilio):
    message = waiting()
    twilio.script = [Answer(500, 20500)]
    delivery.deliver(message.pk)
    Message.objects.update(lease_until=message.created_at)

    together(lambda: (delivery.reconcile(message.pk), delivery.deliver(message.pk)))

    message.refresh_from_db()
    assert (len(twilio.requests), len(twilio.messages), message.state) == (2, 1, "sent")
