import datetime as dt
import time
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from clinic.models import DeskTask
from notifications import consent, delivery, outbox
from notifications.models import Channel, Consent, InboundMessage, Message
from notifications.tests.factories import MAIL, PHONE, agreed, make_due, waiting
from notifications.tests.servers import Answer, FakeMail

State = Message.State
pytestmark = pytest.mark.django_db


def test_deliver_when_template_is_broken_ends_failed_and_others_flow(twilio):
    poison = waiting(kind="broken")
    good = waiting()
    for _try in range(3):
        make_due(poison)
        delivery.deliver(poison.pk)

    state = delivery.deliver(good.pk)

    poison.refresh_from_db()
    assert (poison.state, poison.error_code, poison.attempts) == ("failed", "template", 3)
    assert poison.reason == "Given up: The text cannot be written: TemplateSyntaxError"
    assert (state, len(twilio.requests)) == ("sent", 1)
    assert DeskTask.objects.get().title == "Did not arrive: Bug. Reach this person another way"


def test_twilio_429_waits_as_long_as_asked(twilio):
    message = waiting()
    twilio.script = [Answer(429, 20429, headers={"Retry-After": "7200"})]

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code, message.attempts) == ("queued", "20429", 1)
    assert message.not_before >= timezone.now() + dt.timedelta(seconds=7190)
    make_due(message)
    assert (delivery.deliver(message.pk), len(twilio.requests)) == ("sent", 2)


def test_twilio_21610_is_written_down_as_an_opt_out(twilio):
    message = waiting()
    twilio.script = [Answer(400, 21610)]

    state = delivery.deliver(message.pk)

    newest = Consent.objects.order_by("-id").first()
    assert state == "suppressed"
    assert (newest.status, newest.source, newest.evidence) == ("revoked", "provider", "21610")
    assert DeskTask.objects.get().kind == "opt_out"
    agreed()
    assert consent.may_contact(channel=Channel.SMS, address=PHONE).allowed is False


@pytest.mark.parametrize("code", [21211, 21614])
def test_twilio_permanent_refusal_is_final_and_the_desk_calls(twilio, code):
    message = waiting()
    twilio.script = [Answer(400, code)]

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code) == ("failed", str(code))
    assert DeskTask.objects.get().kind == "undelivered"


def test_failure_on_one_channel_opens_no_task_while_the_other_may_arrive(twilio, mail):
    agreed(Channel.EMAIL)
    agreed()
    with transaction.atomic():
        text, letter = outbox.enqueue_consented(
            kind="note",
            addresses=[(Channel.SMS, PHONE), (Channel.EMAIL, MAIL)],
            subject_ref="test.thing:1",
            occurrence="1",
            context={"word": "x"},
            useless_after=timezone.now() + dt.timedelta(days=1),
            answers_own_action=True,
        )
    twilio.script = [Answer(400, 21614)]
    mail.script = ["550 5.1.1 no such person"]

    delivery.deliver(text.pk)
    before = DeskTask.objects.count()
    delivery.deliver(letter.pk)

    assert (before, DeskTask.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "answer", [Answer(500, 20500, accept=True), Answer(drop=True, accept=True), Answer(delay=2.0, accept=True)]
)
def test_twilio_answer_lost_after_acceptance_is_reconciled_not_resent(twilio, answer):
    message = waiting()
    twilio.script = [answer]

    state = delivery.deliver(message.pk)
    untouched = delivery.reconcile(message.pk)
    make_due(message)
    found = delivery.reconcile(message.pk)

    message.refresh_from_db()
    assert (state, untouched, found) == ("unknown", "unknown", "sent")
    assert (len(twilio.requests), message.provider_id) == (1, twilio.messages[0]["sid"])


def test_twilio_answer_lost_before_acceptance_is_sent_again_after_asking(twilio):
    message = waiting()
    twilio.script = [Answer(500, 20500)]
    delivery.deliver(message.pk)
    make_due(message)

    state = delivery.reconcile(message.pk)
    again = delivery.deliver(message.pk)

    assert (state, again, len(twilio.requests), len(twilio.messages)) == ("queued", "sent", 2, 1)


def test_reconcile_when_the_list_cannot_be_read_keeps_asking(twilio):
    message = waiting()
    twilio.script = [Answer(500, 20500, accept=True)]
    delivery.deliver(message.pk)
    make_due(message)
    twilio.list_status = 503

    state = delivery.reconcile(message.pk)

    message.refresh_from_db()
    assert (state, len(twilio.requests)) == ("unknown", 1)
    assert message.lease_until > timezone.now() + dt.timedelta(minutes=4)


def test_reconcile_does_not_take_the_same_words_of_another_row_for_its_own(twilio):
    first = waiting(occurrence="1")
    delivery.deliver(first.pk)
    second = waiting(occurrence="2")
    twilio.script = [Answer(500, 20500)]
    delivery.deliver(second.pk)
    make_due(second)

    state = delivery.reconcile(second.pk)

    assert state == "queued"


def test_twilio_unreachable_tries_again_without_asking(twilio):
    message = waiting()
    twilio.stop()

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code) == ("queued", "unreachable")


def test_smtp_greylisting_tries_again(mail):
    message = waiting(Channel.EMAIL)
    mail.script = ["450 4.2.0 greylisted"]

    first = delivery.deliver(message.pk)
    make_due(message)
    second = delivery.deliver(message.pk)

    assert (first, second, len(mail.letters)) == ("queued", "sent", 1)


def test_smtp_550_is_final(mail):
    message = waiting(Channel.EMAIL)
    mail.script = ["550 5.1.1 no such person"]

    assert delivery.deliver(message.pk) == "failed"


@pytest.mark.parametrize("trouble", [FakeMail.DROP, FakeMail.STALL])
def test_smtp_answer_lost_sends_again_with_the_same_message_id(mail, trouble):
    message = waiting(Channel.EMAIL)
    mail.script = [trouble]

    first = delivery.deliver(message.pk)
    make_due(message)
    second = delivery.reconcile(message.pk)
    third = delivery.deliver(message.pk)

    assert (first, second, third) == ("unknown", "queued", "sent")
    assert {letter["Message-ID"] for letter in mail.letters} == {f"<{message.pk}@book.clinic.example>"}


def test_smtp_timeout_is_bounded(mail):
    message = waiting(Channel.EMAIL)
    mail.script = [FakeMail.STALL]
    began = time.monotonic()

    delivery.deliver(message.pk)

    assert time.monotonic() - began < 2.5


def test_deliver_gives_up_after_eight_tries(twilio):
    message = waiting(useless_after=timezone.now() + dt.timedelta(days=30))
    twilio.script = [Answer(429, 20429)] * 9
    for _try in range(9):
        make_due(message)
        delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.reason, len(twilio.requests)) == (
        "failed",
        "Given up: The provider refused the text",
        8,
    )


def test_dead_worker_before_its_try_leaves_a_row_that_goes_again(twilio):
    message = waiting()
    Message.objects.update(state=State.SENDING, lease_token=message.pk, lease_until=timezone.now())

    count = delivery.take_over_expired_leases(limit=10)

    message.refresh_from_db()
    assert (count, message.state, message.attempts) == (1, "queued", 1)


def test_deliver_unknown_id_is_harmless():
    assert delivery.deliver(uuid.uuid4()) == "absent"


def test_transport_bug_is_treated_as_an_answer_lost(twilio, monkeypatch):
    message = waiting()
    monkeypatch.setattr("notifications.transports.twilio_api.Client", None)

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code) == ("unknown", "bug")


def test_twilio_garbled_answer_is_ambiguous(twilio, monkeypatch):
    message = waiting()
    monkeypatch.setattr("notifications.tests.servers.twilio._message", lambda _form: {"sid": None, "to": PHONE})

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code) == ("unknown", "garbled")


def test_no_time_left_for_another_try_expires(twilio):
    message = waiting(useless_after=timezone.now() + dt.timedelta(seconds=20))
    twilio.script = [Answer(429, 20429)]

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.reason) == ("expired", "No time left: The provider refused the text")
    assert DeskTask.objects.get().kind == "undelivered"


def test_answer_that_stays_lost_for_a_day_goes_to_the_desk(twilio):
    message = waiting()
    twilio.script = [Answer(500, 20500)]
    delivery.deliver(message.pk)
    make_due(message)
    Message.objects.update(attempted_at=timezone.now() - dt.timedelta(hours=25))
    twilio.list_status = 500

    state = delivery.reconcile(message.pk)

    assert (state, len(twilio.requests)) == ("failed", 1)
    assert DeskTask.objects.get().kind == "undelivered"


def test_reply_to_stop_that_the_provider_gave_itself_opens_no_task(twilio):
    inbound = InboundMessage.objects.create(provider_id="SM1", address=PHONE, body="STOP", keyword="stop")
    with transaction.atomic():
        reply = outbox.enqueue_reply(
            kind="stop_reply", inbound=inbound, useless_after=timezone.now() + dt.timedelta(minutes=5)
        )
    twilio.script = [Answer(400, 21610)]

    state = delivery.deliver(reply.pk)

    assert (state, Consent.objects.count(), DeskTask.objects.count()) == ("suppressed", 0, 0)
