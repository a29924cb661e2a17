"""What the database itself promises about questionnaires, answers, flags and safety items."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic.roles import Role
from intake.models import Flag, FlagLevel, Questionnaire, ResponseRevision, Review, SafetyEvent, SafetyItem, Screening
from intake.selectors import ScreeningState, screening_states
from intake.tests.factories import make_request
from intake.tests.screening_rows import (
    make_flag,
    make_questionnaire,
    make_response,
    make_safety_item,
    make_screening,
    make_staff,
)

pytestmark = pytest.mark.django_db


def refused(action, *args, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        action(*args, **values)


@pytest.mark.parametrize(
    "change",
    [
        {"definition": {"resourceType": "Questionnaire", "item": [1]}},
        {"title": "Other"},
        {"version": "9"},
        {"change_note": "quietly"},
        {"signed_at": timezone.now()},
        {"status": "draft", "signed_at": None, "signed_by": None},
    ],
    ids="-".join,
)
def test_signed_questionnaire_stays_as_it_is(change):
    signed = make_questionnaire()

    refused(Questionnaire.objects.filter(pk=signed.pk).update, **change)


def test_signed_questionnaire_can_be_retired_and_not_brought_back():
    rows = Questionnaire.objects.filter(pk=make_questionnaire().pk)

    assert rows.update(status="retired") == 1
    refused(rows.update, status="published")
    refused(rows.delete)


def test_draft_can_be_changed_and_removed():
    rows = Questionnaire.objects.filter(pk=make_questionnaire(signed=False).pk)

    assert rows.update(title="Other", definition={}) == 1
    assert rows.delete()[0] == 1


def test_unsigned_questionnaire_cannot_be_in_use():
    refused(make_questionnaire, signed=False, status="published")


def test_one_version_of_an_instrument_is_in_use():
    signed = make_questionnaire()

    refused(make_questionnaire, instrument=signed.instrument)


def test_answers_are_encrypted_at_rest_and_keep_zeros():
    response = make_response(answers={"q": {"answers": [0, False, ""], "texts": ["canary words"]}})

    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM intake_screeningresponse")
        raw = cursor.fetchone()[0]
    response.refresh_from_db()
    assert "canary" not in raw
    assert response.answers["q"]["answers"] == [0, False, ""]


def test_rule_and_reason_of_flags_and_safety_items_are_encrypted_at_rest():
    make_flag(code="canary-rule", content={"answer": "canary words"})
    make_safety_item(trigger="canary-trigger", detail="canary words")

    with connection.cursor() as cursor:
        cursor.execute("SELECT code, content FROM intake_flag")
        flag = cursor.fetchone()
        cursor.execute('SELECT "trigger", trigger_digest, detail FROM intake_safetyitem')
        item = cursor.fetchone()
    assert [text for text in (*flag, *item) if "canary" in text] == []


def test_saved_revisions_and_safety_events_only_grow():
    ResponseRevision.objects.create(response=make_response(), revision=1, answers={})
    SafetyEvent.objects.create(item=make_safety_item(), kind="raised")

    refused(ResponseRevision.objects.all().delete)
    refused(ResponseRevision.objects.all().update, revision=2)
    refused(SafetyEvent.objects.all().delete)
    refused(SafetyEvent.objects.all().update, kind="closed")


def test_flags_safety_items_answers_and_reviews_are_never_removed():
    flag = make_flag()
    make_safety_item()
    Review.objects.create(
        request=flag.screening.request, reviewed_by=make_staff(), at=timezone.now(), outcome="proceed"
    )

    for row in (flag, SafetyItem.objects.get(), Review.objects.get(), make_response()):
        refused(type(row).objects.filter(pk=row.pk).delete)


def test_same_reason_opens_one_item_until_it_is_closed():
    first = make_safety_item(trigger="same")

    refused(make_safety_item, screening=first.screening, trigger="same")
    rows = SafetyItem.objects.filter(pk=first.pk)
    rows.update(state="acknowledged", owner=make_staff(), acknowledged_at=timezone.now())
    rows.update(
        state="closed",
        closed_by=make_staff(),
        closed_at=timezone.now(),
        disposition="Spoke, safe plan",
    )
    assert make_safety_item(screening=first.screening, trigger="same").state == "open"


def test_safety_item_is_not_closed_without_a_disposition():
    item = make_safety_item(owner=make_staff(), acknowledged_at=timezone.now())
    rows = SafetyItem.objects.filter(pk=item.pk)

    refused(rows.update, state="closed")
    refused(rows.update, state="closed", closed_at=timezone.now(), closed_by=item.owner)


def test_only_clinicians_read_answers_and_the_desk_sees_that_a_call_is_needed():
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    def holders(codename):
        groups = Permission.objects.get(codename=codename, content_type__app_label="intake").group_set
        return set(groups.values_list("name", flat=True))

    clinical = {Role.CLINICIAN, Role.MEDICAL_DIRECTOR}
    for codename in ("view_screeningresponse", "view_responserevision", "view_flag", "view_safetyitem", "view_review"):
        assert holders(codename) == clinical
    assert holders("settle_safetyitem") == clinical
    assert holders("see_call_needed") == clinical | {Role.FRONT_DESK, Role.MANAGER}
    assert holders("change_questionnaire") == {Role.MEDICAL_DIRECTOR}


def test_screening_states_say_how_far_and_how_urgent():
    quiet, answered = make_request(), make_request(phone="+16125550177", email="other@person.example", name="Ann")
    make_screening(request=answered, pack="second", status="waived", waived_by=make_staff())
    response = make_response(screening=make_screening(request=answered, status="in_progress"))
    make_flag(response=response, level=FlagLevel.REVIEW_STOP)
    make_flag(response=response, level=FlagLevel.EMERGENCY, is_live=False, superseded_at=timezone.now())
    make_safety_item(screening=response.screening)
    Review.objects.create(request=answered, reviewed_by=make_staff(), at=timezone.now(), outcome="move")

    assert screening_states([quiet.pk, answered.pk]) == {
        quiet.pk: ScreeningState(),
        answered.pk: ScreeningState(
            status="in_progress", highest_level=FlagLevel.REVIEW_STOP, call_needed=True, review_outcome="move"
        ),
    }


@pytest.mark.parametrize("count", [1, 3])
def test_screening_states_cost_the_same_for_many(django_assert_num_queries, count):
    ids = [make_screening(request=make_request(phone=f"+1612555010{n}", name=f"P{n}")).request_id for n in range(count)]

    with django_assert_num_queries(4):
        screening_states(ids)


def test_screening_states_of_nothing_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert screening_states([]) == {}


def test_one_open_sitting_of_a_pack_per_request():
    first = make_screening()

    refused(make_screening, request=first.request)
    Screening.objects.filter(pk=first.pk).update(status="completed", completed_at=timezone.now())
    assert make_screening(request=first.request).status == "invited"
    assert Flag.objects.count() == 0
