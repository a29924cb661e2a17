"""On PostgreSQL each hot query finds its rows by an index, among three thousand visits and with fresh statistics."""

import datetime as dt

import pytest
from django.db import connection

from clinic import triggers
from scheduling import busy
from scheduling.models import LIVE, Appointment, ScheduleException, WorkingHours
from scheduling.slots import DAY
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type, unsaved_visit

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]  # SQLite has plans of its own; the bench times both
CLINICIANS, VISITS = 10, 3_000


@pytest.fixture
def diary():
    """Ten clinicians with visits that are over."""
    clinicians = [make_clinician(f"Dr. {number}") for number in range(CLINICIANS)]
    kind, request = make_type(clinicians), another_request()
    rows = [
        unsaved_visit(
            clinicians[number % CLINICIANS],
            kind,
            at(9) - dt.timedelta(hours=number // CLINICIANS),
            request=request,
            status="completed",
        )
        for number in range(VISITS)
    ]
    with triggers.lifted(connection):
        Appointment.objects.bulk_create(rows, batch_size=2000)
    ScheduleException.objects.bulk_create(
        ScheduleException(date=TUESDAY + DAY * number, clinician=clinicians[number % CLINICIANS])
        for number in range(900)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return clinicians


def reads_all(rows, table):
    return f"Seq Scan on {table}" in rows.order_by().explain()


def test_visits_and_exceptions_are_found_by_an_index(diary):
    first, *others = diary
    asker = another_request()
    visits = {
        "taken time of a week": busy.visits_holding_time(NOW, None).filter(
            clinician__in=[one.pk for one in others[:5]],
            occupied_from__gt=at(0) - 2 * DAY,
            occupied_from__lt=at(0) + 9 * DAY,
        ),
        "whether a clinician is busy": busy.visits_holding_time(NOW, None).filter(
            clinician=first, occupied_from__gt=at(9) - DAY, occupied_from__lt=at(10), occupied_until__gt=at(9)
        ),
        "of the patient": Appointment.objects.filter(patient=asker.patient, status__in=LIVE),
        "of the request": Appointment.objects.filter(request=asker, status__in=LIVE),
        "of the shown page": Appointment.objects.filter(booking_key=asker.form_key),
        "to come": Appointment.objects.filter(status__in=LIVE, starts_at__gt=NOW),
        "to come or on just now": Appointment.objects.filter(
            status__in=LIVE, starts_at__gt=NOW - DAY, ends_at__gt=NOW, request__isnull=False
        ),
        "of the video room": Appointment.objects.filter(video_link="https://video.example/x"),
    }
    exceptions = ScheduleException.objects.filter(date__gte=TUESDAY, date__lte=TUESDAY + 6 * DAY)

    assert [name for name, rows in visits.items() if reads_all(rows, "scheduling_appointment")] == []
    assert not reads_all(exceptions, "scheduling_scheduleexception")


def test_hours_of_a_clinician_have_an_index(diary):
    """A clinic's hours fit on a page or two, which PostgreSQL rightly reads whole; without that way out it has one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert not reads_all(WorkingHours.objects.filter(clinician=diary[0]), "scheduling_workinghours")
