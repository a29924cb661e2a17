"""manage.py seed_demo: a believable fictional clinic."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.base import ClinicError
from scheduling.records.seed import seed_demo


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1 on")
    return int(text)


class Command(BaseCommand):
    """Fills an empty or a demo installation; a second run adds only what is missing."""

    help = "Make a fictional clinic: rules, staff of each role, people and visits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinicians", type=_count, help="How many people can be booked (3)")
        parser.add_argument("--days", type=_count, help="How many days back and ahead the load visits reach")
        parser.add_argument("--appointments", type=_count, default=0, help="How many load visits to have in all")
        parser.add_argument("--today", action="store_true", help="Visits of today at any hour, also on a weekend")
        parser.add_argument("--yes-demo", action="store_true", help="Do it although DEBUG is off")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["yes_demo"]:
            raise CommandError(
                "This fills the database with made-up people and staff accounts. DEBUG is off, so this may be a real "
                "clinic. Add --yes-demo if it is a demo."
            )
        try:
            made = seed_demo(
                clinicians=options["clinicians"],
                days=options["days"],
                appointments=options["appointments"],
                is_busy_today=options["today"],
            )
        except ClinicError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {made.people} demo people and {made.load_visits} load visits.")
        if made.staff.emails:
            self.stdout.write("Demo staff: " + " ".join(made.staff.emails))
            self.stdout.write(f"Password for each: {made.staff.password}")
        else:
            self.stdout.write("Demo staff stand already; their passwords are unchanged.")
