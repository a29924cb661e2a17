import uuid

import pytest
import time_machine

from clinic.models import AccessEvent, DeskTask
from clinic.roles import Role
from intake.models import Patient, PatientMerge, PossibleMatch
from intake.tests.factories import make_request
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import at

pytestmark = pytest.mark.django_db
PHONE = "+16125550199"
REASON = "Same date of birth"


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(at(12), tick=False):
        yield


@pytest.fixture
def match():
    make_request(name="Robert Known", phone=PHONE, email="", email_consent=False)
    make_request(name="Bob New", phone=PHONE, email="bob@person.example")
    return PossibleMatch.objects.get()


def both(match):
    return match.patient, match.request.patient


def queue(client):
    return client.get(desk_url("duplicates")).content.decode()


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.FRONT_DESK, (200, 303, 403, 403)),
        (Role.MANAGER, (200, 303, 200, 404)),
        (Role.CLINICIAN, (200, 403, 403, 403)),
        (Role.MEDICAL_DIRECTOR, (200, 403, 403, 403)),
        (Role.AUDITOR, (200, 403, 403, 403)),
    ],
)
def test_desk_links_and_only_managers_merge(client, match, role, expected):
    staff(client, role)
    answers = (
        client.get(desk_url("duplicates")),
        client.post(desk_url("decide_match", match.pk), {"verdict": "same", "seen": "open"}),
        client.get(desk_url("merge", match.pk)),
        client.post(desk_url("undo_merge", uuid.uuid4())),
    )

    assert tuple(answer.status_code for answer in answers) == expected


def test_desk_keeps_apart_and_the_task_is_done(client, match):
    user = staff(client, Role.FRONT_DESK)
    assert "Bob New" in queue(client)

    client.post(desk_url("decide_match", match.pk), {"verdict": "different", "seen": "open"})

    match.refresh_from_db()
    assert (match.verdict, match.decided_by) == ("different", user)
    assert DeskTask.objects.get(kind="possible_duplicate").closed_by == user
    assert "Bob New" not in queue(client)


def test_linked_records_name_each_other_and_can_be_decided_again(client, match):
    staff(client, Role.FRONT_DESK)
    client.post(desk_url("decide_match", match.pk), {"verdict": "same", "seen": "open"})

    page = client.get(desk_url("patient", match.patient_id)).content.decode()
    assert ("Also known as" in page, desk_url("patient", match.request.patient_id) in page) == (True, True)
    assert "Linked, still two records" in queue(client)
    client.post(desk_url("decide_match", match.pk), {"verdict": "open", "seen": "same"})
    assert PossibleMatch.objects.get().verdict == "open"


def test_second_of_two_staff_overwrites_nothing(client, match):
    staff(client, Role.FRONT_DESK)
    client.post(desk_url("decide_match", match.pk), {"verdict": "different", "seen": "open"})
    staff(client, Role.MANAGER)

    late = client.post(desk_url("decide_match", match.pk), {"verdict": "same", "seen": "open"}, follow=True)

    assert PossibleMatch.objects.get().verdict == "different"
    assert "a colleague was faster" in late.content.decode()


def test_manager_merges_by_form_reads_it_and_undoes_it(client, manager, match):
    address = desk_url("merge", match.pk)
    kept, absorbed = both(match)

    no_reason = client.post(address, {"keep": str(kept.pk), "reason": ""})
    nobody = client.post(address, {"keep": "x", "reason": REASON})
    done = client.post(address, {"keep": str(kept.pk), "reason": REASON})

    assert (no_reason.status_code, nobody.status_code, done.status_code) == (422, 422, 303)
    assert REASON in nobody.content.decode()
    assert f"Made one with the record of {absorbed.name}" in client.get(done["Location"]).content.decode()
    assert client.get(desk_url("patient", absorbed.pk))["Location"] == desk_url("patient", kept.pk)
    assert [one.patient for one in client.get(desk_url("search"), {"q": "Bob New"}).context["people"]] == [kept]
    assert client.get(address).status_code == 404
    client.post(desk_url("undo_merge", PatientMerge.objects.get().pk))
    assert Patient.objects.get(pk=absorbed.pk).merged_into is None
    assert f"intake.patient:{absorbed.pk}" in set(AccessEvent.objects.values_list("subject_ref", flat=True))


@pytest.mark.parametrize("count", [1, 20])
def test_queue_asks_the_database_as_often_for_twenty(client, manager, count, django_assert_num_queries):
    for number in range(count):
        make_request(name=f"Known {number}", phone=f"+161255502{number:02d}", email="", email_consent=False)
        make_request(name=f"New {number}", phone=f"+161255502{number:02d}", email="", email_consent=False)
    queue(client)

    with django_assert_num_queries(13):
        queue(client)
