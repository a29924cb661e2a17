import datetime as dt
import json

import pytest
import time_machine
from django.core.management import CommandError

from clinic.tests.export_steps import exported, full
from clinic.tests.fhir_r4b import of_kind
from intake.screening.items import questions
from intake.screening.scoring import score
from intake.screening.shipped import shipped
from intake.tests.factories import make_request
from intake.tests.review_steps import answers_of, sitting
from notifications import consent
from notifications.models import Channel, Consent
from scheduling.cancelling import cancel
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, at, make_clinician, make_type
from scheduling.tests.visit_steps import booked

pytestmark = pytest.mark.django_db
DECLINED = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def row(name, *cells):
    texts = {"texts": [name], "answers": [{"valueString": name}], "question": "Name"}
    return {"medicine-name": texts, **dict(cells)}


def medicines(*names, ticked=("opioid", "lithium")):
    system = "https://clinic.example/fhir/CodeSystem/intake"
    codings = [{"valueCoding": {"system": system, "code": code, "display": code}} for code in ticked]
    return {
        "medicine-classes": {"answers": codings, "texts": list(ticked), "question": "Do you take any of these?"},
        "takes-medicines": {
            "answers": [{"valueCoding": {"system": system, "code": "yes", "display": "Yes"}}],
            "texts": ["Yes"], "question": "Do you?",
        },
        "medicines": {"answers": [], "texts": [], "question": "List", "rows": [row(name) for name in names]},
    }  # fmt: skip


@pytest.fixture
def request_():
    with time_machine.travel(NOW, tick=False):
        return make_request()


def test_bundle_holds_the_person_with_answers_scores_consents_and_visits(request_):
    with time_machine.travel(NOW, tick=False):
        visit = booked(make_type([make_clinician()]), request_)
    full(request_)

    [bundle] = exported()

    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Patient": 1, "QuestionnaireResponse": 2, "Observation": 2, "Consent": 2, "Appointment": 1,
    }  # fmt: skip
    [appointment] = of_kind(bundle, "Appointment")
    assert (appointment["id"], appointment["status"], appointment["minutesDuration"]) == (str(visit.pk), "booked", 30)
    assert appointment["start"] == "2026-12-01T09:00:00-06:00"
    assert exported()[0]["entry"] == bundle["entry"]


def test_total_equals_the_score_and_points_to_its_answers(request_):
    full(request_)

    [bundle] = exported("--with-substance-use")

    answers = {found["questionnaire"].rsplit("/", 1)[-1]: found for found in of_kind(bundle, "QuestionnaireResponse")}
    totals = {found["code"]["coding"][0]["code"]: found for found in of_kind(bundle, "Observation")}
    assert totals["44261-6"]["valueInteger"] == score("PHQ-9", answers_of("phq-9", [1] * 8 + [2, 3])).total == 10
    assert totals["44261-6"]["derivedFrom"][0]["reference"] == f"urn:uuid:{answers['phq-9|1.0.0']['id']}"
    assert totals["75626-2"]["valueInteger"] == 4
    assert "LOINC is copyright" in totals["44261-6"]["note"][1]["text"]
    group = answers["phq-9|1.0.0"]["item"][0]
    assert [item["linkId"] for item in group["item"]][8] == "44260-8"
    assert group["item"][8]["answer"][0]["valueCoding"]["code"] == "LA6570-1"


def test_incomplete_score_says_why_and_never_gives_part_of_a_total(request_):
    full(request_)

    [bundle] = exported()

    gad = next(one for one in of_kind(bundle, "Observation") if one["code"]["coding"][0]["code"] == "70274-6")
    assert gad["dataAbsentReason"]["coding"][0]["code"] == "asked-declined"
    assert [name for name in gad if name.startswith("value") or name == "interpretation"] == []
    assert gad["note"][0]["text"] == "Incomplete: 6 of 7 items answered. No total."
    response = of_kind(bundle, "QuestionnaireResponse")[1]
    declined = [item for item in response["item"][0]["item"] if "extension" in item]
    assert [(item["linkId"], item["extension"]) for item in declined] == [
        ("69736-7", [{"url": DECLINED, "valueCode": "asked-declined"}])
    ]


def test_blank_items_are_unknown_and_not_declined(request_):
    sitting(request_, phq_9=[1] * 5)

    [bundle] = exported()

    assert of_kind(bundle, "Observation")[0]["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_substance_use_stays_out_unless_asked_for(request_):
    picks = [1 if question.options else None for question in questions(shipped("history"))]
    full(request_, medicines=medicines("Suboxone film", "Vitamin D"), history=picks)

    [without], [with_it] = exported(), exported("--with-substance-use")

    said = json.dumps(without)
    hidden = ("uboxone", "opioid", "AUDIT", "audit-c", "drug-1", "cannabis", "withdrawal", "drugs-month", "recovery")
    assert [word for word in hidden if word in said] == []
    assert [word for word in ("Vitamin D", "lithium", "allergies") if word not in said] == []
    assert [word for word in hidden if word not in json.dumps(with_it)] == []
    labels = {
        one["questionnaire"].split("|")[0].rsplit("/", 1)[-1]: one["meta"].get("security", [{}])[0].get("code")
        for one in of_kind(with_it, "QuestionnaireResponse")
    }
    assert labels == {
        "phq-9": None,
        "gad-7": None,
        "audit-c": "ETH",
        "drug-1": "ETH",
        "medicines": "ETH",
        "history": "ETH",
    }


def test_answers_to_needless_questions_are_not_exported(request_):
    answers = medicines("Vitamin D")
    answers["takes-medicines"]["answers"][0]["valueCoding"]["code"] = "no"
    sitting(request_, medicines=answers)

    assert "Vitamin D" not in json.dumps(exported())


def test_consent_in_force_is_the_newest_line_and_a_stop_denies(request_):
    with time_machine.travel(NOW, tick=False):
        consent.revoke(channel=Channel.SMS, address=str(request_.phone), source=Consent.Source.KEYWORD)

    [bundle] = exported()

    told = [
        (one["category"][0]["coding"][0]["code"], one["status"], one["provision"]["type"])
        for one in of_kind(bundle, "Consent")
    ]
    assert sorted(told) == [("email", "active", "permit"), ("sms", "active", "deny"), ("sms", "inactive", "permit")]


def test_two_people_with_one_number_keep_their_own_consents(request_):
    other = make_request(name="Robin Other", email="other@person.example")

    bundles = exported()

    assert sorted(len(of_kind(bundle, "Consent")) for bundle in bundles) == [2, 2]
    assert {of_kind(bundle, "Patient")[0]["id"] for bundle in bundles} == {
        str(request_.patient_id), str(other.patient_id),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [("completed", "fulfilled", None), ("no_show", "noshow", None), ("cancelled_by_clinic", "cancelled", "prov")],
)
def test_visit_says_how_it_ended(request_, status, said, reason):
    with time_machine.travel(NOW, tick=False):
        visit = booked(make_type([make_clinician()]), request_)
    Appointment.objects.filter(pk=visit.pk).update(status=status)

    [found] = of_kind(exported()[0], "Appointment")

    assert (found["status"], found.get("cancelationReason", {}).get("coding", [{}])[0].get("code")) == (said, reason)


def test_cancelled_by_the_patient_says_so(request_):
    with time_machine.travel(NOW, tick=False):
        cancel(appointment=booked(make_type([make_clinician()]), request_), source="web")

    [found] = of_kind(exported()[0], "Appointment")

    assert found["cancelationReason"]["coding"][0]["code"] == "pat"


def test_one_person_one_request_and_changes_since(request_):
    with time_machine.travel(at(9), tick=False):
        later = make_request(name="Robin Later", phone="+16125550177", email="later@person.example")

    whose = lambda *arguments: [of_kind(one, "Patient")[0]["name"][0]["text"] for one in exported(*arguments)]  # noqa: E731

    assert whose(f"--patient={request_.patient_id}") == ["Sam Example"]
    assert whose(f"--request={later.reference.lower()}") == ["Robin Later"]
    assert whose(f"--request={later.pk}") == ["Robin Later"]
    assert whose("--since=2026-12-01") == ["Robin Later"]
    assert whose("--since=2027-01-01") == []
    for wrong in (f"--patient={request_.pk}", "--request=NOPE", "--since=tomorrow"):
        with pytest.raises(CommandError):
            exported(wrong)


def test_booking_alone_counts_as_a_change(request_):
    with time_machine.travel(at(8), tick=False):
        booked(make_type([make_clinician()]), request_, start=at(11))

    assert len(exported("--since=2026-12-01")) == 1


def test_only_the_request_asked_for_is_exported(request_):
    again = make_request()
    full(request_)
    sitting(again, gad_7=[0] * 7)

    [bundle] = exported(f"--request={again.pk}")

    assert again.patient_id == request_.patient_id
    assert [one["questionnaire"].rsplit("/", 1)[-1] for one in of_kind(bundle, "QuestionnaireResponse")] == [
        "gad-7|1.0.0"
    ]


def test_date_of_birth_is_exported_when_it_is_known(request_):
    request_.patient.date_of_birth = dt.date(1980, 2, 3)
    request_.patient.save()

    assert of_kind(exported()[0], "Patient")[0]["birthDate"] == "1980-02-03"
