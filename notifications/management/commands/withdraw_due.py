"""Holds back what a restored database would send a second time. Run it before the worker starts."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinic import desk_tasks
from clinic.models import DeskTask
from notifications import outbox


def moment(text: str) -> datetime:
    """A time that is over, with its zone. Raises ArgumentTypeError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise ArgumentTypeError("Give a time with its zone, as 2026-11-22T02:20-06:00")
    if found > timezone.now():
        raise ArgumentTypeError("This time is still to come.")
    return found


class Command(BaseCommand):
    """`manage.py withdraw_due --before 2026-11-22T02:20-06:00 --reason "Restored from a backup"`.

    Reminders of coming visits are written anew by the sweep: one may come twice, none is missing.
    """

    help = "Take back messages to people that were written before a time and would leave now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", type=moment, required=True, help="when the backup was made, with its zone")
        parser.add_argument("--until", type=moment, help="when the old machine died; else now")
        parser.add_argument("--reason", required=True, help="shown to staff beside each message")

    def handle(self, *args: Any, before: datetime, until: datetime | None, reason: str, **options: Any) -> None:
        now = timezone.now()
        with transaction.atomic():
            count = outbox.withdraw_due(before=before, until=until or now, reason=reason)
            if count:
                desk_tasks.open_task(
                    kind=DeskTask.Kind.PROVIDER,
                    title=f"{count} messages were held back: see under Messages, withdrawn, who needs a call",
                    subject_ref="notifications.provider:restored",
                    due_at=now,
                    dedupe_key=f"restored|{before.isoformat()}",
                )
        self.stdout.write(f"{count} messages held back. The desk has a task; Admin > Messages shows them as withdrawn.")
