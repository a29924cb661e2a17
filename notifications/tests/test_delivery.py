import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from clinic.models import ClinicProfile, DeskTask
from notifications import consent, delivery, outbox
from notifications.models import Channel, Consent
from notifications.tests.factories import MAIL, PHONE, agreed, make_due, waiting
from notifications.tests.servers import Answer

pytestmark = pytest.mark.django_db


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
