import uuid

import pytest

from clinic.access import record_access
from clinic.models import AccessEvent
from clinic.roles import Role
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import another_request

pytestmark = pytest.mark.django_db


def report(client, **asked):
    return client.get(desk_url("access"), asked)


def shown(answer):
    return [(row.by, row.subject_ref) for row, _words, _page in answer.context["lines"]]


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.FRONT_DESK, 403),
        (Role.CLINICIAN, 403),
        (Role.MEDICAL_DIRECTOR, 403),
        (Role.MANAGER, 200),
        (Role.AUDITOR, 200),
    ],
)
def test_only_managers_and_auditors_read_who_looked(client, role, status):
    staff(client, role)

    assert report(client).status_code == status


def test_report_of_a_person_and_of_a_user(client):
    one, other = another_request().patient, another_request().patient
    desk = staff(client, Role.FRONT_DESK)
    for patient in (one, other):
        client.get(desk_url("patient", patient.pk))
    auditor = staff(client, Role.AUDITOR)

    about_one = report(client, patient=str(one.pk))
    by_desk = report(client, user=str(desk.pk))

    assert shown(about_one) == [(auditor, f"intake.patient:{one.pk}"), (desk, f"intake.patient:{one.pk}")]
    assert shown(by_desk) == [(desk, f"intake.patient:{patient.pk}") for patient in (other, one)]
    assert shown(report(client))[0] == (auditor, "clinic.accessevent:report")


@pytest.mark.parametrize(
    "asked", [{"patient": "x"}, {"user": "x"}, {"user": "9" * 30}, {"before": "-1"}, {"patient": str(uuid.uuid4())}]
)
def test_nonsense_in_the_address_shows_everybody(client, asked):
    staff(client, Role.AUDITOR)

    assert report(client, **asked).status_code == 200


@pytest.mark.parametrize("count", [1, 60])
def test_report_is_paged_and_asks_as_often_for_many(client, count, django_assert_num_queries):
    patient = another_request().patient
    user = staff(client, Role.MANAGER)
    for _number in range(count):
        record_access(by=user, action=AccessEvent.Action.READ, subject_ref=f"intake.patient:{patient.pk}")
    first = report(client, patient=str(patient.pk))

    with django_assert_num_queries(17):
        report(client, patient=str(patient.pk))

    older = report(client, patient=str(patient.pk), before=str(first.context["older"] or 0))
    keys = [row.pk for answer in (first, older) for row, _words, _page in answer.context["lines"]]
    assert len(keys) == len(set(keys)) == count + 1
