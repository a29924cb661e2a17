"""Holds back what a restored database would send a second time. Run it before the worker starts."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from notifications import outbox


def moment(text: str) -> datetime:
    """A time with its zone. Raises ArgumentTypeError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise ArgumentTypeError("Give the time of the backup with its zone, as 2026-11-22T02:20-06:00")
    return found


class Command(BaseCommand):
    """`manage.py withdraw_due --before 2026-11-22T02:20-06:00 --reason "Restored from a backup"`."""

    help = "Take back messages to people that were written before a time and would leave now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", type=moment, required=True, help="when the backup was made, with its zone")
        parser.add_argument("--reason", required=True, help="shown to staff beside each message")

    def handle(self, *args: Any, before: datetime, reason: str, **options: Any) -> None:
        with transaction.atomic():
            count = outbox.withdraw_due(before=before, reason=reason)
        self.stdout.write(
            f"{count} messages held back. Admin > Messages shows them as withdrawn: see who needs a call."
        )
