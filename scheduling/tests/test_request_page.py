import datetime as dt
import uuid

import pytest
import time_machine

from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.calling import OUT_OF_REACH, claim
from intake.models import ContactAttempt, SafetyLevel
from intake.safety.raising import CONCERN, raise_item
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import NOW, another_request, at, make_visit
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db
QUEUE = "/admin/desk/requests/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def page_of(request):
    return f"{QUEUE}{request.pk}/"


def shown(client, request):
    return client.get(page_of(request)).content.decode()


def call(client, request, outcome="no_answer", **changes):
    said = {"outcome": outcome, "call_key": str(uuid.uuid4())}
    return client.post(page_of(request), {**said, **changes}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("role", "posts"),
    [
        (Role.FRONT_DESK, 303),
        (Role.MANAGER, 303),
        (Role.CLINICIAN, 403),
        (Role.MEDICAL_DIRECTOR, 403),
        (Role.AUDITOR, 403),
    ],
)
def test_every_role_reads_and_the_desk_works(client, kind, role, posts):
    request = another_request()
    staff(client, role)

    answer = client.post(page_of(request), {"outcome": "reached", "call_key": str(uuid.uuid4())})

    assert (client.get(QUEUE).status_code, client.get(page_of(request)).status_code) == (200, 200)
    assert answer.status_code == posts


def test_nobody_without_a_role_sees_a_request(client, django_user_model):
    request = another_request()
    client.force_login(django_user_model.objects.create_user("new@clinic.example", "x"))

    assert (client.get(QUEUE).status_code, client.get(page_of(request)).status_code) == (403, 403)


def test_reading_is_written_down(client, desk):
    request = another_request()
    client.get(QUEUE)
    client.get(page_of(request))

    assert [one.subject_ref for one in AccessEvent.objects.order_by("id")] == [
        "intake.request:queue", f"intake.request:{request.pk}"
    ]  # fmt: skip


def test_queue_is_by_promise_and_leaves_out_who_has_a_visit(client, desk, kind, clinician, clock):
    make_visit(clinician, kind, at(10), request=another_request(name="Booked"))
    later, sooner, danger = (another_request(name=name) for name in ("Later", "Sooner", "Danger"))
    for request, hours in ((later, 3), (sooner, -1), (danger, 5)):
        type(request).objects.filter(pk=request.pk).update(answer_promised_by=NOW + dt.timedelta(hours=hours))
    raise_item(patient=danger.patient, request=danger, level=SafetyLevel.URGENT, trigger=CONCERN, detail="CANARY")

    page = client.get(QUEUE)

    assert [row.request.name for row in page.context["rows"]] == ["Danger", "Sooner", "Later"]
    text = page.content.decode()
    assert ("Late by 1" in text, "Clinician call needed" in text, "CANARY" in text) == (True, True, False)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "say your first name and our number only"),
        ({"voicemail_ok": True}, "Voicemail is fine"),
        ({"voicemail_ok": True, "discreet": True}, "say your first name and our number only"),
    ],
)
def test_rules_stand_above_the_number_and_unknown_means_the_strictest(client, desk, kind, changes, rule):
    request = another_request(**changes)

    page = shown(client, request)

    assert -1 < page.find(rule) < page.find(f'href="tel:{request.phone}"')


def test_what_they_wrote_does_not_reach_the_calling_page(client, desk, kind):
    request = another_request(message="CANARYMESSAGE", help_with=("ptsd",))

    page = shown(client, request)

    assert ("CANARYMESSAGE" in page, "PTSD" in page) == (False, False)


@pytest.mark.parametrize("outcome", ["reached", "voicemail", "no_answer", "wrong_number"])
def test_one_click_writes_the_call_down(client, desk, kind, outcome):
    request = another_request()

    page = call(client, request, outcome)

    attempt = ContactAttempt.objects.get()
    assert (attempt.outcome, attempt.made_by, attempt.get_outcome_display() in page) == (outcome, desk, True)


def test_next_call_at_the_agreed_time(client, desk, kind):
    request = another_request()

    page = call(client, request, "reached", next_day="2026-12-02", next_time="14:30")

    due = DeskTask.objects.get(kind="call_back", closed_at=None).due_at
    assert (due, "Wed Dec 2, 2:30 PM" in page) == (at(14, 30, day=dt.date(2026, 12, 2)), True)


@pytest.mark.parametrize("typed", [{"next_day": "x"}, {"next_day": "2026-11-01"}, {"outcome": "x"}, {"call_key": "x"}])
def test_bad_input_writes_nothing_and_keeps_what_was_typed(client, desk, kind, typed):
    request = another_request()

    answer = client.post(
        page_of(request), {"outcome": "reached", "call_key": str(uuid.uuid4()), "next_time": "09:15", **typed}
    )

    assert (answer.status_code, ContactAttempt.objects.count()) == (422, 0)
    assert 'value="09:15"' in answer.content.decode()


def test_colleague_who_has_the_person_is_named_on_the_page(client, desk, kind):
    request = another_request()
    colleague = staff(client, Role.MANAGER)
    claim(patient=request.patient, by=colleague)
    client.force_login(desk)

    assert f"{colleague} has them until" in shown(client, request)


def test_text_where_they_agreed_and_no_button_where_not(client, desk, kind):
    agreed, quiet = another_request(), another_request(sms_consent=False)
    client.post(page_of(agreed), {"text": "1"})

    assert [row.kind for row in Message.objects.filter(kind="intake.tried_to_call")] == ["intake.tried_to_call"]
    assert ('name="text"' in shown(client, agreed), 'name="text"' in shown(client, quiet)) == (True, False)
    assert "they did not agree" in client.post(page_of(quiet), {"text": "1"}, follow=True).content.decode()


def test_closing_takes_a_reason_and_three_calls_for_out_of_reach(client, desk, kind):
    request = another_request()
    early = client.post(page_of(request), {"close": "1", "reason": OUT_OF_REACH}, follow=True).content.decode()
    none = client.post(page_of(request), {"close": "1"}, follow=True).content.decode()
    for _time in range(3):
        call(client, request)

    client.post(page_of(request), {"close": "1", "reason": OUT_OF_REACH})

    request.refresh_from_db()
    assert ("We try 3 times" in early, "Choose why it is closed" in none) == (True, True)
    assert (request.status, request.close_reason, request.closed_by) == ("closed", OUT_OF_REACH, desk)


def test_second_who_closes_hears_what_happened(client, desk, kind):
    request = another_request()
    client.post(page_of(request), {"close": "1", "reason": "Sent twice"})
    staff(client, Role.MANAGER)

    page = client.post(page_of(request), {"close": "1", "reason": "Wrong number"}, follow=True).content.decode()

    assert f"It was closed before, by {desk}: Sent twice" in page


def test_three_times_with_the_clinicians_visits_around_them_and_one_click_books(client, desk, kind, clinician):
    make_visit(clinician, kind, at(9), request=another_request(name="Early Bird"))
    request = another_request(name="Robin Example")
    answer = client.get(page_of(request), {"clinician": str(clinician.pk)})
    offered = answer.context["offered"]

    said = {"book": "1", "start": offered[0].time.value, "clinician": str(clinician.pk), "mode": "phone",
            "booking_key": str(answer.context["keys"]["booking"])}  # fmt: skip
    booked = client.post(page_of(request), said)

    visit = Appointment.objects.get(request=request)
    assert len(offered) == 3
    assert booked["Location"] == f"/admin/desk/visits/{visit.pk}/"
    assert (value_of(visit.starts_at), visit.mode, visit.clinician) == (offered[0].time.value, "phone", clinician)


def test_neighbours_are_named(client, desk, kind, clinician):
    make_visit(clinician, kind, at(9, day=NOW.date()), request=another_request(name="Early Bird"))

    page = shown(client, another_request())

    assert "after Early Bird at 9:00 AM" in page


def test_time_that_was_just_taken_offers_the_nearest_and_keeps_the_rest(client, desk, kind, clinician):
    make_visit(clinician, kind, at(10))
    request = another_request()

    answer = client.post(
        page_of(request),
        {"book": "1", "start": value_of(at(10)), "clinician": str(clinician.pk), "mode": "phone",
         "booking_key": str(uuid.uuid4())},
    )  # fmt: skip

    assert (answer.status_code, Appointment.objects.filter(request=request).count()) == (409, 0)
    assert 'value="phone" selected' in answer.content.decode()


@pytest.mark.parametrize("said", [{}, {"book": "1"}, {"book": "1", "start": "x", "mode": "x"}])
def test_nonsense_books_nothing(client, desk, kind, said):
    request = another_request()

    assert client.post(page_of(request), said).status_code in {303, 422}
    assert Appointment.objects.count() == 0


def test_unknown_request_is_not_found(client, desk):
    assert client.get(f"{QUEUE}11111111-2222-3333-4444-555555555555/").status_code == 404


@pytest.mark.parametrize("count", [1, 50])
def test_queue_asks_the_database_as_often_however_long_it_is(client, desk, count, django_assert_num_queries):
    for _number in range(count):
        another_request()

    with django_assert_num_queries(12):
        client.get(QUEUE)
