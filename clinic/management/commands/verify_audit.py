"""Proves that the ledgers stand as they were sealed. Exit 1 when they do not."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import audit


class Command(BaseCommand):
    """Hashes every sealed row again and prints the newest digests, to be kept somewhere else."""

    help = "Find rows of the ledgers that were changed, removed or inserted after they were sealed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--earlier-key-file", action="append", default=[], help="a file with a SECRET_KEY used before this one"
        )
        parser.add_argument("--seal", action="store_true", help="first seal what is due")

    def handle(self, *_args: Any, earlier_key_file: list[str], seal: bool, **_options: Any) -> None:
        if seal:
            for made in audit.seal_due():
                self.stdout.write(f"sealed {made}: {made.rows} rows")
        keys = tuple(Path(path).read_text().strip() for path in earlier_key_file)
        problems = [str(problem) for problem in audit.verify(earlier_keys=keys)]
        for problem in problems:
            self.stderr.write(self.style.ERROR(problem))
        for table, digest in audit.heads().items():
            self.stdout.write(f"{table} {digest}")
        for model in audit.ledgers():
            self.stdout.write(f"{model._meta.db_table}: {audit.unsealed(model)} rows not sealed yet")  # noqa: SLF001
        if problems:
            message = f"{len(problems)} seals do not hold. Do not touch the database; see docs/operations.md."
            raise CommandError(message)
        self.stdout.write(self.style.SUCCESS("Every sealed row stands as it was."))
