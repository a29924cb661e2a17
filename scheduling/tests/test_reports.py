import csv
import datetime as dt
import io
import uuid

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.calling import record_call
from intake.models import ConsultationRequest, ContactAttempt
from intake.safety import raise_item
from notifications.models import Message
from scheduling.desk import report_numbers
from scheduling.desk.report_numbers import Period
from scheduling.desk.reports import plain_cell
from scheduling.models import Appointment
from scheduling.reminder_messages import REMINDER
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import CHICAGO, TUESDAY, another_request, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db
PERIOD = Period(first=TUESDAY, last=TUESDAY, zone=CHICAGO)
REPORTS = "/admin/desk/reports/"


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(at(12), tick=False):
        yield


@pytest.fixture
def clinic():
    clinician = make_clinician(hours=((dt.time(8), dt.time(18)),))
    return clinician, make_type([clinician])


def rows(key):
    return [tuple(row) for row in report_numbers.REPORTS[key](PERIOD).rows]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.FRONT_DESK, (200, 200, "text/html")),
        (Role.MANAGER, (200, 200, "text/csv")),
        (Role.MEDICAL_DIRECTOR, (200, 200, "text/html")),
        (Role.AUDITOR, (200, 200, "text/html")),
        (Role.CLINICIAN, (403, 403, "text/html")),
    ],
)
def test_each_role_reads_and_only_managers_take_files(client, role, expected):
    staff(client, role)

    page, links = client.get(REPORTS), client.get(desk_url("form_links"))
    file = client.get(REPORTS, {"first": "2026-12-01", "last": "2026-12-01", "csv": "requests"})

    assert (page.status_code, links.status_code, file["Content-Type"].partition(";")[0]) == expected


def test_requests_are_counted_by_the_clinics_day_and_source(clinic):
    for hour, source in ((0, "website"), (23, "website"), (12, "")):
        request = another_request()
        ConsultationRequest.objects.filter(pk=request.pk).update(created_at=at(hour, 30), source=source)
    outside = another_request()
    ConsultationRequest.objects.filter(pk=outside.pk).update(created_at=at(0, 0) - dt.timedelta(seconds=1))

    table = report_numbers.requests_by_day(PERIOD)

    assert (list(table.columns), [tuple(row) for row in table.rows]) == (
        ["Day", "All", "Not known", "Our website"],
        [(TUESDAY, 3, 1, 2)],
    )


def test_first_contact_is_the_first_call_or_the_first_booked_time(client, clinic):
    user = staff(client, Role.FRONT_DESK)
    called, booked, waiting = (another_request() for _number in range(3))
    ConsultationRequest.objects.update(created_at=at(9))
    visit = make_visit(*clinic, at(15), request=booked)
    Appointment.objects.filter(pk=visit.pk).update(created_at=at(9, 30))
    DeskTask.objects.create(
        kind="call_back", title="Call", subject_ref=f"intake.request:{called.pk}", dedupe_key="x", due_at=at(10),
        closed_at=at(12), closed_by=user,
    )  # fmt: skip

    assert rows("first-contact") == [
        ("Within 1 hour", 1, 33.3),
        ("Within 4 hours", 2, 66.7),
        ("Within 1 day", 2, 66.7),
        ("Within 3 days", 2, 66.7),
        ("Ever", 2, 66.7),
        ("Not yet", 1, 33.3),
    ]
    assert waiting.status == "open"
    assert "Half of them within 3 hours." in report_numbers.first_contact(PERIOD).note


@pytest.mark.parametrize("outcome", ContactAttempt.Outcome.values)
def test_call_that_was_written_down_is_a_first_contact_however_it_ended(client, outcome):
    user = staff(client, Role.FRONT_DESK)
    request = another_request()
    ConsultationRequest.objects.update(created_at=at(9))
    for hour in (11, 12):
        with time_machine.travel(at(hour), tick=False):
            record_call(request=request, by=user, outcome=ContactAttempt.Outcome(outcome), call_key=uuid.uuid4())

    counted = {row[0]: row[1] for row in rows("first-contact")}

    assert (counted["Within 1 hour"], counted["Within 4 hours"], counted["Not yet"]) == (0, 1, 0)
    assert "Half of them within 2 hours." in report_numbers.first_contact(PERIOD).note


def test_funnel_and_visits_count_what_became_of_them(clinic):
    ends = (
        {"status": "completed", "is_overbooked": True},
        {"status": "no_show"},
        {"status": "cancelled_by_patient", "is_late_cancel": True},
        {},
    )
    for number, end in enumerate(ends):
        make_visit(*clinic, at(8 + number), **end)
    another_request()
    ConsultationRequest.objects.update(created_at=at(9))

    assert rows("funnel") == [
        ("Asked", 5, 100.0),
        ("Had a visit booked", 4, 80.0),
        ("Came", 1, 20.0),
        ("Visit held", 1, 20.0),
    ]
    counted = {row[0]: row[1] for row in rows("visits")}
    assert (counted["Did not come"], counted["Cancelled late"], counted["Overbooked"]) == (1, 1, 1)
    assert "50% of the 2 visits" in report_numbers.visits(PERIOD).note


def test_reminder_effect_compares_those_it_reached_with_the_rest(clinic):
    ends = ("completed", "completed", "no_show")
    made = [make_visit(*clinic, at(8 + number), status=status) for number, status in enumerate(ends)]
    for visit, state in ((made[0], "delivered"), (made[1], "suppressed")):
        Message.objects.create(
            kind=REMINDER, channel="sms", address="+16125550100", subject_ref=f"scheduling.appointment:{visit.pk}",
            dedupe_key=str(visit.pk), basis="staff", staff_role="x", state=state, not_before=timezone.now(),
            useless_after=timezone.now(),
        )  # fmt: skip

    assert rows("reminders") == [("With a reminder", 1, 0, 0.0), ("Without one", 2, 1, 50.0)]


def test_messages_are_counted_by_channel_and_state():
    another_request()
    Message.objects.filter(channel="sms").update(state="delivered")

    counted = {row[0]: row[1:] for row in rows("messages")}

    assert (counted["Delivered"], counted["Waiting"]) == ((1, 0), (0, 1))


def test_safety_alerts_show_times_and_no_word_to_the_desk_and_nothing_to_auditors(client):
    request = another_request()
    with transaction.atomic():
        raise_item(patient=request.patient, request=request, level=3, trigger="phq9-item9", detail="goodbye")
    staff(client, Role.MANAGER)
    html = client.get(REPORTS).content.decode()
    staff(client, Role.AUDITOR)

    assert ("Median minutes" in html, "goodbye" in html, "phq9" in html) == (True, False, False)
    assert "Median minutes" not in client.get(REPORTS).content.decode()


def test_file_is_recorded_before_it_is_given(client):
    user = staff(client, Role.MANAGER)
    another_request()

    file = client.get(REPORTS, {"first": "2026-12-01", "last": "2026-12-01", "csv": "requests"})

    event = AccessEvent.objects.get()
    assert (event.by, event.action, event.subject_ref) == (user, "export", "scheduling.reports:requests")
    assert list(csv.reader(io.StringIO(file.content.decode()))) == [
        ["Day", "All", "Not known"],
        ["2026-12-01", "1", "1"],
    ]
    assert client.get(REPORTS, {"first": "2026-12-01", "last": "2026-12-01", "csv": "nonsense"}).status_code == 404


def test_name_of_a_file_is_made_of_our_words_and_two_days(client):
    staff(client, Role.MANAGER)
    asked = {"first": "2026-12-01", "last": "2026-12-01", "csv": "requests"}
    bent = [{"csv": '"; filename=x.html'}, {"csv": "requests\r\nSet-Cookie: a=b"}, {"csv": "../requests"}]
    bent += [{"first": '2026-12-01"\r\n'}, {"last": "2026-12-01; x"}]

    names = [client.get(REPORTS, {**asked, **change}).get("Content-Disposition") for change in bent]
    file = client.get(REPORTS, {**asked, "first": " 12/1/26 ", "filename": "x.html"})

    assert file["Content-Disposition"] == 'attachment; filename="requests-2026-12-01-2026-12-01.csv"'
    assert names == [None] * 5


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_cell_that_looks_like_a_formula_becomes_text(value):
    assert plain_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", [-1, 2.5, "Website", "a=b"])
def test_other_cells_stay(value):
    assert plain_cell(value) == value


def test_page_has_pictures_without_styles_and_names_nobody(client, clinic):
    staff(client, Role.FRONT_DESK)
    visit = make_visit(*clinic, at(9))

    html = client.get(REPORTS).content.decode()

    assert ("<svg" in html, " style=" in html, visit.patient.name in html) == (True, False, False)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("x", "2026-12-01"),
        ("2026-12-02", "2026-12-01"),
        ("", ""),
        ("0001-01-01", "9999-12-31"),
        ("2000-01-01", "2026-01-01"),
    ],
)
def test_period_that_makes_no_sense_is_told(client, first, last):
    staff(client, Role.MANAGER)

    assert client.get(REPORTS, {"first": first, "last": last}).status_code == 422


@pytest.mark.parametrize("days", [1, 90, 3000])
def test_any_period_has_a_picture(client, days):
    staff(client, Role.FRONT_DESK)
    another_request()
    first = TUESDAY - dt.timedelta(days=days)

    answer = client.get(REPORTS, {"first": first.isoformat(), "last": TUESDAY.isoformat()})

    (table,) = (one for one in answer.context["tables"] if one.key == "requests")
    assert 1 <= len(table.plot.bars) <= 110


@pytest.mark.parametrize("count", [1, 50])
def test_reports_ask_the_database_as_often_for_fifty(client, clinic, count, django_assert_num_queries):
    staff(client, Role.MANAGER)
    for number in range(count):
        make_visit(*clinic, at(8) + dt.timedelta(days=number - 60))
    client.get(REPORTS)

    with django_assert_num_queries(16):
        client.get(REPORTS)


def test_period_with_nothing_in_it_draws_nothing(client):
    staff(client, Role.FRONT_DESK)

    answer = client.get(REPORTS)

    html = answer.content.decode()
    nothing = html.count("Nothing to draw in this period.")
    assert ("<rect" in html, nothing) == (False, len(answer.context["tables"]))


def test_snippets_are_plain_links(client):
    staff(client, Role.MANAGER)

    html = client.get(desk_url("form_links")).content.decode()

    assert "/consultation/?from=website&quot;" in html or '/consultation/?from=website"' in html
