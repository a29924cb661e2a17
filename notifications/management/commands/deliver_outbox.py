"""Drains the outbox once, without Celery: for cron on a small machine, and for trouble."""

from typing import Any

from django.core.management.base import BaseCommand

from notifications import delivery

BATCH = 100


class Command(BaseCommand):
    """`manage.py deliver_outbox`."""

    help = "Deliver every due message once, here and now. Safe beside running workers."

    def handle(self, *args: Any, **options: Any) -> None:
        delivery.take_over_expired_leases(limit=BATCH)
        for message_id in delivery.unanswered_ids(limit=BATCH):
            delivery.reconcile(message_id)
        count = 0
        while taken := delivery.deliver_due(limit=BATCH):
            count += taken
        self.stdout.write(f"{count} messages taken up")
