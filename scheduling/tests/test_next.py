import datetime as dt

import pytest
import time_machine
from django.utils.text import capfirst

from clinic import desk_tasks
from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.calling import claim
from intake.models import SafetyLevel
from intake.safety.raising import CONCERN, raise_item
from intake.selectors import subject_of
from notifications.models import InboundMessage
from scheduling.messages import visit_ref
from scheduling.models import Clinician
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import another_request, at, make_clinician, make_visit

pytestmark = pytest.mark.django_db
NEXT, CLAIM, DONE = "/admin/desk/next/", "/admin/desk/next/claim/", "/admin/desk/next/done/"
NOON = at(12)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def clinician():
    return make_clinician(hours=((dt.time(8), dt.time(18)),))


def task(kind, subject, due=NOON, key=None):
    return desk_tasks.open_task(
        kind=DeskTask.Kind(kind),
        title=f"Do {kind}",
        subject_ref=subject,
        due_at=due,
        dedupe_key=key or f"{kind}{subject}",
    )


def listed(client, only=""):
    found = client.get(NEXT, {"only": only}).context["rows"]
    return [(str(row.patient) if row.patient else "", [str(one.why) for one in row.reasons]) for row in found]


@pytest.mark.parametrize(
    ("role", "reads", "works"),
    [
        (Role.FRONT_DESK, 200, 303),
        (Role.MANAGER, 200, 303),
        (Role.CLINICIAN, 200, 303),
        (Role.MEDICAL_DIRECTOR, 200, 303),
        (Role.AUDITOR, 200, 403),
    ],
)
def test_every_role_reads_and_those_who_call_claim(client, role, reads, works):
    request = another_request()
    staff(client, role)

    answers = [client.post(url, {"patient": str(request.patient_id)}).status_code for url in (CLAIM, DONE)]

    assert (client.get(NEXT).status_code, answers) == (reads, [works, works])


def test_nobody_without_a_role_sees_the_list(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("new@clinic.example", "x"))

    assert {client.get(NEXT).status_code, client.post(CLAIM).status_code, client.post(DONE).status_code} == {403}


def test_reading_is_written_down(client, desk):
    client.get(NEXT)

    assert [(one.by, one.subject_ref) for one in AccessEvent.objects.all()] == [(desk, "clinic.desktask:next")]


def test_order_of_the_list_is_the_order_of_the_reasons(client, desk, clinician, kind, clock):
    late = another_request(name="Late")
    clock.shift(dt.timedelta(days=-1))
    clock.move_to(NOON)
    type(late).objects.filter(pk=late.pk).update(answer_promised_by=NOON - dt.timedelta(hours=1))
    another_request(name="New")
    called = make_visit(clinician, kind, at(16, 30), request=another_request(name="Danger"), status="confirmed")
    make_visit(clinician, kind, at(14), request=another_request(name="Soon"))
    unheard = make_visit(clinician, kind, at(10, day=dt.date(2026, 12, 3)), request=another_request(name="Unheard"))
    wrote = make_visit(clinician, kind, at(11, day=dt.date(2026, 12, 3)), request=another_request(name="Wrote"))
    back = make_visit(clinician, kind, at(12, day=dt.date(2026, 12, 3)), request=another_request(name="Back"))
    moved = make_visit(clinician, kind, at(20, day=dt.date(2026, 12, 3)), request=another_request(name="Stranded"))
    raise_item(
        patient=called.patient, request=called.request, level=SafetyLevel.URGENT, trigger=CONCERN, detail="CANARY"
    )
    task("undelivered", visit_ref(unheard))
    task("inbound", visit_ref(wrote))
    task("call_back", subject_of(back.request))
    task("provider", "notifications.provider:cap")
    task("possible_duplicate", subject_of(late))

    assert listed(client) == [
        ("Danger", ["safety"]),
        ("Late", ["promise", "other"]),
        ("Soon", ["soon"]),
        ("Unheard", ["undelivered"]),
        ("Wrote", ["inbound"]),
        ("Back", ["callbacks"]),
        ("Stranded", ["stranded"]),
        ("", ["provider"]),
        ("New", ["age"]),
    ]
    assert moved.patient.name == "Stranded"
    assert "CANARY" not in client.get(NEXT).content.decode()


def test_auditor_does_not_learn_who_needs_a_clinicians_call(client, kind, clinician):
    visit = make_visit(clinician, kind, at(10, day=dt.date(2026, 12, 3)))
    raise_item(patient=visit.patient, request=visit.request, level=SafetyLevel.URGENT, trigger=CONCERN, detail="x")
    task("safety", visit_ref(visit))
    staff(client, Role.AUDITOR)

    assert listed(client) == []


def test_call_list_of_what_did_not_arrive_is_in_order_of_visits(client, desk, clinician, kind):
    later = make_visit(clinician, kind, at(9, day=dt.date(2026, 12, 4)), request=another_request(name="Later"))
    sooner = make_visit(clinician, kind, at(9, day=dt.date(2026, 12, 3)), request=another_request(name="Sooner"))
    task("undelivered", visit_ref(later), due=NOON)
    task("undelivered", visit_ref(sooner), due=NOON + dt.timedelta(hours=1))
    task("call_back", subject_of(later.request))

    assert listed(client, "undelivered") == [("Sooner", ["undelivered"]), ("Later", ["undelivered", "callbacks"])]
    assert listed(client, "callbacks") == [("Later", ["undelivered", "callbacks"])]
    assert len(listed(client, "nonsense")) == 2


def test_text_of_a_known_number_stands_beside_its_person_and_a_shared_one_beside_nobody(client, desk):
    known, one, two = another_request(), another_request(phone="+16125550999"), another_request(phone="+16125550999")
    for number, request in enumerate((known, one)):
        text = InboundMessage.objects.create(provider_id=f"SM{number}", address=str(request.phone), needs="reading")
        task("inbound", f"notifications.inbound:{text.pk}")

    assert [row for row in listed(client) if "inbound" in row[1]] == [
        (known.name, ["inbound", "age"]),
        ("", ["inbound"]),
    ]
    assert two.patient_id != one.patient_id


def test_second_of_two_sees_who_has_the_person(client, desk):
    request = another_request()
    colleague = staff(client, Role.MANAGER)
    claim(patient=request.patient, by=colleague)
    client.force_login(desk)

    page = client.get(NEXT).content.decode()
    answer = client.post(CLAIM, {"patient": str(request.patient_id)}, follow=True).content.decode()

    assert f"{colleague} has them until" in page
    assert f"{capfirst(str(colleague))} has taken {request.name}" in answer


def test_claimed_person_can_be_given_back(client, desk):
    request = another_request()
    client.post(CLAIM, {"patient": str(request.patient_id)})
    assert client.get(NEXT).context["rows"][0].claim.held_by == desk

    client.post(CLAIM, {"patient": str(request.patient_id), "release": "1"})

    assert client.get(NEXT).context["rows"][0].claim is None


def test_done_closes_once_and_the_second_loses_nothing(client, desk):
    one = task("opt_out", subject_of(another_request()))
    said = {"task": str(one.pk), "outcome": "Reached by phone", "back": f"{NEXT}?only=undelivered"}
    first = client.post(DONE, said)
    colleague = staff(client, Role.MANAGER)

    second = client.post(DONE, {**said, "outcome": "They call back"}, follow=True).content.decode()

    one.refresh_from_db()
    assert (first["Location"], one.outcome, one.closed_by) == (f"{NEXT}?only=undelivered", "Reached by phone", desk)
    assert f"{capfirst(str(desk))} was faster: Reached by phone. What you wrote was: They call back" in second
    assert colleague != desk


@pytest.mark.parametrize(
    "said", [{}, {"task": "x"}, {"outcome": "x"}, {"task": "11111111-2222-3333-4444-555555555555"}]
)
def test_out_of_date_buttons_change_nothing(client, desk, said):
    assert client.post(DONE, {**said, "back": "https://evil.example/"})["Location"] == NEXT
    assert client.post(CLAIM, {"patient": "x"})["Location"] == NEXT


def test_safety_is_not_done_from_the_list(client, desk, kind, clinician):
    one = task("safety", visit_ref(make_visit(clinician, kind, at(10))))

    client.post(DONE, {"task": str(one.pk), "outcome": "x"})

    one.refresh_from_db()
    assert one.closed_at is None


@pytest.mark.parametrize("count", [1, 50])
def test_list_asks_the_database_as_often_however_long_it_is(client, desk, kind, count, django_assert_num_queries):
    for number in range(count):
        request = another_request()
        visit = make_visit(Clinician.objects.create(name=f"Dr. {number}"), kind, at(14), request=request)
        task("undelivered", visit_ref(visit))
        task("call_back", subject_of(another_request()))
        text = InboundMessage.objects.create(provider_id=f"SM{number}", address=str(request.phone), needs="reading")
        task("inbound", f"notifications.inbound:{text.pk}")

    with django_assert_num_queries(28):
        client.get(NEXT)


@pytest.mark.parametrize("status", ["no_show", "cancelled_by_clinic", "cancelled_by_patient"])
def test_who_had_a_visit_that_did_not_take_place_is_not_late(client, desk, clinician, kind, status):
    request = another_request(name="Missed")
    type(request).objects.filter(pk=request.pk).update(answer_promised_by=NOON - dt.timedelta(days=3))
    make_visit(clinician, kind, at(9), request=request, status=status)

    (reason,) = client.get(NEXT).context["rows"][0].reasons
    queue = client.get("/admin/desk/requests/")

    assert (reason.why, reason.words) == ("age", "A visit did not take place: offer a new time")
    assert (queue.context["late"], "A visit did not take place" in queue.content.decode()) == (0, True)
