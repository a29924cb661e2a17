import datetime as dt
import uuid

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from clinic import desk_tasks
from clinic.access import record_access
from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake import services
from intake.calling import record_call
from intake.models import ContactAttempt
from intake.safety import raise_item
from intake.selectors import subject_of
from notifications.inbound import receive_text
from notifications.models import Message
from scheduling.desk import timeline
from scheduling.models import Appointment
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import another_request, at, make_clinician, make_type, make_visit
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db
PHONE = "+16125550188"


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(at(12), tick=False):
        yield


@pytest.fixture
def request_(db):
    return another_request(name="Zoë Núñez", phone=PHONE, email="zoe@person.example")


@pytest.fixture
def clinic():
    clinician = make_clinician(hours=((dt.time(8), dt.time(18)),))
    return clinician, make_type([clinician])


def page(client, patient, **asked):
    return client.get(desk_url("patient", patient.pk), asked)


def words(answer):
    return [line.words for line in answer.context["page"].lines]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_the_timeline_and_the_reading_is_recorded_first(client, request_, role):
    user = staff(client, role)

    assert page(client, request_.patient).status_code == 200
    event = AccessEvent.objects.get()
    assert (event.by, event.action, event.subject_ref) == (user, "read", f"intake.patient:{request_.patient_id}")


def test_unknown_person_is_not_found_and_strangers_log_in(client, request_):
    assert page(client, request_.patient).status_code == 302
    staff(client, Role.FRONT_DESK)

    assert client.get(desk_url("patient", uuid.uuid4())).status_code == 404


def test_timeline_gathers_all_desks_newest_first(client, request_, clinic):
    user = staff(client, Role.FRONT_DESK)
    visit = make_visit(*clinic, at(14), request=request_)
    transition(appointment=visit, to=Appointment.Status.CONFIRMED, source="staff", by=user, reason="Called")
    Message.objects.update(state="suppressed", reason="STOP from the phone")
    with time_machine.travel(at(13), tick=False):
        receive_text(provider_id="SM1", address=PHONE, body="Is there parking?")
    services.close_request(request=request_, reason="Booked", by=user)

    answer = page(client, request_.patient)

    assert {line.topic for line in answer.context["page"].lines} == {
        "Request", "Visit", "Message", "Consent", "Text received", "Task",
    }  # fmt: skip
    assert answer.context["page"].lines[0].at == at(13)
    html = answer.content.decode()
    assert "Confirmed: Free consultation, Dr. Dana Rivers" in html
    assert "STOP from the phone" in html
    assert f"Request {request_.reference} closed" in html
    moments = [line.at for line in answer.context["page"].lines]
    assert moments == sorted(moments, reverse=True)


def test_calls_of_the_desk_stand_among_the_calls_with_how_they_ended(client, request_):
    user = staff(client, Role.FRONT_DESK)
    record_call(request=request_, by=user, outcome=ContactAttempt.Outcome.NO_ANSWER, call_key=uuid.uuid4())

    lines = [
        line for line in page(client, request_.patient, topic="calls").context["page"].lines if line.topic == "Call"
    ]

    assert [(line.words, line.by, line.at) for line in lines] == [
        (f"Called about request {request_.reference}: no answer", str(user), at(12))
    ]


def test_another_persons_lines_stay_out(client, request_, clinic):
    staff(client, Role.FRONT_DESK)
    other = another_request(name="Somebody Else")
    make_visit(*clinic, at(15), request=other)

    assert other.reference not in page(client, request_.patient).content.decode()


SECRET = "said she cannot go on"


def test_desk_sees_that_a_call_is_needed_and_no_word_of_why(client, request_):
    with transaction.atomic():
        raise_item(patient=request_.patient, request=request_, level=3, trigger="phq9-item9", detail=SECRET)
    staff(client, Role.FRONT_DESK)

    html = page(client, request_.patient).content.decode()

    assert "a clinician&#x27;s call is needed" in html or "a clinician's call is needed" in html
    assert "Raised" in html
    assert (SECRET in html, "phq9" in html) == (False, False)


def test_auditor_sees_who_looked_and_no_safety(client, request_):
    with transaction.atomic():
        raise_item(patient=request_.patient, request=request_, level=3, trigger="phq9-item9", detail=SECRET)
    desk = staff(client, Role.FRONT_DESK)
    page(client, request_.patient)
    shown_to_desk = page(client, request_.patient)
    staff(client, Role.AUDITOR)

    answer = page(client, request_.patient, topic="looks")

    assert {(line.words, line.by) for line in answer.context["page"].lines} >= {("Read: patient", str(desk))}
    assert "Looked" not in {line.topic for line in shown_to_desk.context["page"].lines}
    assert "Safety" not in {line.topic for line in page(client, request_.patient).context["page"].lines}
    assert "call is needed" not in answer.content.decode()


def fill(request, clinic, user, count):
    clinician, kind = clinic
    for number in range(count):
        again = another_request(name=f"Again {number}")
        type(again).objects.filter(pk=again.pk).update(patient=request.patient)
        again.refresh_from_db()
        starts = at(8) + dt.timedelta(days=1 + number)
        visit = make_visit(clinician, kind, starts, request=again)
        transition(appointment=visit, to=Appointment.Status.CONFIRMED, source="staff", by=user)
        receive_text(provider_id=f"SM{number}", address=PHONE, body=f"Text {number}")
        desk_tasks.open_task(
            kind=DeskTask.Kind.CALL_BACK,
            title=f"Call {number}",
            subject_ref=subject_of(again),
            due_at=at(9),
            dedupe_key=f"call {number}",
        )
        record_call(request=again, by=user, outcome=ContactAttempt.Outcome.REACHED, call_key=uuid.uuid4())
        record_access(by=user, action=AccessEvent.Action.READ, subject_ref=subject_of(again))


@pytest.mark.parametrize("count", [1, 50])
def test_timeline_asks_the_database_as_often_for_one_row_as_for_fifty(
    client, request_, clinic, count, django_assert_num_queries
):
    user = staff(client, Role.MANAGER)
    fill(request_, clinic, user, count)
    page(client, request_.patient)

    with django_assert_num_queries(QUERIES):
        page(client, request_.patient)


QUERIES = 28


def test_pages_hold_every_line_once(client, request_, clinic, monkeypatch):
    user = staff(client, Role.MANAGER)
    fill(request_, clinic, user, 20)
    shown, number = [], 1
    while True:
        answer = page(client, request_.patient, page=number, topic="messages")
        shown += [line.key for line in answer.context["page"].lines]
        if not answer.context["page"].has_more:
            break
        number += 1

    monkeypatch.setattr(timeline, "PAGE", 1000)
    at_once = [line.key for line in page(client, request_.patient, topic="messages").context["page"].lines]
    assert (number > 1, len(set(shown))) == (True, len(shown))
    assert shown == at_once


@pytest.mark.parametrize("asked", [{"page": "0"}, {"page": "x"}, {"page": "99999"}, {"topic": "nonsense"}])
def test_nonsense_in_the_address_shows_a_page(client, request_, asked):
    staff(client, Role.FRONT_DESK)

    assert page(client, request_.patient, **asked).status_code == 200


@pytest.mark.parametrize(
    "term",
    ["zoe nunez", "ZOË", "nuñ", "(612) 555-0188", "612.555.0188", "0188", "ZOE@person.example", "reference", "dashed"],
)
def test_search_finds_a_person_as_anybody_writes_it(client, request_, term):
    staff(client, Role.FRONT_DESK)
    another_request(name="Somebody Else")
    typed = {"reference": request_.reference.lower(), "dashed": f"{request_.reference[:3]}-{request_.reference[3:]}"}

    answer = client.get(desk_url("search"), {"q": typed.get(term, term)})

    assert [one.patient for one in answer.context["people"]] == [request_.patient]
    assert AccessEvent.objects.get().subject_ref == "intake.patient:search"
    assert desk_url("patient", request_.patient_id) in answer.content.decode()


@pytest.mark.parametrize("term", ["", "z", "nobody of this name", "%%", "🦊🦊", "'; --"])
def test_search_without_a_result_says_what_to_do(client, request_, term):
    staff(client, Role.AUDITOR)

    answer = client.get(desk_url("search"), {"q": term})

    assert (answer.status_code, answer.context["people"]) == (200, [])


@pytest.mark.parametrize("count", [1, 50])
def test_search_asks_the_database_as_often_for_fifty(client, clinic, count, django_assert_num_queries):
    staff(client, Role.FRONT_DESK)
    for number in range(count):
        request = another_request(name=f"Alex {number}")
        make_visit(*clinic, at(8) + dt.timedelta(days=1 + number), request=request)
    client.get(desk_url("search"), {"q": "alex"})

    with django_assert_num_queries(13):
        answer = client.get(desk_url("search"), {"q": "alex"})
    assert len(answer.context["people"]) == count


def test_timeline_links_to_the_ways_on(client, request_):
    staff(client, Role.FRONT_DESK)

    html = page(client, request_.patient).content.decode()

    for way in (f"?person=patient:{request_.patient_id}", reverse("intake:raise_concern", args=[request_.patient_id])):
        assert way in html
