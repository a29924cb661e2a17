"""Fills a demo installation: rules, staff, people, visits. Running it again adds only what is missing."""

import math
from dataclasses import dataclass

from clinic.models import User
from intake.demo import sign_demo_questionnaires
from scheduling.records.names import CLINICIANS
from scheduling.records.seed_day import seed_day
from scheduling.records.seed_load import missing_visits, seed_load
from scheduling.records.seed_on_call import seed_on_call
from scheduling.records.seed_roster import seed_roster
from scheduling.records.seed_rules import seed_rules
from scheduling.records.seed_staff import MadeStaff, email_of, seed_staff
from scheduling.records.seed_visits import seed_visits

DAYS = 60
MOST_DAYS = 500  # back and ahead, before more clinicians are hired
VISITS_A_DAY = 9  # past ones of one clinician, on the careful side of what the hours hold
WORKDAYS_A_WEEK, DAYS_A_WEEK = 5, 7


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What one run made."""

    staff: MadeStaff
    people: int
    load_visits: int


def seed_demo(
    *, clinicians: int | None = None, days: int | None = None, appointments: int = 0, is_busy_today: bool = False
) -> Seeded:
    """Make what is missing. A size that is not given follows from the others. `is_busy_today`: see `seed_day()`.

    Raises SeedSizeError when clinicians and days are given and hold too few visits.
    """
    missing = missing_visits(appointments)
    days = days or min(MOST_DAYS, max(DAYS, _days_for(missing, clinicians or len(CLINICIANS))))
    clinicians = clinicians or max(len(CLINICIANS), _clinicians_for(missing, days))
    staff = seed_staff()
    sign_demo_questionnaires(by=User.objects.get(email=email_of("director")))
    seed_roster()
    kind = seed_rules(clinicians)
    seed_on_call()
    people = seed_visits(kind) + seed_day(kind, is_busy=is_busy_today)
    return Seeded(staff=staff, people=people, load_visits=seed_load(kind, days=days, wanted=appointments))


def _days_for(visits: int, clinicians: int) -> int:
    """Days on each side of today."""
    return math.ceil(visits / (clinicians * VISITS_A_DAY) * DAYS_A_WEEK / WORKDAYS_A_WEEK) + DAYS_A_WEEK


def _clinicians_for(visits: int, days: int) -> int:
    workdays = max(1, days * WORKDAYS_A_WEEK // DAYS_A_WEEK - 2)
    return math.ceil(visits / (workdays * VISITS_A_DAY))
