"""The medical director edits a draft, sees what changes, and signs; others read."""

import json

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from clinic.roles import Role
from intake.demo import sign_demo_questionnaires
from intake.models import Questionnaire
from intake.screening import definitions
from intake.screening.definition_text import text_of
from intake.tests.screening_rows import make_staff

pytestmark = pytest.mark.django_db


def log_in(client, role):
    user = make_staff()
    user.groups.add(Group.objects.get(name=role.value))
    client.force_login(user)
    return user


@pytest.fixture
def director(client):
    return log_in(client, Role.MEDICAL_DIRECTOR)


def address(name, row):
    return reverse(f"admin:intake_questionnaire_{name}", args=[row.pk])


def draft_of(instrument="GAD-7"):
    return Questionnaire.objects.get(instrument=instrument, language="en", status="draft")


def save(client, row, text, note="Why"):
    return client.post(address("change", row), {"definition": text, "change_note": note})


def test_list_shows_what_is_in_use_and_who_signed(client, director):
    sign_demo_questionnaires(by=director)

    page = client.get(reverse("admin:intake_questionnaire_changelist")).content.decode()

    assert page.count("In use") >= 9
    assert str(director) in page


def test_director_changes_a_draft(client, director):
    row = draft_of()
    text = text_of({**row.definition, "version": "2.0.0"})

    assert address("sign", row) in client.get(address("change", row)).content.decode()
    assert save(client, row, text).status_code == 302
    row.refresh_from_db()
    assert (row.version, row.change_note, row.definition["version"]) == ("2.0.0", "Why", "2.0.0")
    assert row.digest == definitions.digest_of(row.definition)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text.replace('"language": "en",', '"language": "en"', 1), "Line 7, column 3"),
        (lambda text: text.replace('"type": "choice"', '"type": "slider"', 1), "69725-0: the type slider"),
        (lambda _text: "[" * 100_000, "nested too deeply"),
        (lambda _text: "", "This field is required"),
    ],
    ids=["syntax", "type", "depth", "empty"],
)
def test_wrong_draft_is_not_kept_and_the_page_says_where(client, director, edit, said):
    row = draft_of()
    typed = edit(text_of(row.definition))

    page = save(client, row, typed)

    assert page.status_code == 200
    assert said in page.content.decode()
    assert page.context["adminform"].form["definition"].value() == typed
    row.refresh_from_db()
    assert row.change_note == definitions.SHIPPED_NOTE


def test_version_that_is_here_already_is_refused_beside_the_text(client, director):
    sign_demo_questionnaires(by=director)
    signed = definitions.current("GAD-7")
    draft = definitions.new_draft(of=signed)
    text = text_of({**draft.definition, "version": signed.version})

    assert "this version is here already" in save(client, draft, text).content.decode()


def test_draft_that_was_signed_meanwhile_is_not_changed(client, director):
    row = draft_of()
    page = text_of({**row.definition, "version": "2.0.0"})
    definitions.sign(questionnaire_id=row.pk, digest=row.digest, by=director)

    assert save(client, row, page).status_code == 403
    row.refresh_from_db()
    assert row.version == "1.0.0"


def test_sign_page_shows_changes_and_rules_and_the_button_signs_exactly_those(client, director):
    sign_demo_questionnaires(by=director)
    draft = definitions.new_draft(of=definitions.current("MEDICINES"))
    changed = json.loads(text_of(draft.definition).replace("Do not stop", "Never stop"))
    definitions.change_draft(draft_id=draft.pk, definition=changed, change_note="Clearer")

    page = client.get(address("sign", draft)).content.decode()

    assert "<del>-      &quot;text&quot;: &quot;Do not stop or skip" in page
    assert "<ins>+      &quot;text&quot;: &quot;Never stop or skip" in page
    assert "MAO inhibitor: blood pressure." in page
    assert "Clearer" in page
    draft.refresh_from_db()
    assert client.post(address("sign", draft), {"digest": draft.digest}).status_code == 302
    assert definitions.current("MEDICINES").version == draft.version


def test_stale_sign_page_signs_nothing(client, director):
    row = draft_of()

    answer = client.post(address("sign", row), {"digest": "old"}, follow=True)

    assert "changed since you opened it" in answer.content.decode()
    assert definitions.current("GAD-7") is None


def test_broken_draft_has_no_button_and_says_why(client, director):
    row = draft_of()
    Questionnaire.objects.filter(pk=row.pk).update(definition={**row.definition, "item": []})

    page = client.get(address("sign", row)).content.decode()

    assert "The questionnaire has no items." in page
    assert "Sign and put into use" not in page


def test_signed_version_is_read_and_leads_to_a_new_one(client, director):
    sign_demo_questionnaires(by=director)
    signed = definitions.current("GAD-7")

    page = client.get(address("change", signed)).content.decode()
    assert 'name="definition"' not in page
    assert "Feeling nervous, anxious or on edge" in page
    client.get(address("new", signed))
    assert Questionnaire.objects.filter(status="draft").count() == 0
    led = client.post(address("new", signed))
    assert led["Location"] == address("change", draft_of())


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.AUDITOR])
def test_other_roles_do_not_open_questionnaires(client, role):
    log_in(client, role)
    row = draft_of()

    assert client.get(address("change", row)).status_code == 403
    assert client.get(address("sign", row)).status_code == 403
    assert client.post(address("new", row)).status_code == 403


def test_clinician_reads_and_neither_edits_nor_signs(client):
    log_in(client, Role.CLINICIAN)
    row = draft_of()

    page = client.get(address("change", row)).content.decode()

    assert "Feeling nervous" in page
    assert 'name="definition"' not in page
    assert "Compare and sign" not in page
    assert client.get(address("sign", row)).status_code == 403
    assert client.post(address("sign", row), {"digest": row.digest}).status_code == 403
    assert definitions.current("GAD-7") is None
