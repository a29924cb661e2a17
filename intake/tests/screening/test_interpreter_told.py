"""What was not asked for want of an interpreter, as the clinician's page, the list and the export say it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from intake.fhir.resources import intake_records
from intake.review.worklist import worklist
from intake.tests.safety_steps import clinician
from intake.tests.screening.spanish_states import at_choice
from intake.tests.screening.spanish_steps import reader, sign_spanish

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(signed):
    sign_spanish()
    person = at_choice(reader())
    person.post(how="interpreter")
    person.post(q1=["avm"])
    return person


def test_the_clinician_reads_first_what_was_not_asked(person, client):
    client.force_login(clinician())

    page = client.get(reverse("review:page", args=[person.screening.request_id])).text

    assert "<h2>Not screened, interpreter</h2>" in page
    assert page.index("NOT ASKED: thoughts of death") < page.index("Contraindicated on the esketamine label.")
    assert "NOT SCREENED, interpreter: it exists only in English. Not scored." in page


def test_staff_read_english_beside_what_was_shown_in_spanish(person, client):
    client.force_login(clinician())

    page = client.get(reverse("review:page", args=[person.screening.request_id])).text

    assert "Una malformación arteriovenosa (MAV)</bdi> <small>(An arteriovenous malformation (AVM))</small>" in page
    assert "<small>(Have you ever been told you have any of these?)</small>" in page


def test_the_list_to_review_says_so(person):
    found = worklist(timezone.now(), lambda _ids: {}, lambda **_when: [])

    assert [row.progress for row in found.to_read] == ["Started. Not screened, interpreter"]


def test_the_export_gives_the_reason_and_no_score(person):
    [record] = intake_records([person.screening.patient_id])
    scores = {one["code"]["coding"][0]["code"]: one for one in record.resources if one["resourceType"] == "Observation"}

    phq9 = scores["44261-6"]
    assert phq9["status"] == "cancelled"
    assert phq9["dataAbsentReason"]["coding"][0]["code"] == "not-asked"
    assert "valueInteger" not in phq9
    responses = [one for one in record.resources if one["resourceType"] == "QuestionnaireResponse"]
    assert sorted((one["status"], one["language"]) for one in responses) == [
        ("in-progress", "es"),
        ("in-progress", "es"),
        ("stopped", "en"),
        ("stopped", "en"),
    ]
