"""C or YES from one phone confirms one visit; what is less clear is read by a person."""

import datetime as dt

import pytest
import time_machine

from clinic.models import DeskTask
from notifications import inbound
from notifications.models import InboundMessage, Message
from scheduling import reminders, replies
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, events_of, move

pytestmark = pytest.mark.django_db
PHONE = "+16125550142"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def kind():
    return make_type([make_clinician(hours=((dt.time(8), dt.time(18)),))])


def booked(kind, start, **asker):
    with time_machine.travel(NOW, tick=False):
        return book(kind, start, asker=another_request(**{"phone": PHONE, **asker}))


def came_in(body="C", *, at=NOW + MINUTE, read_at=None, phone=PHONE):
    with time_machine.travel(at, tick=False):
        inbound.receive_text(provider_id=f"SM{InboundMessage.objects.count()}", address=phone, body=body)
    with time_machine.travel(read_at or at + MINUTE, tick=False):
        return replies.read_confirmations()


def state_of(visit):
    return Appointment.objects.get(pk=visit.pk).status


def answers():
    return sorted(Message.objects.filter(kind="scheduling.confirmed").values_list("channel", "state"))


def tasks():
    return sorted(DeskTask.objects.filter(kind__in=("inbound", "opt_out")).values_list("kind", flat=True))


def test_c_confirms_the_visit_of_that_phone_and_is_answered(kind):
    visit = booked(kind, at(14))

    assert came_in() == 1

    assert (state_of(visit), events_of(visit), answers()) == ("confirmed", ["booked", "confirmed"], [("sms", "queued")])
    assert (visit.events.last().source, tasks()) == ("text", [])


def test_c_twice_is_one_confirmation_and_one_answer(kind):
    visit = booked(kind, at(14))

    came_in()
    came_in("C.", at=NOW + 5 * MINUTE)

    assert (events_of(visit), len(answers()), tasks()) == (["booked", "confirmed"], 1, [])


def test_new_time_can_be_confirmed_anew(kind):
    visit = booked(kind, at(14))
    came_in()
    with time_machine.travel(NOW + 5 * MINUTE, tick=False):
        move(visit, at(16), now=NOW + 5 * MINUTE)

    came_in(at=NOW + 6 * MINUTE)

    assert (state_of(visit), answers()) == ("confirmed", [("sms", "queued"), ("sms", "withdrawn")])


def test_yes_confirms_only_after_a_reminder(kind):
    visit = booked(kind, at(14))
    came_in("YES")
    assert (state_of(visit), tasks()) == ("booked", ["inbound"])

    with time_machine.travel(at(12), tick=False):
        reminders.remind()
        Message.objects.filter(kind="scheduling.reminder").update(state="sent")
    came_in("Yes!", at=at(12, 1))

    assert (state_of(visit), tasks()) == ("confirmed", ["inbound"])


def two_visits(kind):
    booked(kind, at(14))
    booked(kind, at(16), name="Somebody else")


def cancelled(kind):
    cancel(booked(kind, at(14)), source="staff")


def over(kind):
    booked(kind, at(9))
    Appointment.objects.update(starts_at=NOW - MINUTE, occupied_from=NOW - MINUTE)


@pytest.mark.parametrize("before", [lambda _kind: None, two_visits, cancelled, over])
def test_text_that_no_single_coming_visit_explains_is_read_by_a_person(kind, before):
    before(kind)

    assert (came_in(), came_in("C ", at=NOW + 3 * MINUTE)) == (0, 0)

    assert (tasks(), answers()) == (["inbound", "inbound"], [])
    assert not Appointment.objects.filter(status="confirmed").exists()


def test_yes_to_a_time_that_was_moved_meanwhile_confirms_nothing(kind):
    visit = booked(kind, at(14))
    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        move(visit, at(16), now=NOW + 2 * MINUTE)

    came_in(at=NOW + MINUTE, read_at=NOW + 3 * MINUTE)

    assert (state_of(visit), tasks()) == ("booked", ["inbound"])


def test_cancel_is_stop_the_visit_stays_and_the_desk_calls(kind):
    visit = booked(kind, at(14))

    came_in("CANCEL")

    assert (state_of(visit), tasks(), answers()) == ("booked", ["opt_out"], [])


def test_confirmation_of_a_phone_that_stopped_counts_and_is_not_answered(kind):
    visit = booked(kind, at(14))
    came_in("STOP")

    came_in("C", at=NOW + 3 * MINUTE)

    assert (state_of(visit), answers()) == ("confirmed", [("sms", "suppressed")])


def test_two_sweeps_read_a_text_once(kind):
    booked(kind, at(14))
    came_in()

    assert replies.read_confirmations() == 0


def test_trouble_with_one_text_leaves_it_and_does_not_stop_the_others(kind, monkeypatch):
    booked(kind, at(14))
    visit = booked(kind, at(16), phone="+16125550143")
    look = replies._meant

    def trouble(text):
        if text.address == PHONE:
            raise ValueError
        return look(text)

    monkeypatch.setattr(replies, "_meant", trouble)
    came_in()
    came_in(phone="+16125550143", at=NOW + 2 * MINUTE)

    assert (state_of(visit), len(inbound.unread_confirmations(limit=9))) == ("confirmed", 1)
