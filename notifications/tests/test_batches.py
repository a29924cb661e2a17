"""Many rows taken up together: each still stands alone."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from notifications import claims, consent, delivery, outbox
from notifications.models import Channel, Message
from notifications.tests.factories import agreed, waiting
from notifications.tests.servers import Answer

pytestmark = pytest.mark.django_db
State = Message.State


def pile(number, channel=Channel.EMAIL, **fields):
    rows = []
    for count in range(number):
        address = f"p{count}@patient.example" if channel == Channel.EMAIL else f"+1612555{count:04}"
        agreed(channel, address)
        rows.append(waiting(channel, addresses=[(channel, address)], subject_ref=f"test.thing:{count}", **fields))
    return rows


def states(rows):
    return [Message.objects.get(pk=row.pk).state for row in rows]


def test_ring_brings_what_waits_beside_and_a_late_ring_nothing(mail):
    rows = pile(3)

    delivery.answer_ring(rows[2].pk)
    delivery.answer_ring(rows[0].pk)

    assert states(rows) == [State.SENT] * 3
    assert [recipients[0] for recipients in mail.recipients] == [rows[2].address, rows[0].address, rows[1].address]


def test_one_line_serves_the_batch_and_a_refusal_opens_another(mail):
    rows = pile(4)
    mail.script = ["250 OK", "550 5.1.1 unknown"]

    delivery.deliver_due(limit=10)

    assert states(rows) == [State.SENT, State.FAILED, State.SENT, State.SENT]


def test_refusal_of_one_address_holds_up_nobody_else_of_the_same_ring(mail):
    rows = pile(3)
    mail.script = ["550 5.1.1 unknown"]

    delivery.answer_ring(rows[0].pk)

    assert states(rows) == [State.FAILED, State.SENT, State.SENT]


def test_consent_withdrawn_by_one_stops_one(mail):
    rows = pile(3)
    consent.revoke(channel=Channel.EMAIL, address=rows[1].address, source="link")

    delivery.deliver_due(limit=10)

    assert states(rows) == [State.SENT, State.SUPPRESSED, State.SENT]


def test_template_bug_and_bad_link_stop_one_each(mail, monkeypatch):
    good, bug, link = pile(3)
    Message.objects.filter(pk=bug.pk).update(kind="broken")
    strange = f"[[link:nowhere:{link.pk}]]"
    Message.objects.filter(pk=link.pk).update(body_text=strange)

    delivery.deliver_due(limit=10)

    assert states([good, bug, link]) == [State.SENT, State.QUEUED, State.QUEUED]
    assert Message.objects.get(pk=link.pk).error_code == "template"


def test_row_taken_back_while_the_batch_is_under_way_stays(mail, monkeypatch):
    first, second = pile(2)
    begin = claims.begin_try

    def withdrawn_meanwhile(claimed, *, now):
        if claimed.message.pk == second.pk:
            with transaction.atomic():
                outbox.withdraw(subject_ref=second.subject_ref, reason="The visit moved")
        return begin(claimed, now=now)

    monkeypatch.setattr(claims, "begin_try", withdrawn_meanwhile)

    delivery.deliver_due(limit=10)

    assert (states([first, second]), len(mail.letters)) == ([State.SENT, State.WITHDRAWN], 1)


def test_consent_withdrawn_while_the_batch_is_under_way_holds_for_what_has_not_left(mail, monkeypatch):
    first, second = pile(2)
    begin = claims.begin_try

    def stopped_meanwhile(claimed, *, now):
        if claimed.message.pk == second.pk:
            consent.revoke(channel=Channel.EMAIL, address=second.address, source="link")
        return begin(claimed, now=now)

    monkeypatch.setattr(claims, "begin_try", stopped_meanwhile)

    delivery.deliver_due(limit=10)

    assert (states([first, second]), len(mail.letters)) == ([State.SENT, State.SUPPRESSED], 1)


def test_row_whose_worker_died_is_taken_alone(twilio):
    rows = pile(3, Channel.SMS)
    Message.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(reason=claims.DIED, attempts=1)
    now = timezone.now()

    alone, _claims = claims.claim(first=rows[0].pk, more=5, now=now)
    calm, claimed = claims.claim(more=5, now=now)
    last, _claims = claims.claim(more=5, now=now)

    assert (alone, calm, last) == (1, 1, 1)
    assert [claim.message.pk for claim in claimed] == [rows[2].pk]


def test_worker_that_dies_in_a_batch_costs_its_neighbours_no_message(twilio):
    rows = pile(4, Channel.SMS)
    claims.claim(more=4, now=timezone.now())  # and then it was killed
    Message.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))

    delivery.take_over_expired_leases(limit=10)
    Message.objects.update(not_before=timezone.now())
    delivery.deliver_due(limit=10)

    assert states(rows) == [State.SENT] * 4


def test_cap_of_the_day_lets_part_of_a_batch_through(twilio, settings):
    settings.TEXTS_PER_DAY = 2
    rows = pile(4, Channel.SMS)

    delivery.deliver_due(limit=4)

    assert sorted(states(rows)) == [State.QUEUED] * 2 + [State.SENT] * 2


def test_answers_to_one_address_are_counted_within_the_batch(monkeypatch, twilio):
    monkeypatch.setattr(claims, "ANSWERS_A_DAY", 2)
    rows = [waiting(occurrence=str(number)) for number in range(3)]

    delivery.deliver_due(limit=3)

    assert sorted(states(rows)) == [State.SENT] * 2 + [State.SUPPRESSED]


def test_lost_answer_in_a_batch_is_asked_for_and_not_sent_twice(twilio):
    rows = pile(3, Channel.SMS)
    twilio.script = [Answer(500, 20500, accept=True)]

    delivery.deliver_due(limit=3)
    Message.objects.filter(state=State.UNKNOWN).update(lease_until=timezone.now())
    unknown = delivery.unanswered_ids(limit=5)
    for pk in unknown:
        delivery.reconcile(pk)
    delivery.deliver_due(limit=3)

    assert (len(unknown), states(rows), len(twilio.messages)) == (1, [State.SENT] * 3, 3)
