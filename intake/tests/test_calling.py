import datetime as dt
import uuid

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from clinic.models import DeskTask, User
from intake.calling import (
    CLAIM_LASTS,
    OUT_OF_REACH,
    claim,
    close_after_calls,
    live_claims,
    record_call,
    release,
    send_tried_to_call,
)
from intake.errors import ClaimedError, TooFewCallsError
from intake.models import ContactAttempt
from intake.services import close_request
from intake.tests.factories import make_request

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 30, 15, 0, tzinfo=dt.UTC)
Outcome = ContactAttempt.Outcome


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ann():
    return User.objects.create_user("ann@clinic.example", "x")


@pytest.fixture
def ben():
    return User.objects.create_user("ben@clinic.example", "x")


@pytest.fixture
def request_():
    return make_request()


def call(request, by, outcome=Outcome.NO_ANSWER, **changes):
    return record_call(request=request, by=by, outcome=outcome, **{"call_key": uuid.uuid4(), **changes})


def open_calls():
    return list(DeskTask.objects.filter(kind="call_back", closed_at=None).values_list("due_at", flat=True))


def test_second_of_two_hears_who_has_the_person(ann, ben, request_):
    claim(patient=request_.patient, by=ann)

    with pytest.raises(ClaimedError, match=f"{ann} has taken Sam Example"):
        claim(patient=request_.patient, by=ben)

    assert live_claims([request_.patient_id], now=NOW)[request_.patient_id].held_by == ann


def test_claim_ends_by_the_clock_or_when_given_back(ann, ben, request_, clock):
    claim(patient=request_.patient, by=ann)
    clock.shift(CLAIM_LASTS)
    assert live_claims([request_.patient_id], now=NOW + CLAIM_LASTS) == {}
    assert claim(patient=request_.patient, by=ben).held_by == ben

    assert not release(patient=request_.patient, by=ann)
    assert release(patient=request_.patient, by=ben)
    assert claim(patient=request_.patient, by=ann).held_by == ann


def test_own_claim_begins_anew(ann, request_, clock):
    claim(patient=request_.patient, by=ann)
    clock.shift(60)

    assert claim(patient=request_.patient, by=ann).held_until == NOW + dt.timedelta(seconds=60) + CLAIM_LASTS


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.VOICEMAIL])
def test_nobody_reached_leads_to_the_next_call(ann, request_, outcome):
    attempt = call(request_, ann, outcome)

    assert attempt.next_call_at is not None
    assert open_calls() == [attempt.next_call_at]


def test_agreed_time_of_the_next_call_takes_the_place_of_the_earlier_one(ann, request_):
    agreed = NOW + dt.timedelta(days=2)
    call(request_, ann)
    call(request_, ann, Outcome.REACHED, next_call_at=agreed)

    assert open_calls() == [agreed]


@pytest.mark.parametrize("outcome", [Outcome.REACHED, Outcome.WRONG_NUMBER])
def test_reached_and_wrong_number_end_the_calls(ann, request_, outcome):
    call(request_, ann)
    call(request_, ann, outcome)

    assert open_calls() == []


def test_same_page_sent_twice_is_one_call(ann, request_):
    key = uuid.uuid4()

    first, second = (call(request_, ann, call_key=key) for _time in range(2))

    assert (first, ContactAttempt.objects.count(), len(open_calls())) == (second, 1, 1)


def test_call_about_a_request_that_was_closed_meanwhile_is_kept_without_a_next_one(ann, ben, request_):
    close_request(request=request_, reason="Sent twice", by=ben)

    call(request_, ann)

    assert (ContactAttempt.objects.count(), open_calls()) == (1, [])


def test_call_gives_the_person_back(ann, request_):
    claim(patient=request_.patient, by=ann)
    call(request_, ann)

    assert live_claims([request_.patient_id], now=NOW) == {}


def test_out_of_reach_takes_three_calls(ann, request_):
    for _time in range(2):
        call(request_, ann)
    call(request_, ann, Outcome.REACHED)
    with pytest.raises(TooFewCallsError, match="2 are written down"):
        close_after_calls(request=request_, reason=OUT_OF_REACH, by=ann)
    call(request_, ann)

    closed = close_after_calls(request=request_, reason=OUT_OF_REACH, by=ann)

    assert (closed.status, closed.close_reason, open_calls()) == ("closed", OUT_OF_REACH, [])


def test_text_goes_where_they_agreed_and_once_a_day(ann, request_, clock):
    send_tried_to_call(request=request_)
    (row,) = send_tried_to_call(request=request_)
    clock.shift(dt.timedelta(days=1))
    (tomorrow,) = send_tried_to_call(request=request_)

    assert (row.channel, row.address, row != tomorrow) == ("sms", str(request_.phone), True)
    assert send_tried_to_call(request=make_request(phone="+16125550155", sms_consent=False)) == []


@pytest.mark.parametrize(
    "sql", ["UPDATE intake_contactattempt SET outcome = 'reached'", "DELETE FROM intake_contactattempt"]
)
def test_calls_are_never_rewritten(ann, request_, sql):
    call(request_, ann)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
