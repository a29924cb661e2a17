"""Whom a clinician must call gets no letter but those about the visit they have booked."""

import pytest
import time_machine
from django.db import transaction

from intake import safety
from intake.messages import questions_sent
from intake.models import SafetyLevel, Screening
from intake.safety import Attempt, Disposition, raise_item
from intake.tests.safety_steps import clinician
from notifications import delivery
from notifications.models import Message
from scheduling import messages, reminder_messages, screening_messages
from scheduling.tests.factories import NOW, at, make_clinician, make_type
from scheduling.tests.visit_steps import booked
from scheduling.tests.waiting_steps import ask, offer
from scheduling.waiting.errors import CallFirstError

pytestmark = pytest.mark.django_db
WITHHELD = ("withdrawn", "Not now: a call comes first")


@pytest.fixture
def crew():
    return make_clinician()


@pytest.fixture
def visit(crew):
    with time_machine.travel(NOW, tick=False):
        made = booked(make_type([crew]), start=at(11))
        Message.objects.all().delete()
        yield made


def must_be_called(visit):
    return raise_item(patient=visit.patient, request=visit.request, level=SafetyLevel.URGENT, trigger="item9")


def sent(rows):
    for row in rows:
        delivery.deliver(row.pk)
    return set(Message.objects.filter(pk__in=[row.pk for row in rows]).values_list("state", "reason"))


def an_offer(visit):
    made = offer(ask(visit.request, visit.appointment_type), visit.clinician)
    return list(Message.objects.filter(subject_ref=f"scheduling.waitlistoffer:{made.pk}"))


def questions(visit):
    return questions_sent(Screening.objects.create(request=visit.request, patient=visit.patient))


LETTERS = {
    "offer": an_offer,
    "invitation": lambda visit: screening_messages.ask(visit, number=0),
    "reminder of questions": lambda visit: screening_messages.ask(visit, number=1),
    "missed": lambda visit: reminder_messages.visit_missed(visit, not_before=NOW),
    "questions": questions,
}


@pytest.mark.parametrize("name", LETTERS)
def test_letter_written_before_the_need_was_known_stays_here(visit, name):
    with transaction.atomic():
        rows = LETTERS[name](visit)
        must_be_called(visit)

    assert len(rows) == 2
    assert sent(rows) == {WITHHELD}


@pytest.mark.parametrize("name", LETTERS)
def test_letter_goes_once_the_item_is_closed(visit, name):
    dana = clinician()
    with transaction.atomic():
        rows = LETTERS[name](visit)
        item = must_be_called(visit)
    safety.acknowledge(item=item, by=dana)
    safety.record_attempt(item=item, by=dana, outcome=Attempt.REACHED)
    seen = item.events.latest("id").pk
    safety.close(item=item, by=dana, disposition=Disposition.SAFE, note="x", seen=seen)

    assert sent(rows) == {("simulated", "No provider is set up")}


def test_letters_about_the_visit_itself_still_go(visit):
    with transaction.atomic():
        must_be_called(visit)
        rows = messages.visit_booked(visit, answers_own_action=True)

    assert {state for state, _reason in sent(rows)} == {"simulated"}


def test_desk_cannot_offer_a_time_before_the_call(visit):
    entry = ask(visit.request, visit.appointment_type)
    must_be_called(visit)

    with pytest.raises(CallFirstError):
        offer(entry, visit.clinician)
    assert Message.objects.filter(kind="scheduling.offer").count() == 0
