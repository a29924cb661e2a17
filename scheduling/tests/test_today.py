import datetime as dt

import pytest
import time_machine

from clinic import desk_tasks
from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.models import SafetyLevel
from intake.safety.raising import CONCERN, raise_item
from notifications import consent
from notifications.models import Channel
from scheduling.messages import visit_ref
from scheduling.steps import Seen
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_visit

pytestmark = pytest.mark.django_db
NOON = at(12)
TODAY = "/admin/desk/today/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinician():
    return make_clinician(hours=((dt.time(8), dt.time(18)),))


@pytest.fixture
def visit(kind, clinician):
    return make_visit(clinician, kind, at(14))


def rows(client, address=TODAY):
    return client.get(address).context["rows"]


def words(client, visit):
    return [flag.words for row in rows(client) if row.visit == visit for flag in row.flags]


def step(client, visit, to, seen=None):
    said = {"to": to, "seen": str(seen or Seen.of(visit)), "back": TODAY}
    return client.post(desk_url("step", visit.pk), said)


@pytest.mark.parametrize(
    ("role", "may_step"),
    [
        (Role.FRONT_DESK, True),
        (Role.MANAGER, True),
        (Role.CLINICIAN, False),
        (Role.MEDICAL_DIRECTOR, False),
        (Role.AUDITOR, False),
    ],
)
def test_every_role_reads_the_day_and_the_desk_moves_it(client, visit, role, may_step):
    staff(client, role)

    page = client.get(TODAY)

    assert (page.status_code, 'value="arrived"' in page.content.decode()) == (200, may_step)
    assert step(client, visit, "arrived").status_code == (303 if may_step else 403)
    assert client.post(desk_url("undo_step", visit.pk), {}).status_code == (303 if may_step else 403)


def test_nobody_without_a_role_sees_the_day(client, visit, django_user_model):
    client.force_login(django_user_model.objects.create_user("new@clinic.example", "x"))

    assert client.get(TODAY).status_code == 403


def test_who_looked_is_written_down_once_and_not_by_the_refresh(client, desk, visit):
    client.get(TODAY)
    client.get(f"{TODAY}?rows=1", headers={"X-Background": "1"})

    assert [(one.by, one.action, one.subject_ref) for one in AccessEvent.objects.all()] == [
        (desk, "search", "scheduling.appointment:day")
    ]


@pytest.mark.parametrize(
    ("status", "start", "primary"),
    [
        ("booked", at(14), "arrived"),
        ("booked", at(14, day=dt.date(2026, 12, 2)), "confirmed"),
        ("confirmed", at(14), "arrived"),
        ("arrived", at(14), "completed"),
        ("completed", at(9), None),
        ("no_show", at(9), None),
        ("cancelled_by_patient", at(14), None),
    ],
)
def test_one_button_is_the_next_legal_step(client, desk, clinician, kind, status, start, primary):
    make_visit(clinician, kind, start, status=status)

    (row,) = rows(client, f"{TODAY}?day={start.date().isoformat()}")

    assert (row.primary[0] if row.primary else None) == primary


def test_more_holds_the_other_legal_steps(client, desk, clinician, kind):
    make_visit(clinician, kind, at(11))

    (row,) = rows(client)

    assert [to for to, _label in row.more] == ["confirmed", "completed", "no_show"]


def test_board_flags_what_the_desk_must_know(client, desk, clinician, kind, visit):
    quiet = make_visit(
        clinician, kind, at(15), request=another_request(sms_consent=False, email_consent=False), is_overbooked=True
    )
    desk_tasks.open_task(
        kind=DeskTask.Kind.UNDELIVERED, title="x", subject_ref=visit_ref(visit), due_at=NOON, dedupe_key="x"
    )
    make_visit(
        clinician, kind, at(9, day=dt.date(2026, 11, 20)), status="completed", request=None, patient=visit.patient
    )

    assert words(client, visit) == ["Message did not arrive", "Questions not sent"]
    assert words(client, quiet) == [
        "Needs a call", "Overbooked", "Contact unverified: no live consent", "New", "Questions not sent"
    ]  # fmt: skip


def test_one_stopped_channel_leaves_the_other(client, desk, visit):
    request = visit.request
    consent.revoke(channel=Channel.SMS, address=str(request.phone), source="keyword")
    one_left = words(client, visit)
    consent.revoke(channel=Channel.EMAIL, address=request.email, source="link")

    assert "Contact unverified: no live consent" not in one_left
    assert "Contact unverified: no live consent" in words(client, visit)


def test_ticked_box_does_not_lift_a_stop_on_the_board(client, desk, visit):
    number = str(visit.request.phone)
    consent.revoke(channel=Channel.EMAIL, address=visit.request.email, source="link")
    consent.revoke(channel=Channel.SMS, address=number, source="keyword")
    consent.grant(channel=Channel.SMS, address=number, wording="x", source="web_form")

    assert not consent.may_contact(channel=Channel.SMS, address=number).allowed
    assert "Contact unverified: no live consent" in words(client, visit)


@pytest.mark.parametrize(
    ("role", "knows"), [(Role.FRONT_DESK, True), (Role.CLINICIAN, True), (Role.MANAGER, True), (Role.AUDITOR, False)]
)
def test_call_needed_is_all_that_is_said_about_safety(client, visit, role, knows):
    raise_item(
        patient=visit.patient, request=visit.request, level=SafetyLevel.URGENT, trigger=CONCERN, detail="CANARYWORDS"
    )
    staff(client, role)

    page = client.get(f"{TODAY}?rows=1").content.decode()

    assert ("Clinician call needed" in page, "CANARYWORDS" in page, "urgent" in page.lower()) == (knows, False, False)


def test_counts_leave_out_what_was_cancelled(client, desk, clinician, kind):
    for hour, status in enumerate(("booked", "arrived", "completed", "no_show", "cancelled_by_clinic"), start=9):
        make_visit(clinician, kind, at(hour), status=status)

    assert "Arrived 2 of 4" in client.get(TODAY).content.decode()


def test_day_clinician_and_mode_narrow_and_nonsense_is_today(client, desk, clinician, kind, visit):
    other = make_clinician("Dr. Kim Lake")
    video = make_visit(other, kind, at(14), mode="video")
    tomorrow = make_visit(other, kind, at(14, day=dt.date(2026, 12, 2)))

    def found(query):
        return [row.visit for row in rows(client, f"{TODAY}?{query}")]

    assert found(f"clinician={other.pk}") == [video]
    assert found("mode=in_person") == [visit]
    assert found("day=2026-12-02") == [tomorrow]
    for query in ("day=9999-12-31", "day=0001-01-01", "day=x&clinician=x&mode=x"):
        assert set(found(query)) == {visit, video}


def test_step_leads_back_to_the_row(client, desk, visit):
    answer = step(client, visit, "arrived")

    assert (answer.status_code, answer["Location"]) == (303, f"{TODAY}#visit-{visit.pk}")


@pytest.mark.parametrize("back", ["https://evil.example/admin/desk/today/", "//evil.example", "/elsewhere/"])
def test_step_leads_nowhere_else(client, desk, visit, back):
    answer = client.post(desk_url("step", visit.pk), {"to": "arrived", "seen": str(Seen.of(visit)), "back": back})

    assert answer["Location"] == desk_url("visit", visit.pk)


def test_second_of_two_hears_on_the_board_what_happened(client, desk, visit):
    seen = Seen.of(visit)
    colleague = staff(client, Role.MANAGER)
    step(client, visit, "completed", seen)
    client.force_login(desk)

    page = client.get(step(client, visit, "arrived", seen)["Location"]).content.decode()

    visit.refresh_from_db()
    assert visit.status == "completed"
    assert f"somebody was faster: Completed, by {colleague}" in page


@pytest.mark.parametrize("count", [1, 50])
def test_refresh_asks_the_database_six_times(client, desk, kind, count, django_assert_num_queries):
    for number in range(count):
        person = another_request()
        make_visit(make_clinician(f"Dr. {number}", hours=()), kind, at(14), request=person)
    client.get(TODAY)

    with django_assert_num_queries(6):  # session, user, two for rights, profile, visits
        answer = client.get(f"{TODAY}?rows=1", headers={"X-Background": "1"})

    assert len(answer.context["rows"]) == count


@pytest.mark.parametrize("count", [1, 12])
def test_page_asks_as_often_however_many_visits(client, desk, kind, count, django_assert_num_queries):
    for number in range(count):
        make_visit(make_clinician(f"Dr. {number}", hours=()), kind, at(14))

    with django_assert_num_queries(11):
        client.get(TODAY)


def test_board_of_another_day_begins_and_ends_at_the_clinics_midnight(client, desk, clinician, kind):
    late = make_visit(clinician, kind, at(23, 30))
    make_visit(clinician, kind, at(0, 0, day=dt.date(2026, 12, 2)))

    assert [row.visit for row in rows(client)] == [late]
    assert NOW < NOON
