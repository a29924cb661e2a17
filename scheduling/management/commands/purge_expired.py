"""Removes what is older than it need be, by the rules of every desk."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic import purging


class Command(BaseCommand):
    """`manage.py purge_expired [--dry-run]`."""

    help = "Remove old content: address and text of messages, sessions, rate limits. Proof and ledgers stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = bool(options["dry_run"])
        for rule, count in purging.run(dry_run=is_dry):
            self.stdout.write(f"{rule.label}: {count}{' would go' if is_dry else ' removed'}")
