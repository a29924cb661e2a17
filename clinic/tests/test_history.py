"""Who changed what: a copy at each save, ciphertext as ciphertext, no way past it, and a page to read it."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from clinic.history import is_history
from clinic.models import ClinicProfile, OpeningHours, User
from clinic.roles import Role
from intake.models import Patient
from intake.tests.factories import make_request
from scheduling.models import AppointmentType
from scheduling.tests.factories import make_clinician, make_type

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
DESKS = ("clinic", "notifications", "intake", "scheduling")
TRACKED = {
    model.__name__ for model in apps.get_models() if hasattr(model, "history") and not is_history(model)
}  # fmt: skip
PAST = {"update", "bulk_update", "bulk_create", "update_or_create", "aupdate", "abulk_create", "abulk_update"}
ALLOWED = {
    "clinic/profile_defaults.py": "the first rows of an installation",
    "scheduling/records/merge.py": "a claim by conditional UPDATE; PatientMerge names who, when and why",
    "scheduling/records/seed_load.py": "made-up people by the thousand",
    "scheduling/records/seed_on_call.py": "the demo clinic",
    "scheduling/records/seed_roster.py": "the demo clinic",
    "scheduling/records/seed_rules.py": "the demo clinic",
}


@pytest.fixture
def manager(client):
    user = User.objects.create_user("manager@clinic.example")
    user.groups.add(Group.objects.get(name=Role.MANAGER))
    client.force_login(user)
    return user


def test_the_rows_that_staff_edit_are_kept():
    assert {
        "AppointmentType", "ClinicProfile", "Clinician", "CrisisLine", "Location", "OnCallShift", "OpeningHours",
        "Patient", "ScheduleException", "User", "WorkingHours",
    } == TRACKED  # fmt: skip


def test_encrypted_columns_are_kept_as_ciphertext_and_read_back():
    patient = make_request().patient
    patient.emergency_contact = "CANARYFRIEND"
    patient.save()

    with connection.cursor() as cursor:
        cursor.execute("SELECT emergency_contact FROM intake_historicalpatient WHERE emergency_contact IS NOT NULL")
        (raw,) = [row[0] for row in cursor.fetchall()]
    assert "CANARYFRIEND" not in str(raw)
    assert str(raw).startswith("k1.")
    assert patient.history.first().emergency_contact == "CANARYFRIEND"


def test_password_and_login_leave_no_copy(client):
    user = User.objects.create_user("new@clinic.example", "secret words of mine")
    copies = user.history.count()

    client.force_login(user)

    assert user.history.count() == copies
    assert {"password", "last_login"} & {field.name for field in user.history.model._meta.fields} == set()


def test_history_of_a_patient_says_who_changed_what_and_not_what_is_encrypted(client, manager):
    patient = make_request(name="Sam Example").patient
    change = f"/admin/intake/patient/{patient.pk}/change/"
    sent = {
        "name": "Sammy Example",
        "phone": "612-555-0142",
        "email": "",
        "language": "en",
        "date_of_birth": "1984-04-09",
    }

    assert client.post(change, sent).status_code == 302

    page = client.get(f"/admin/intake/patient/{patient.pk}/history/").content.decode()
    assert "Sam Example</bdi> → <bdi>Sammy Example" in page
    assert "kept encrypted" in page
    assert "1984" not in page
    assert manager.email in page
    assert "style=" not in page


def test_history_of_a_role_given_to_somebody_names_it(client, manager):
    user = User.objects.create_user("desk@clinic.example", first_name="Dee")
    user.groups.set(Group.objects.filter(name=Role.FRONT_DESK))
    user.groups.set(Group.objects.filter(name=Role.MANAGER))

    page = client.get(f"/admin/clinic/user/{user.pk}/history/").content.decode()

    assert "<bdi>Front desk</bdi> → <bdi>none</bdi>" in page
    assert "<bdi>none</bdi> → <bdi>Manager</bdi>" in page


def test_history_of_the_profile_shows_its_lines(client, manager):
    profile = ClinicProfile.current()
    profile.name = "Other name"
    profile.save()
    line = OpeningHours.objects.first()
    line.closes = "19:30"
    line.save()
    line.delete()
    page = client.get(f"/admin/clinic/clinicprofile/{profile.pk}/history/").content.decode()

    assert "Other name" in page
    assert "Changed: " in page


def test_history_of_an_appointment_type_names_its_clinicians(client, manager):
    kind = make_type()
    kind.clinicians.add(make_clinician("Dr. Kim"))

    page = client.get(f"/admin/scheduling/appointmenttype/{kind.pk}/history/").content.decode()

    assert "<bdi>none</bdi> → <bdi>Dr. Kim</bdi>" in page


def test_history_goes_with_the_person():
    patient = Patient.objects.create(name="Gone Tomorrow")
    patient.name = "Gone"
    patient.save()

    patient.delete()

    assert Patient.history.filter(id=patient.pk).count() == 0
    assert AppointmentType.history.count() == 0


def _names(node):
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _past_the_history(path):
    """Calls of `.update()` and `bulk_*` on a tracked model, named at once or through a variable of the function."""
    tree = ast.parse((ROOT / path).read_text())
    for scope in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        made_of = {
            target.id: _names(node.value)
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in PAST:
                roots = _names(call.func.value)
                if (roots | {name for root in roots for name in made_of.get(root, ())}) & TRACKED:
                    yield f"{path}:{call.lineno}"


def test_no_code_changes_these_rows_past_their_history():
    modules = [
        str(path.relative_to(ROOT))
        for desk in DESKS
        for path in (ROOT / desk).rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
    ]
    found = {path: list(_past_the_history(path)) for path in modules}

    assert {path: lines for path, lines in found.items() if lines and path not in ALLOWED} == {}, (
        "Save these rows one by one: a bulk change leaves no history."
    )
    assert {path for path in ALLOWED if not found[path]} == set()
