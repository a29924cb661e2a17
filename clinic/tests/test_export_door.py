import json
import stat

import pytest
import time_machine
from django.core.management import CommandError
from django.urls import reverse

from clinic.models import AccessEvent
from clinic.roles import Role
from clinic.tests.export_steps import exported, full
from clinic.tests.fhir_r4b import check
from intake.tests.factories import make_request
from intake.tests.safety_steps import clinician, staff
from scheduling.tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_():
    with time_machine.travel(NOW, tick=False):
        return make_request()


def test_file_is_for_its_owner_and_replaced_whole(request_, tmp_path, monkeypatch):
    path = tmp_path / "out.ndjson"

    exported(f"--output={path}")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text()
    assert len(kept.splitlines()) == 1

    def broken(*_arguments, **_options):
        yield {"resourceType": "Bundle"}
        raise RuntimeError("database gone")

    monkeypatch.setattr("scheduling.management.commands.export_fhir.bundles_since", broken)
    with pytest.raises(RuntimeError):
        exported(f"--output={path}")
    assert path.read_text() == kept
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(CommandError, match="cannot be written"):
        exported(f"--output={tmp_path}/none/out")


def test_every_export_is_written_down_before_it_is_made(request_, monkeypatch):
    monkeypatch.setattr("scheduling.records.export.intake_records", lambda *_a, **_k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        exported()

    event = AccessEvent.objects.get()
    assert (event.action, event.subject_ref) == ("export", f"intake.patient:{request_.patient_id}")


def test_many_people_cost_as_many_queries_as_few(request_, django_assert_max_num_queries):
    full(request_)

    def queries():
        with django_assert_max_num_queries(60) as seen:
            exported()
        return len(seen)

    one = queries()
    for number in range(4):
        full(make_request(name=f"P {number}", phone=f"+1612555030{number}", email=f"q{number}@x.example"))

    assert queries() == one + 4  # the line of the access log for each


def test_clinician_downloads_and_it_is_written_down_first(client, request_):
    full(request_)
    dana = clinician()
    client.force_login(dana)

    plain, whole = (
        client.post(reverse("review:fhir", args=[request_.pk]), typed) for typed in ({}, {"with_substance_use": "yes"})
    )

    for answer in (plain, whole):
        check(answer.json())
        assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/fhir+json", True)
    assert ["AUDIT-C" in json.dumps(answer.json()) for answer in (plain, whole)] == [False, True]
    events = AccessEvent.objects.filter(by=dana, action="export").order_by("id").values_list("reason", flat=True)
    assert list(events) == ["FHIR", "FHIR with substance use"]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.AUDITOR])
def test_others_do_not_download(client, request_, role):
    client.force_login(staff("robin", role))

    assert client.post(reverse("review:fhir", args=[request_.pk])).status_code == 403


def test_looking_at_the_address_exports_nothing(client, request_):
    client.force_login(clinician())

    assert client.get(reverse("review:fhir", args=[request_.pk])).status_code == 405
    assert client.post(reverse("review:fhir", args=[request_.patient_id])).status_code == 404
    assert AccessEvent.objects.filter(action="export").count() == 0
