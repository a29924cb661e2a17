import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic.roles import Role
from intake import safety
from intake.errors import ItemMovedOnError, NewReasonError, NotAClinicianError, NotYetTriedError
from intake.models import SafetyEvent, SafetyItem, SafetyLevel, Screening
from intake.safety import Attempt, Disposition
from intake.safety.moves import MOVES
from intake.selectors import has_open_safety_item
from intake.tests.factories import make_request
from intake.tests.safety_steps import MONDAY, NIGHT, clinician, item_of, rounds, staff
from notifications.models import Message

pytestmark = pytest.mark.django_db
State = SafetyItem.State
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def dana():
    return clinician()


def kinds(item):
    return [kind for kind in item.events.values_list("kind", flat=True) if kind not in {"alerted", "alert_failed"}]


def last_seen(item):
    return item.events.latest("id").pk


def close(item, by, **changes):
    said = {"disposition": Disposition.SAFE, "note": "Safe, seen on Tuesday", "seen": last_seen(item)}
    return safety.close(item=item, by=by, **{**said, **changes})


def closed_item(by, **changes):
    item = safety.acknowledge(item=item_of(**changes), by=by)
    safety.record_attempt(item=item, by=by, outcome=Attempt.REACHED)
    return close(item, by)


def sitting_of(request, pack=Screening.Pack.PRE_VISIT):
    return Screening.objects.create(request=request, patient=request.patient, pack=pack, status="in_progress")


def test_item_lives_from_the_answer_to_a_disposition(dana):
    item = item_of()
    assert (item.state, item.contact_due_at, item.next_alert_at) == ("open", MONDAY + 60 * MINUTE, MONDAY + 15 * MINUTE)

    safety.acknowledge(item=item, by=dana, now=MONDAY + 4 * MINUTE)
    assert (item.state, item.owner, item.next_alert_at) == ("acknowledged", dana, MONDAY + 60 * MINUTE)

    safety.record_attempt(item=item, by=dana, outcome=Attempt.NO_ANSWER, now=MONDAY + 10 * MINUTE)
    assert item.contact_due_at == item.next_alert_at == MONDAY + 70 * MINUTE

    safety.record_attempt(item=item, by=dana, outcome=Attempt.REACHED, now=MONDAY + 20 * MINUTE)
    assert (item.contact_due_at, item.next_alert_at) == (None, MONDAY.replace(day=24, hour=9, minute=20))

    close(item, dana)
    assert (item.state, item.closed_by, item.disposition["outcome"]) == ("closed", dana, "safe")
    assert kinds(item) == ["raised", "acknowledged", "contact_attempt", "contact_attempt", "closed"]
    assert item.next_alert_at is None


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.AUDITOR])
def test_only_clinicians_take_try_hand_over_and_close(dana, role):
    other = staff("robin", role)
    item = item_of()
    with pytest.raises(NotAClinicianError):
        safety.acknowledge(item=item, by=other)
    safety.acknowledge(item=item, by=dana)

    for step in (
        lambda: safety.record_attempt(item=item, by=other, outcome=Attempt.REACHED),
        lambda: safety.hand_over(item=item, by=other, to=dana),
        lambda: safety.hand_over(item=item, by=dana, to=other),
        lambda: close(item, other),
    ):
        with pytest.raises(NotAClinicianError):
            step()
    assert item.state == "acknowledged"


def test_acknowledging_twice_is_fine_and_a_second_clinician_learns_who_was_first(dana):
    item = safety.acknowledge(item=item_of(), by=dana)

    safety.acknowledge(item=item, by=dana)

    with pytest.raises(ItemMovedOnError, match="Dana Test has acknowledged"):
        safety.acknowledge(item=item, by=clinician("lee"))
    assert kinds(item) == ["raised", "acknowledged"]


def test_close_needs_a_try_unless_it_was_raised_in_error(dana):
    item = safety.acknowledge(item=item_of(), by=dana)
    with pytest.raises(NotYetTriedError):
        close(item, dana)

    close(item, dana, disposition=Disposition.IN_ERROR, note="Test entry")

    assert item.state == "closed"


def test_close_of_what_nobody_took_is_refused(dana):
    with pytest.raises(ItemMovedOnError, match="Acknowledge it first"):
        close(item_of(), dana, disposition=Disposition.IN_ERROR)


def test_close_when_something_new_came_in_is_refused(dana):
    request = make_request()
    item = safety.acknowledge(item=item_of(request), by=dana)
    safety.record_attempt(item=item, by=dana, outcome=Attempt.REACHED)
    seen = last_seen(item)
    item_of(request, trigger="asq", level=SafetyLevel.URGENT_SAME_DAY)

    with pytest.raises(NewReasonError):
        close(item, dana, seen=seen)

    assert SafetyItem.objects.get().state != "closed"


def test_same_reason_twice_is_one_item_with_one_line():
    request = make_request()

    first, second = item_of(request), item_of(request)

    assert first == second
    assert kinds(first) == ["raised"]


def test_more_urgent_reason_makes_the_item_more_urgent_and_open_again(dana):
    request = make_request()
    item = safety.acknowledge(item=item_of(request), by=dana, now=MONDAY + MINUTE)
    alerts = Message.objects.count()

    same = item_of(request, level=SafetyLevel.EMERGENCY, trigger="asq-5", now=MONDAY + 5 * MINUTE)

    assert same == item
    assert (same.level, same.state, same.contact_due_at) == (3, "open", MONDAY + 20 * MINUTE)
    assert kinds(item) == ["raised", "acknowledged", "level_raised"]
    assert Message.objects.count() > alerts


def test_less_urgent_reason_never_makes_an_item_less_urgent():
    request = make_request()
    item_of(request, level=SafetyLevel.EMERGENCY, trigger="asq-5")

    item = item_of(request, level=SafetyLevel.URGENT_SAME_DAY, trigger="declined")

    assert (item.level, item.contact_due_at) == (3, MONDAY + 15 * MINUTE)
    assert kinds(item) == ["raised", "raised"]


@pytest.mark.parametrize(
    ("is_taken", "said_in", "state", "is_told"),
    [
        (True, "same", "acknowledged", False),
        (True, "another", "open", True),
        (True, "none", "open", True),  # a member of staff is worried
        (False, "another", "open", False),  # staff are being told already
    ],
)
def test_reason_no_more_urgent_opens_again_what_was_taken_unless_it_is_of_the_same_sitting(
    dana, is_taken, said_in, state, is_told
):
    request = make_request()
    sittings = {"same": sitting_of(request), "another": sitting_of(request, Screening.Pack.SECOND), "none": None}
    item = item_of(request, screening=sittings["same"])
    if is_taken:
        safety.acknowledge(item=item, by=dana, now=MONDAY + MINUTE)
    before = rounds(item)

    again = item_of(request, trigger="asq", screening=sittings[said_in], now=MONDAY + 5 * MINUTE)

    assert (again, again.state, rounds(item) > before) == (item, state, is_told)
    assert (kinds(item)[-1], again.trigger, again.contact_due_at) == ("raised", "phq9-item9", MONDAY + 60 * MINUTE)


@pytest.mark.parametrize(
    ("changes", "is_settled"),
    [
        ({}, True),
        ({"answered_at": MONDAY + 30 * MINUTE}, False),  # answered again after the item was closed
        ({"trigger": "asq"}, False),
    ],
)
def test_answer_that_a_clinician_has_settled_raises_nothing_when_its_page_is_sent_again(dana, changes, is_settled):
    request = make_request()
    said = {"screening": sitting_of(request), "answered_at": MONDAY}
    item = safety.acknowledge(item=item_of(request, **said), by=dana, now=MONDAY + MINUTE)
    close(item, dana, disposition=Disposition.IN_ERROR, now=MONDAY + 2 * MINUTE)

    again = item_of(request, now=MONDAY + 30 * MINUTE, **{**said, **changes})

    assert (again == item, again.state) == (is_settled, "closed" if is_settled else "open")


def test_new_reason_after_closing_opens_a_new_item(dana):
    request = make_request()
    closed = closed_item(dana, request=request)

    again = item_of(request)

    assert again != closed
    assert SafetyItem.objects.exclude(state="closed").get() == again


def test_open_item_is_told_by_the_selector_and_a_closed_one_is_not(dana):
    request = make_request()
    item = item_of(request)
    assert has_open_safety_item([request.patient_id]) == {request.patient_id}

    safety.acknowledge(item=item, by=dana)
    close(item, dana, disposition=Disposition.IN_ERROR)

    assert has_open_safety_item([request.patient_id]) == set()


def test_hand_over_waits_for_the_new_owner_and_goes_on_alerting(dana):
    lee = clinician("lee")
    item = safety.acknowledge(item=item_of(), by=dana)

    safety.hand_over(item=item, by=dana, to=lee, note="I leave", now=MONDAY + 30 * MINUTE)

    assert (item.state, item.owner, item.next_alert_at) == ("open", lee, MONDAY + 45 * MINUTE)
    assert Message.objects.filter(staff_user=lee, state="queued").count() == 1


def raw(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    ("start", "to"),
    [(start, to) for start in State for to in State if to != start and to not in MOVES[start]],
)
def test_database_refuses_every_move_the_table_does_not_allow(dana, start, to):
    item = item_of()
    if start != State.OPEN:
        safety.acknowledge(item=item, by=dana)
    if start == State.CLOSED:
        close(item, dana, disposition=Disposition.IN_ERROR)

    values = {"closed_at": MONDAY, "closed_by": dana, "disposition": "x", "acknowledged_at": MONDAY, "owner": dana}
    kept = values if to == State.CLOSED else {"closed_at": None, "closed_by": None, "disposition": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        SafetyItem.objects.filter(pk=item.pk).update(state=to, **kept)


def test_database_refuses_closing_without_a_disposition(dana):
    item = safety.acknowledge(item=item_of(), by=dana)

    with pytest.raises(IntegrityError), transaction.atomic():
        SafetyItem.objects.filter(pk=item.pk).update(state="closed", closed_at=MONDAY, closed_by=dana)


def test_database_refuses_removal_and_lowering_and_a_rewritten_history():
    item = item_of()
    for sql in (
        "DELETE FROM intake_safetyitem",
        "UPDATE intake_safetyitem SET level = 1",
        "UPDATE intake_safetyitem SET raised_at = '2020-01-01 00:00:00+00'",
        "UPDATE intake_safetyevent SET kind = 'closed'",
        "DELETE FROM intake_safetyevent",
    ):
        with pytest.raises(DatabaseError):
            raw(sql)
    assert SafetyItem.objects.get() == item


def test_raising_stands_or_falls_with_the_answer():
    request = make_request()
    before = Message.objects.count()

    with transaction.atomic():
        item_of(request)
        transaction.set_rollback(True)  # as when the saving of the answer breaks afterwards

    assert (SafetyItem.objects.count(), SafetyEvent.objects.count(), Message.objects.count()) == (0, 0, before)


def test_item_raised_at_night_alerts_at_once_and_again_from_opening(dana):
    item = item_of(now=NIGHT)

    assert Message.objects.filter(kind="intake.safety_alert", state="queued").exists() is True
    assert item.next_alert_at == NIGHT.replace(day=24, hour=8)


def test_hand_over_of_what_nobody_took_is_refused(dana):
    lee = clinician("lee")

    with pytest.raises(ItemMovedOnError):
        safety.hand_over(item=item_of(), by=dana, to=lee)
