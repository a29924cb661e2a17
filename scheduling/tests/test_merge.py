import datetime as dt
import uuid

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clinic import links
from clinic.history import is_history
from clinic.models import DeskTask, User
from clinic.tests.examples import examples
from intake.errors import MergeError
from intake.models import ConsultationRequest, Patient, PatientMerge, PossibleMatch, SafetyItem, Screening
from intake.safety import raise_item
from intake.selectors import patients_sharing
from intake.tests.factories import make_request
from scheduling.models import Appointment, WaitlistEntry
from scheduling.records.merge import merge_patients, named_by, undo_merge
from scheduling.tests.factories import another_request, at, make_clinician, make_type, make_visit

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


def snapshot():
    """Every row that could name a patient, whole, but when it was last written."""
    models = [*(model for model, _field in named_by()), PossibleMatch, DeskTask]
    return {
        (model._meta.label, row["id"]): {name: value for name, value in row.items() if name != "updated_at"}
        for model in models
        for row in model._default_manager.values()
    }


def test_every_column_that_names_a_patient_is_known():
    assert {f"{model._meta.label}.{field}" for model, field in named_by()} >= {
        "intake.ConsultationRequest.patient",
        "intake.Patient.merged_into",
        "intake.SafetyItem.patient",
        "intake.Screening.patient",
        "scheduling.Appointment.patient",
    }
    known = {(model, field) for model, field in named_by()}
    naming = {
        (model, field.name)
        for model in apps.get_models()
        if not is_history(model)
        for field in model._meta.concrete_fields
        if field.related_model is Patient and not field.unique
    }
    assert {one[0]._meta.label for one in naming - known} == {"intake.PossibleMatch", "intake.PatientMerge"}


def test_merge_moves_what_every_desk_has_and_undo_gives_it_back(manager, match):
    kept, absorbed = both(match)
    kind = make_type([clinician := make_clinician()])
    visit = make_visit(clinician, kind, at(14), request=match.request)
    sitting = Screening.objects.create(request=match.request, patient=absorbed)
    WaitlistEntry.objects.create(request=match.request, appointment_type=kind, asked_at=at(9))
    with transaction.atomic():
        item = raise_item(patient=absorbed, request=match.request, level=3, trigger="phq9-item9", detail="x")
    before = snapshot()

    merge = merge_patients(kept=kept, absorbed=absorbed, by=manager, reason=REASON)

    rows = [match.request, visit, sitting, item]
    for row in rows:
        row.refresh_from_db()
    assert {row.patient_id for row in rows} == {kept.pk}
    assert (item.state, Appointment.objects.get().status) == ("open", "booked")
    assert WaitlistEntry.objects.get().stopped_at is None
    assert PossibleMatch.objects.get().verdict == "same"

    undo_merge(merge=merge, by=manager)

    assert snapshot() == before
    assert (PatientMerge.objects.get().undone_by, PatientMerge.objects.get().undone_at) == (manager, at(12))


def test_private_links_go_on_explaining_themselves(client, manager, match):
    kind = make_type([clinician := make_clinician()])
    visit = make_visit(clinician, kind, at(14), request=match.request)
    paths = [links.path_for("visit", visit.pk), links.path_for("time", match.request_id)]
    shown = [client.get(path).status_code for path in paths]

    merge = merge_patients(kept=match.patient, absorbed=match.request.patient, by=manager, reason=REASON)
    after = [client.get(path).status_code for path in paths]
    undo_merge(merge=merge, by=manager)

    assert shown == after == [client.get(path).status_code for path in paths]


def test_what_comes_in_later_finds_the_kept_record(manager, match):
    kept, absorbed = both(match)
    merge = merge_patients(kept=kept, absorbed=absorbed, by=manager, reason=REASON)

    later = make_request(name="Robert Known", phone="", sms_consent=False, email="bob@person.example")
    with transaction.atomic():
        item = raise_item(patient=absorbed, request=match.request, level=3, trigger="late page", detail="x")

    assert patients_sharing(phone="", email="bob@person.example") == [kept]
    assert (later.patient, item.patient) == (kept, kept)
    undo_merge(merge=merge, by=manager)
    item.refresh_from_db()
    later.refresh_from_db()
    assert (item.patient, item.state, later.patient) == (absorbed, "open", kept)


def test_two_visits_at_once_cannot_become_one_persons(manager, match):
    kind = make_type(clinicians := [make_clinician(), make_clinician("Dr. Lee")])
    known = ConsultationRequest.objects.get(patient=match.patient)
    for clinician, request in zip(clinicians, (known, match.request), strict=True):
        make_visit(clinician, kind, at(14), request=request)
    before = snapshot()

    with pytest.raises(MergeError, match="visit at the same time"):
        merge_patients(kept=match.patient, absorbed=match.request.patient, by=manager, reason=REASON)

    assert snapshot() == before


@pytest.mark.parametrize("wrong", ["same", "no reason", "again"])
def test_merge_that_makes_no_sense_is_refused(manager, match, wrong):
    kept, absorbed = both(match)
    if wrong == "again":
        merge_patients(kept=kept, absorbed=absorbed, by=manager, reason=REASON)
    other = kept if wrong == "same" else absorbed

    with pytest.raises(MergeError):
        merge_patients(kept=kept, absorbed=other, by=manager, reason="  " if wrong == "no reason" else REASON)


def test_undo_ends_after_seven_days_and_waits_for_a_later_merge(manager, match):
    kept, absorbed = both(match)
    third = another_request(name="Third").patient
    first = merge_patients(kept=kept, absorbed=absorbed, by=manager, reason=REASON)
    second = merge_patients(kept=third, absorbed=kept, by=manager, reason=REASON)

    with pytest.raises(MergeError, match="Undo that one first"):
        undo_merge(merge=first, by=manager)
    assert Patient.objects.get(pk=absorbed.pk).merged_into == third
    undo_merge(merge=second, by=manager)
    assert Patient.objects.get(pk=absorbed.pk).merged_into == kept
    with pytest.raises(MergeError, match="seven days"):
        undo_merge(merge=first, by=manager, now=at(12) + dt.timedelta(days=7, seconds=1))
    undo_merge(merge=first, by=manager)
    assert undo_merge(merge=first, by=manager).undone_at == at(12)


class TestRandomHistories(TestCase):
    """Whatever two people have: merge, then undo, is as if nothing had been; nothing closes a safety item."""

    @settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.booleans(), st.sampled_from("rvsqw")), max_size=8), st.booleans())
    def test_merge_then_undo_restores_every_row(self, steps, swap):
        user = User.objects.create_user(f"{uuid.uuid4().hex}@clinic.example", "x")
        kind = make_type([clinician := make_clinician(hours=((dt.time(8), dt.time(20)),))])
        people = [another_request(name=f"Side {side}").patient for side in (1, 2)]
        for number, (side, what) in enumerate(steps):
            self.add(people[side], what, number, clinician, kind)
        kept, absorbed = reversed(people) if swap else people
        before = snapshot()
        open_items = SafetyItem.objects.exclude(state="closed").count()

        merge = merge_patients(kept=kept, absorbed=absorbed, by=user, reason=REASON)
        left = [model for model, field in named_by() if model._default_manager.filter(**{field: absorbed}).exists()]
        assert (left, SafetyItem.objects.exclude(state="closed").count()) == ([], open_items)
        undo_merge(merge=merge, by=user)

        assert snapshot() == before

    def add(self, patient, what, number, clinician, kind):
        request = another_request(name=f"Again {number}")
        ConsultationRequest.objects.filter(pk=request.pk).update(patient=patient)
        request.refresh_from_db()
        if what == "v":
            make_visit(clinician, kind, at(8) + dt.timedelta(days=1, hours=number), request=request)
        elif what == "s":
            with transaction.atomic():
                raise_item(patient=patient, request=request, level=3, trigger=f"rule {number}", detail="x")
        elif what == "q":
            Screening.objects.create(request=request, patient=patient)
        elif what == "w":
            WaitlistEntry.objects.create(request=request, appointment_type=kind, asked_at=at(9))
