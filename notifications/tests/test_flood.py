import datetime as dt

import pytest
import time_machine

from notifications import claims, delivery
from notifications.models import Message
from notifications.tests.factories import waiting

pytestmark = pytest.mark.django_db
State = Message.State


NOON = dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC)  # at the clinic: no quiet hours


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(claims, "ANSWERS_A_DAY", 2)
    with time_machine.travel(NOON):
        yield


def states(count, *, begin=0, **fields):
    return [delivery.deliver(waiting(occurrence=str(number), **fields).pk) for number in range(begin, begin + count)]


def test_number_that_strangers_book_and_cancel_for_gets_a_few_texts_a_day():
    found = states(3)

    assert found == [State.SIMULATED, State.SIMULATED, State.SUPPRESSED]
    assert Message.objects.latest("created_at").reason == "Too many messages to this address in one day"


def test_next_day_it_goes_on():
    states(2)

    with time_machine.travel(NOON + dt.timedelta(hours=25)):
        assert states(1, begin=2) == [State.SIMULATED]


def test_what_the_clinic_says_always_goes():
    states(3)

    assert states(3, begin=3, answers_own_action=False) == [State.SIMULATED] * 3
