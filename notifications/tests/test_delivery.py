import datetime as dt
import time
import uuid

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from clinic.models import ClinicProfile, DeskTask
from notifications import consent, delivery, outbox
from notifications.models import Channel, Consent, Message
from notifications.tests.factories import MAIL, PHONE, agreed, waiting
from notifications.tests.servers import Answer, FakeMail

State = Message.State
pytestmark = pytest.mark.django_db


def make_due(message):
    """Let the time pass until the next try."""
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    Message.objects.filter(pk=message.pk, lease_until__isnull=False).update(lease_until=timezone.now())


def test_deliver_text_sends_once_and_keeps_the_text(twilio):
    message = waiting()

    states = [delivery.deliver(message.pk), delivery.deliver(message.pk)]

    message.refresh_from_db()
    assert states == ["sent", "sent"]
    assert [request.form for request in twilio.requests] == [
        {
            "To": PHONE,
            "From": "+15005550006",
            "Body": "MKWI Care: note hello.",
            "StatusCallback": f"https://book.clinic.example/webhooks/twilio/status/{message.pk}/",
            "ValidityPeriod": "36000",
        }
    ]
    assert (message.body_text, message.provider_id, message.attempts, message.lease_token) == (
        "MKWI Care: note hello.",
        twilio.messages[0]["sid"],
        1,
        None,
    )
    assert message.sent_at is not None


def test_deliver_email_carries_text_html_invite_and_one_click(mail):
    message = waiting(
        Channel.EMAIL,
        attachments=[{"name": "visit.ics", "mime": "text/calendar; method=REQUEST", "text": "BEGIN:VCALENDAR"}],
    )

    state = delivery.deliver(message.pk)

    (letter,) = mail.letters
    plain, html, invite = [part for part in letter.walk() if not part.is_multipart()]
    unsubscribe = letter["List-Unsubscribe"].strip().strip("<>")
    assert state == "sent"
    assert mail.recipients == [[MAIL]]
    assert letter["Subject"] == "Note hello"
    assert letter["From"] == "MKWI Care <care@clinic.example>"
    assert letter["Message-ID"] == f"<{message.pk}@book.clinic.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unsubscribe.startswith("https://book.clinic.example/unsubscribe/")
    assert plain.get_payload(decode=True).decode().split() == ["MKWI", "Care", "note", "hello", unsubscribe]
    assert html.get_payload(decode=True).decode() == f"<p>MKWI Care <b>hello</b> {unsubscribe}</p>"
    assert (invite.get_content_type(), invite.get_param("method"), invite.get_filename()) == (
        "text/calendar",
        "REQUEST",
        "visit.ics",
    )
    message.refresh_from_db()
    assert unsubscribe not in message.body_text  # staff never see a live link


def test_deliver_without_provider_never_claims_to_have_sent():
    message = waiting()

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.sent_at, message.reason) == ("simulated", None, "No provider is set up")


def test_deliver_discreet_says_no_more_than_brand_and_phone(twilio):
    message = waiting(is_discreet=True)

    delivery.deliver(message.pk)

    assert twilio.requests[0].body == "MKWI Care: call us."


def test_deliver_name_with_emoji_stays_gsm7(twilio):
    message = waiting(context={"word": "Zoë \u201cS\u201d 🎉"})

    delivery.deliver(message.pk)

    assert twilio.requests[0].body == 'MKWI Care: note Zoe "S" .'


def test_deliver_when_consent_is_withdrawn_meanwhile_suppresses(twilio):
    message = waiting()
    consent.revoke(channel=Channel.SMS, address=PHONE, source=Consent.Source.STAFF)

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.reason, twilio.requests) == ("suppressed", "Consent withdrawn: Recorded by staff", [])


def test_deliver_when_too_late_expires_and_tells_the_desk(twilio):
    message = waiting(useless_after=timezone.now() - dt.timedelta(seconds=1))

    state = delivery.deliver(message.pk)

    assert (state, twilio.requests) == ("expired", [])
    assert list(DeskTask.objects.values_list("kind", "subject_ref")) == [("undelivered", "test.thing:1")]


def test_withdraw_takes_back_what_waits(twilio):
    message = waiting()
    with transaction.atomic():
        count = outbox.withdraw(subject_ref="test.thing:1", reason="The visit was moved")

    state = delivery.deliver(message.pk)

    assert (count, state, twilio.requests) == (1, "withdrawn", [])
    assert DeskTask.objects.count() == 0


def test_withdraw_while_a_try_fails_stops_the_next_try(twilio):
    message = waiting()
    twilio.script = [Answer(429, 20429)]
    delivery.deliver(message.pk)
    with transaction.atomic():
        outbox.withdraw(subject_ref="test.thing:1", kinds=["note"], reason="Moved")
    make_due(message)

    state = delivery.deliver(message.pk)

    assert (state, len(twilio.requests)) == ("withdrawn", 1)


@pytest.mark.parametrize(
    ("address", "now", "not_before"),
    [
        (PHONE, "2026-11-24T02:59:59Z", None),  # 20:59:59 in Minneapolis
        (PHONE, "2026-11-24T03:00:00Z", "2026-11-24T15:00:00Z"),  # 21:00 -> 09:00
        (PHONE, "2026-11-24T14:59:00Z", "2026-11-24T15:00:00Z"),
        (PHONE, "2026-11-01T05:30:00Z", "2026-11-01T15:00:00Z"),  # the night the clock goes back
        (PHONE, "2027-03-14T06:00:00Z", "2027-03-14T14:00:00Z"),  # the night it goes forward
        ("+12135550123", "2026-11-24T15:30:00Z", "2026-11-24T17:00:00Z"),  # Los Angeles
        ("+18005550123", "2026-11-24T15:30:00Z", None),  # toll-free has no zone: the clinic's
    ],
)
def test_deliver_in_quiet_hours_waits_for_the_morning_of_the_person(twilio, address, now, not_before):
    with time_machine.travel(now, tick=False):
        agreed(address=address)
        message = waiting(addresses=[(Channel.SMS, address)], answers_own_action=False)

        state = delivery.deliver(message.pk)

    message.refresh_from_db()
    if not_before is None:
        assert (state, len(twilio.requests)) == ("sent", 1)
    else:
        assert (state, twilio.requests, message.attempts) == ("queued", [], 0)
        assert message.not_before == dt.datetime.fromisoformat(not_before)


@pytest.mark.parametrize(("at_once", "state"), [(True, "sent"), (False, "queued")])
def test_answer_to_own_action_goes_at_night_when_the_clinic_says_so(twilio, at_once, state):
    ClinicProfile.current()
    ClinicProfile.objects.update(answers_at_once=at_once)
    with time_machine.travel("2026-11-24T06:00:00Z", tick=False):
        message = waiting(answers_own_action=True)

        assert delivery.deliver(message.pk) == state


def test_deliver_when_template_is_broken_ends_failed_and_others_flow(twilio):
    poison = waiting(kind="broken")
    good = waiting()
    for _try in range(3):
        make_due(poison)
        delivery.deliver(poison.pk)

    state = delivery.deliver(good.pk)

    poison.refresh_from_db()
    assert (poison.state, poison.error_code) == ("failed", "template")
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
