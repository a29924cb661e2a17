"""Emergency access: one person, half an hour, this session, on the record. Everything else stays closed."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from clinic.tests.admin_steps import PASSWORD, staff
from intake.models import Patient, Review
from intake.openings import openings
from intake.tests.factories import make_request
from intake.tests.review_steps import sitting
from intake.tests.screening_rows import make_flag, make_response
from notifications.models import Message

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
REASON = "Ambulance crew asks for medicines, no clinician can be reached"
SECRET = "Lamotrigine since March"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def sam(clock):
    """Somebody with an answer that the desk may not read."""
    request = make_request(message=SECRET)
    answers = {"q": {"question": "Medicines", "texts": [SECRET], "answers": []}}
    make_flag(response=make_response(screening=sitting(request), answers=answers), content={"answer": SECRET})
    return request.patient


@pytest.fixture
def other(clock):
    return make_request(name="Robin Other", phone="+16125550188", email="robin@clinic.example").patient


def log_in(client, email="desk@clinic.example"):
    client.post("/admin/login/", {"username": email, "password": PASSWORD, "next": "/admin/"})


@pytest.fixture
def desk(client, clock):
    user = staff("desk@clinic.example", Role.FRONT_DESK)
    log_in(client)
    return user


def asking(patient):
    return reverse("review:emergency", args=[patient.pk])


def page(patient):
    return reverse("review:emergency_answers", args=[patient.pk])


def open_answers(client, patient, reason=REASON):
    return client.post(asking(patient), {"reason": reason})


def test_reason_opens_the_answers_of_this_person(client, desk, sam):
    answer = open_answers(client, sam)

    assert answer.headers["Location"] == page(sam)
    assert SECRET in client.get(page(sam)).text


def test_without_a_reason_nothing_opens_and_nothing_is_written(client, desk, sam):
    answers = [open_answers(client, sam, reason=reason) for reason in ("", "urgent", " " * 40)]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "Say in a sentence" in answers[1].text
    assert SECRET not in client.get(page(sam), follow=True).text
    assert not openings().exists()


def test_opening_and_each_look_stand_in_the_ledger(client, desk, sam):
    open_answers(client, sam)
    client.get(page(sam))
    client.get(page(sam))

    opening = openings().get()
    assert (opening.by, opening.reason, opening.subject_ref) == (desk, REASON, f"intake.patient:{sam.pk}")
    looks = AccessEvent.objects.filter(by=desk, action="read", reason=f"Emergency access {opening.pk}")
    assert looks.count() == 2


def test_it_ends_after_half_an_hour_also_on_the_screen(client, desk, sam, clock):
    open_answers(client, sam)
    for _look in range(2):
        clock.shift(dt.timedelta(minutes=14))
        client.get(page(sam))  # at work, so that the idle lock is not what ends it
    clock.shift(dt.timedelta(minutes=1, seconds=59))
    shown = client.get(page(sam))
    clock.shift(dt.timedelta(seconds=1))

    answer = client.get(page(sam))

    assert (SECRET in shown.text, shown.headers["Refresh"]) == (True, "2")
    assert answer.headers["Location"] == asking(sam)


def test_other_people_stay_closed_and_the_next_opening_takes_its_place(client, desk, sam, other):
    open_answers(client, sam)

    closed = client.get(page(other))
    open_answers(client, other)
    first_again = client.get(page(sam))

    assert (closed.headers["Location"], first_again.headers["Location"]) == (asking(other), asking(sam))
    assert client.get(page(other)).status_code == 200


def test_it_belongs_to_the_session_that_asked(client, desk, sam):
    open_answers(client, sam)
    elsewhere = Client()
    log_in(elsewhere)

    assert elsewhere.get(page(sam)).headers["Location"] == asking(sam)


def test_colleague_who_takes_the_browser_sees_nothing(client, desk, sam):
    staff("colleague@clinic.example", Role.FRONT_DESK)
    open_answers(client, sam)
    client.post("/admin/logout/")
    log_in(client, "colleague@clinic.example")

    assert client.get(page(sam)).headers["Location"] == asking(sam)


def test_closing_ends_it(client, desk, sam):
    open_answers(client, sam)

    client.post(reverse("review:emergency_close"))

    assert client.get(page(sam)).headers["Location"] == asking(sam)


def test_role_taken_away_and_account_closed_end_it_at_once(client, desk, sam):
    open_answers(client, sam)

    desk.groups.set(Group.objects.filter(name=Role.AUDITOR))
    as_auditor = client.get(page(sam))
    desk.groups.set(Group.objects.filter(name=Role.FRONT_DESK))
    desk.is_active = False
    desk.save()

    assert as_auditor.status_code == 403
    assert client.get(page(sam)).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.FRONT_DESK, True), (Role.MANAGER, True), (Role.AUDITOR, False), (None, False)],
)
def test_who_may(client, sam, role, may):
    staff("desk@clinic.example", *([role] if role else []))
    log_in(client)

    answers = [client.get(asking(sam)), open_answers(client, sam), client.get(page(sam))]

    assert [answer.status_code for answer in answers] == ([200, 302, 200] if may else [403, 403, 403])


def test_every_other_way_to_the_answers_stays_closed(client, desk, sam):
    request = sam.requests.get()
    open_answers(client, sam)

    ways = ["review:page", "review:pdf", "review:fhir", "review:sign"]
    answers = [
        *(client.get(reverse(way, args=[request.pk])).status_code for way in ways[:2]),
        *(client.post(reverse(way, args=[request.pk])).status_code for way in ways[2:]),
        client.get(reverse("review:list")).status_code,
        client.get(reverse("admin:intake_screeningresponse_changelist")).status_code,
    ]
    pages = [
        reverse("scheduling:desk_patient", args=[sam.pk]),
        reverse("admin:intake_patient_change", args=[sam.pk]),
        reverse("admin:intake_patient_history", args=[sam.pk]),
        f"{reverse('scheduling:desk_search')}?q=Lamotrigine",
    ]

    assert set(answers) == {403}
    assert [path for path in pages if SECRET in client.get(path).text] == []


def test_notes_of_clinicians_and_ways_to_carry_it_off_are_not_on_the_page(client, desk, sam):
    director = staff("director@clinic.example", Role.MEDICAL_DIRECTOR)
    Review.objects.create(
        request=sam.requests.get(), reviewed_by=director, at=NOW, outcome="proceed", note="Between clinicians"
    )
    open_answers(client, sam)

    shown = client.get(page(sam)).text

    assert "Between clinicians" not in shown
    assert [way for way in ("/fhir/", ".pdf", "/sign/") if way in shown] == []


def test_managers_and_the_director_are_told_without_a_word_of_why(client, desk, sam):
    told = [staff("boss@clinic.example", Role.MANAGER), staff("md@clinic.example", Role.MEDICAL_DIRECTOR)]
    staff("gone@clinic.example", Role.MANAGER, is_active=False)
    staff("auditor@clinic.example", Role.AUDITOR)

    open_answers(client, sam)

    letters = Message.objects.filter(kind="intake.answers_opened").order_by("pk")
    assert {letter.staff_user for letter in letters} == set(told)
    assert all(REASON not in str(letter.context) and sam.name not in str(letter.context) for letter in letters)
    task = DeskTask.objects.get(kind="opening")
    assert (task.closed_at, sam.name in task.title, str(sam.pk) in task.subject_ref) == (None, False, False)


def test_manager_who_opens_is_not_the_one_who_is_told(client, clock, sam):
    staff("desk@clinic.example", Role.MANAGER)
    director = staff("md@clinic.example", Role.MEDICAL_DIRECTOR)
    log_in(client)

    open_answers(client, sam)

    assert [letter.staff_user for letter in Message.objects.filter(kind="intake.answers_opened")] == [director]


def test_answers_page_takes_the_same_number_of_queries_whatever_is_in_it(client, desk, sam, django_assert_num_queries):
    open_answers(client, sam)
    client.get(page(sam))
    with django_assert_num_queries(16):
        client.get(page(sam))
    for _more in range(5):
        answers = {"q": {"question": "Medicines", "texts": [SECRET], "answers": []}}
        make_flag(response=make_response(screening=sitting(sam.requests.get()), answers=answers), content={})

    with django_assert_num_queries(16):
        client.get(page(sam))


def test_nobody_and_somebody_without_a_request_have_nothing_to_open(client, desk):
    without = Patient.objects.create(name="Only Called", phone="+16125550133")

    found = [client.get(reverse("review:emergency", args=[pk])).status_code for pk in (without.pk, uuid.uuid4())]

    assert found == [404, 404]


def test_absorbed_record_leads_to_the_one_that_was_kept(client, desk, sam, other):
    Patient.objects.filter(pk=other.pk).update(merged_into=sam)

    answer = client.post(asking(other), {"reason": REASON})

    assert answer.headers["Location"] == page(sam)


@pytest.mark.parametrize("reason", ["\u200b" * 20, "a" + " " * 20 + "b", "Now\u2060" + "\u2060" * 20])
def test_reason_that_nobody_can_read_opens_nothing(client, desk, sam, reason):
    answer = open_answers(client, sam, reason)

    assert (answer.status_code, openings().count()) == (422, 0)
    assert "Say in a sentence why you must read the answers now." in answer.text
