import copy

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from clinic.roles import Role
from intake.demo import sign_demo_questionnaires
from intake.errors import DefinitionError, NotSignableError
from intake.models import Questionnaire
from intake.screening import definitions
from intake.screening.shipped import NAMES, everything_shipped, instrument_of, shipped
from intake.tests.screening.rule_steps import item_of
from intake.tests.screening_rows import make_staff


@pytest.fixture
def director(db):
    user = make_staff("director@clinic.example")
    user.groups.add(Group.objects.get(name=Role.MEDICAL_DIRECTOR.value))
    return user


def draft_of(instrument):
    return Questionnaire.objects.get(instrument=instrument, language="en", status="draft")


def sign(row, by):
    return definitions.sign(questionnaire_id=row.pk, digest=row.digest, by=by)


# --- Versions and signatures ------------------------------------------------------------------------------


def test_shipped_drafts_stand_after_migrate_and_none_is_in_use(db):
    found = set(Questionnaire.objects.values_list("instrument", "status"))

    assert found == {(instrument_of(shipped(name)), "draft") for name in NAMES}
    assert definitions.current("PHQ-9") is None
    assert definitions.install_drafts() == 0


def test_shipped_draft_that_nobody_touched_follows_the_product(db):
    Questionnaire.objects.filter(instrument="GAD-7").update(definition={}, digest="old")

    definitions.install_drafts()

    assert draft_of("GAD-7").definition == shipped("gad-7")


def test_director_signs_and_the_version_is_in_use(director):
    signed = sign(draft_of("PHQ-9"), director)

    assert definitions.current("PHQ-9") == signed
    assert (signed.status, signed.signed_by, signed.definition["status"]) == ("published", director, "active")
    assert signed.digest == definitions.digest_of(signed.definition)
    assert definitions.current("PHQ-9", "es") is None


def test_new_version_replaces_the_one_in_use_and_shows_what_changed(director):
    signed = sign(draft_of("STOP-ITEMS"), director)
    draft = definitions.new_draft(of=signed)
    assert definitions.new_draft(of=signed) == draft
    edited = copy.deepcopy(draft.definition)
    item_of(edited, "reaction")["text"] = "Have you ever reacted badly to ketamine?"
    definitions.change_draft(draft_id=draft.pk, definition=edited, change_note="Plainer")
    draft.refresh_from_db()

    lines = [line for line in definitions.changes(draft) if line[:1] in "+-"]
    assert draft.version.rpartition(".")[0] == signed.version.rpartition(".")[0]
    assert int(draft.version.rpartition(".")[2]) == int(signed.version.rpartition(".")[2]) + 1
    assert [line.strip("+- ") for line in lines] == [
        f'"version": "{signed.version}",',
        f'"version": "{draft.version}",',
        '"text": "Have you ever had an allergic or serious reaction to ketamine or esketamine?",',
        '"text": "Have you ever reacted badly to ketamine?",',
    ]
    sign(draft, director)
    signed.refresh_from_db()
    assert (signed.status, definitions.current("STOP-ITEMS")) == ("retired", draft)


def test_nobody_but_the_director_signs(db):
    clinician = make_staff()
    clinician.groups.add(Group.objects.get(name=Role.CLINICIAN.value))

    with pytest.raises(NotSignableError, match="Only the medical director"):
        sign(draft_of("PHQ-9"), clinician)


def test_what_changed_after_it_was_shown_is_not_signed(director):
    draft = draft_of("HISTORY")
    definitions.change_draft(draft_id=draft.pk, definition={**draft.definition, "title": "Other"}, change_note="")

    with pytest.raises(NotSignableError, match="changed since"):
        sign(draft, director)


def test_broken_draft_is_neither_signed_nor_kept(director):
    draft = draft_of("HISTORY")
    wrong = {**draft.definition, "item": []}
    with pytest.raises(DefinitionError, match="no items"):
        definitions.change_draft(draft_id=draft.pk, definition=wrong, change_note="")
    Questionnaire.objects.filter(pk=draft.pk).update(definition=wrong)

    with pytest.raises(DefinitionError, match="no items"):
        sign(draft, director)


def test_draft_cannot_take_a_version_that_is_here(director):
    signed = sign(draft_of("GAD-7"), director)
    draft = definitions.new_draft(of=signed)

    with pytest.raises(DefinitionError, match="already"):
        definitions.change_draft(
            draft_id=draft.pk, definition={**draft.definition, "version": signed.version}, change_note=""
        )


def test_signed_questionnaire_cannot_be_edited(director):
    signed = sign(draft_of("GAD-7"), director)
    definition = {**signed.definition, "version": "2"}

    with pytest.raises(NotSignableError, match="signed meanwhile"):
        definitions.change_draft(draft_id=signed.pk, definition=definition, change_note="")


def test_versions_without_numbers_get_one(director):
    row = draft_of("ASQ")
    definitions.change_draft(draft_id=row.pk, definition={**row.definition, "version": "May"}, change_note="")
    row.refresh_from_db()

    assert definitions.new_draft(of=sign(row, director)).version == "May.1"


def test_demo_signs_what_was_shipped_once(director):
    assert sign_demo_questionnaires(by=director) == len(everything_shipped())
    assert sign_demo_questionnaires(by=director) == 0
    assert Questionnaire.objects.filter(status="published", signed_at__lte=timezone.now()).count() == len(
        everything_shipped()
    )
