import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications import bell, consent, kinds, outbox, selectors
from notifications.errors import OutsideTransactionError, ResendError
from notifications.models import Channel, Consent, InboundMessage, Message
from notifications.tests.factories import MAIL, PHONE, agreed, waiting


def enqueue(**fields):
    return outbox.enqueue_consented(
        **{
            "kind": "note",
            "addresses": [(Channel.SMS, PHONE), (Channel.EMAIL, MAIL)],
            "subject_ref": "test.thing:1",
            "occurrence": "1",
            "context": {"word": "x"},
            "useless_after": timezone.now() + dt.timedelta(days=1),
            **fields,
        }
    )


def enqueue_staff(**fields):
    return outbox.enqueue_staff(
        **{
            "kind": "note",
            "addresses": [(Channel.EMAIL, "desk@clinic.example")],
            "subject_ref": "x:1",
            "occurrence": "1",
            "context": {},
            "useless_after": timezone.now() + dt.timedelta(days=1),
            **fields,
        }
    )


@pytest.mark.django_db(transaction=True)
def test_enqueue_and_withdraw_outside_a_transaction_are_refused():
    with pytest.raises(OutsideTransactionError):
        enqueue()
    with pytest.raises(OutsideTransactionError):
        outbox.withdraw(subject_ref="test.thing:1", reason="x")

    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_every_other_way_into_the_outbox_is_refused_outside_a_transaction():
    inbound = InboundMessage.objects.create(provider_id="SM1", address=PHONE, body="HELP", keyword="help")
    now = timezone.now()

    with pytest.raises(OutsideTransactionError):
        enqueue_staff()
    with pytest.raises(OutsideTransactionError):
        outbox.enqueue_reply(kind="note", inbound=inbound, useless_after=now + dt.timedelta(days=1))
    with pytest.raises(OutsideTransactionError):
        outbox.withdraw_due(before=now, until=now, reason="x")
    with pytest.raises(OutsideTransactionError):
        outbox.bring_back(subject_ref="test.thing:1", reason="x", since=now, key="k1")

    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_enqueue_passes_over_addresses_without_consent():
    line = agreed(Channel.EMAIL)

    rows = enqueue()

    assert [(row.channel, row.address, row.consent, row.basis) for row in rows] == [("email", MAIL, line, "consent")]


@pytest.mark.django_db
def test_who_stopped_messages_leaves_a_row_that_says_so_and_never_goes():
    agreed()
    consent.revoke(channel=Channel.SMS, address=PHONE, source=Consent.Source.KEYWORD)

    assert enqueue(addresses=[(Channel.SMS, PHONE)]) == []
    row = Message.objects.get()
    assert (row.state, row.settled_at is not None, row.reason) == ("suppressed", True, consent.STOPPED)


@pytest.mark.django_db
def test_reply_is_about_the_text_that_it_answers():
    text = InboundMessage.objects.create(provider_id="SM1", address=PHONE, body="HELP")

    row = outbox.enqueue_reply(kind="stop_reply", inbound=text, useless_after=timezone.now() + dt.timedelta(days=1))

    assert row.subject_ref == f"notifications.inbound:{text.pk}"


@pytest.mark.django_db
def test_enqueue_passes_over_ways_that_the_kind_does_not_travel():
    agreed()
    agreed(Channel.EMAIL)

    rows = enqueue(kind="broken")

    assert [row.channel for row in rows] == ["sms"]


@pytest.mark.django_db
def test_enqueue_twice_returns_the_row_that_stands():
    agreed()

    (first,) = enqueue()
    (second,) = enqueue(context={"word": "other"})

    assert (first.pk, Message.objects.get().context) == (second.pk, {"word": "x"})


@pytest.mark.django_db
def test_enqueue_next_occurrence_is_another_row():
    agreed()

    enqueue()
    enqueue(occurrence="2")

    assert Message.objects.count() == 2


@pytest.mark.django_db
def test_enqueue_unknown_kind_is_refused():
    agreed()

    with pytest.raises(kinds.UnknownKindError):
        enqueue(kind="nobody_made_this")


@pytest.mark.django_db
def test_message_without_basis_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            kind="note",
            channel="sms",
            address=PHONE,
            subject_ref="x:1",
            dedupe_key="x",
            basis="consent",
            not_before=timezone.now(),
            useless_after=timezone.now(),
        )


@pytest.mark.django_db
def test_enqueue_rings_after_commit_with_the_id_only(monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(
        bell.current_app, "send_task", lambda name, args, **_options: rung.append((name, args)), raising=False
    )
    agreed()

    with django_capture_on_commit_callbacks(execute=True):
        (row,) = enqueue()
        enqueue(occurrence="later", not_before=timezone.now() + dt.timedelta(hours=1))
        before = list(rung)

    assert (before, rung) == ([], [("notifications.deliver", [str(row.pk)])])


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OSError("disk full"), bell.OperationalError("refused")])
def test_broken_bell_keeps_the_row_and_stays_silent_for_a_while(monkeypatch, django_capture_on_commit_callbacks, error):
    tries = []

    def refuse(*_arguments, **_options):
        tries.append(1)
        raise error

    monkeypatch.setattr(bell.current_app, "send_task", refuse, raising=False)
    agreed()

    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            enqueue(occurrence=str(number))

    assert (len(tries), Message.objects.filter(state="queued").count()) == (1, 5)


@pytest.mark.django_db
def test_enqueue_staff_goes_to_each_address():
    rows = enqueue_staff(role="Front desk")

    assert [(row.basis, row.staff_role, row.address) for row in rows] == [
        ("staff", "Front desk", "desk@clinic.example")
    ]


@pytest.mark.django_db
def test_enqueue_staff_of_an_unknown_kind_is_refused():
    with pytest.raises(kinds.UnknownKindError):
        enqueue_staff(kind="nobody_made_this")


@pytest.mark.django_db
def test_message_is_not_sent_again_from_the_very_moment_it_is_useless():
    with time_machine.travel("2026-11-24T18:00:00Z", tick=False):
        row = waiting(useless_after=timezone.now())
        row.state = Message.State.FAILED

        with pytest.raises(ResendError, match="too late"):
            outbox.send_again(row, key="k1")


@pytest.mark.django_db
def test_end_of_a_pause_wakes_what_waited_for_it_and_counts_it():
    later = timezone.now() + dt.timedelta(hours=1)
    paused, other = waiting(not_before=later), waiting(occurrence="2", not_before=later)
    Message.objects.filter(pk=paused.pk).update(reason=consent.PAUSED)

    assert outbox.wake(address=PHONE) == 1

    paused.refresh_from_db()
    other.refresh_from_db()
    assert (paused.not_before <= timezone.now(), paused.reason, other.not_before) == (True, "", later)


@pytest.mark.django_db
def test_selectors_read_history_undelivered_and_age():
    now = timezone.now()
    row = waiting(not_before=now - dt.timedelta(minutes=5))
    waiting(occurrence="later", not_before=now + dt.timedelta(minutes=5))
    lost = waiting(Channel.EMAIL)
    Message.objects.filter(pk=lost.pk).update(state="failed")

    assert selectors.history_for("test.thing:1").count() == 3
    assert [message.pk for message in selectors.undelivered()] == [lost.pk]
    assert selectors.oldest_due_age(now) == dt.timedelta(minutes=5)
    Message.objects.filter(pk=row.pk).update(state="sent")
    assert selectors.oldest_due_age(now) is None
