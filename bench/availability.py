"""What a longer diary costs: CPU time of `free_starts()` for one week, with 1,000 and with 100,000 visits.

Run: DEBUG=1 DATA_DIR=/tmp/bench .venv/bin/python bench/availability.py
Both sizes are measured side by side in one run on a database of their own, so the ratio means
something on any machine. Prints the ratio last; near 1 means that old visits cost nothing.
"""

import datetime as dt
import os
import statistics
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import get_runner  # noqa: E402

from clinic import triggers  # noqa: E402
from intake.models import Patient  # noqa: E402
from scheduling import availability  # noqa: E402
from scheduling.models import Appointment, AppointmentType, Clinician, WorkingHours  # noqa: E402

CLINICIANS, ROUNDS = 5, 15
SMALL, LARGE = 1_000, 100_000
MONDAY = dt.datetime(2026, 11, 30, 14, tzinfo=dt.UTC)


def make_clinic(name: str) -> AppointmentType:
    """A type held by five clinicians who work nine to five on weekdays."""
    kind = AppointmentType.objects.create(name=name, slug=name, duration=30, buffer_after=0, minimum_notice=0)
    for number in range(CLINICIANS):
        clinician = Clinician.objects.create(name=f"{name} {number}")
        kind.clinicians.add(clinician)
        WorkingHours.objects.bulk_create(
            WorkingHours(clinician=clinician, weekday=day, starts=dt.time(9), ends=dt.time(17)) for day in range(5)
        )
    return kind


def add_visits(kind: AppointmentType, count: int) -> None:
    """The same number of visits in the coming week; the rest in the years before."""
    patient = Patient.objects.create(name="Load", name_search="load")
    half_hour = dt.timedelta(minutes=30)
    rows = []
    for clinician in kind.clinicians.all():
        for number in range(count // CLINICIANS):
            is_coming = number < SMALL // CLINICIANS
            first = MONDAY if is_coming else MONDAY - dt.timedelta(days=30)
            start = first + half_hour * (number if is_coming else -number)
            rows.append(
                Appointment(
                    patient=patient,
                    clinician=clinician,
                    appointment_type=kind,
                    status="completed",
                    starts_at=start,
                    ends_at=start + half_hour,
                    occupied_from=start,
                    occupied_until=start + half_hour,
                    booking_key=uuid.uuid4(),
                )
            )
    Appointment.objects.bulk_create(rows, batch_size=500)


def seconds(kind: AppointmentType) -> float:
    """CPU time of the week's list, once."""
    began = time.process_time()
    availability.free_starts(
        appointment_type=kind, first_day=MONDAY.date(), last_day=MONDAY.date() + dt.timedelta(days=6), now=MONDAY
    )
    return time.process_time() - began


def main() -> None:
    """Fill both clinics, measure them in turns, print."""
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        kinds = {size: make_clinic(f"clinic-{size}") for size in (SMALL, LARGE)}
        with triggers.lifted(connection):  # the guard has its own proof; here it only costs time
            for size, kind in kinds.items():
                add_visits(kind, size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        rounds = [{size: seconds(kind) for size, kind in kinds.items()} for _ in range(ROUNDS)]
        taken = {size: [measured[size] for measured in rounds] for size in kinds}
        medians = {size: statistics.median(times) for size, times in taken.items()}
        for size, median in medians.items():
            print(f"{size:>7} visits: {median * 1000:.1f} ms CPU")
        print(f"ratio {medians[LARGE] / medians[SMALL]:.2f}")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
