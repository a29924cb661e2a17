import uuid

import pytest
from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from clinic.models import DeskTask
from notifications import consent, delivery, inbound
from notifications.models import Channel, Consent, DeliveryEvent, InboundMessage, Message
from notifications.tests.factories import PHONE, agreed, waiting
from notifications.tests.servers import TOKEN, Answer

pytestmark = pytest.mark.django_db
BASE = "https://book.clinic.example"
INBOUND = "/webhooks/twilio/inbound/"


@pytest.fixture(autouse=True)
def _token(settings):
    settings.TWILIO_AUTH_TOKEN = TOKEN


def status_path(message_id):
    return f"/webhooks/twilio/status/{message_id}/"


def call(path, form, *, signature=None, base=BASE):
    """POST as Twilio does, with a real signature, without cookies or a CSRF token."""
    signed = RequestValidator(TOKEN).compute_signature(f"{base}{path}", form)
    client = Client(enforce_csrf_checks=True)
    return client.post(path, form, headers={"X-Twilio-Signature": signed if signature is None else signature})


def news(message, status, sid="SM1", **more):
    return call(status_path(message.pk), {"MessageSid": sid, "MessageStatus": status, "RawDlrDoneDate": "1", **more})


def text(body, sid="SMin1", sender=PHONE):
    return call(INBOUND, {"MessageSid": sid, "From": sender, "To": "+15005550006", "Body": body, "NumMedia": "0"})


def state_of(message):
    message.refresh_from_db()
    return message.state


@pytest.fixture
def sent(twilio):
    message = waiting()
    delivery.deliver(message.pk)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("path", [status_path(uuid.UUID(int=7)), INBOUND])
@pytest.mark.parametrize(
    ("signature", "base"),
    [("", BASE), ("forged", BASE), (None, "https://evil.example"), (None, "http://book.clinic.example")],
)
def test_call_without_a_fitting_signature_is_refused(path, signature, base):
    response = call(path, {"MessageSid": "SM1", "MessageStatus": "delivered"}, signature=signature, base=base)

    assert (response.status_code, InboundMessage.objects.count()) == (403, 0)


def test_call_when_no_token_is_set_is_refused(settings):
    settings.TWILIO_AUTH_TOKEN = ""
    signed = RequestValidator("").compute_signature(f"{BASE}{INBOUND}", {"MessageSid": "SM1"})

    assert call(INBOUND, {"MessageSid": "SM1"}, signature=signed).status_code == 403


@pytest.mark.parametrize("path", [status_path(uuid.UUID(int=7)), INBOUND])
def test_get_changes_nothing(client, path):
    assert client.get(path).status_code == 405


def test_delivered_moves_the_row_on_and_is_kept_once(sent):
    answers = [news(sent, status, sent.provider_id).status_code for status in ("sent", "delivered", "delivered")]

    assert (answers, state_of(sent)) == ([204, 204, 204], "delivered")
    assert list(DeliveryEvent.objects.order_by("id").values_list("status", flat=True)) == ["sent", "delivered"]


@pytest.mark.parametrize("late", ["queued", "sent", "failed", "undelivered"])
def test_late_news_change_nothing(sent, late):
    news(sent, "delivered", sent.provider_id)

    response = news(sent, late, sent.provider_id)

    assert (response.status_code, state_of(sent)) == (204, "delivered")


def test_undelivered_opens_a_task(sent):
    news(sent, "undelivered", sent.provider_id, ErrorCode="30003")

    assert (state_of(sent), sent.error_code) == ("undelivered", "30003")
    assert DeskTask.objects.get().kind == "undelivered"


def test_opt_out_reported_late_is_written_down(sent):
    news(sent, "failed", sent.provider_id, ErrorCode="21610")

    assert consent.may_contact(channel=Channel.SMS, address=PHONE).allowed is False


def test_news_about_another_message_of_the_provider_do_not_move_the_row(sent):
    news(sent, "failed", "SMother")

    assert state_of(sent) == "sent"


def test_early_news_come_before_our_own_record(twilio, monkeypatch):
    message = waiting()
    record = delivery.results.record_accepted

    def callback_first(row, **answer):
        news(row, "delivered", twilio.messages[0]["sid"])
        record(row, **answer)

    monkeypatch.setattr(delivery.results, "record_accepted", callback_first)

    delivery.deliver(message.pk)

    assert (state_of(message), message.provider_id) == ("delivered", twilio.messages[0]["sid"])
    assert (message.sent_at is None, message.lease_until, message.lease_token) == (False, None, None)


def test_news_settle_a_row_whose_answer_was_lost(twilio):
    message = waiting()
    twilio.script = [Answer(500, 20500, accept=True)]
    delivery.deliver(message.pk)

    news(message, "sent", twilio.messages[0]["sid"])

    assert (state_of(message), message.provider_id) == ("sent", twilio.messages[0]["sid"])


def test_news_before_the_first_try_are_not_believed():
    message = waiting()

    assert (news(message, "delivered").status_code, state_of(message)) == (204, "queued")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": "", "MessageStatus": ""},
        {"MessageSid": "x" * 5000, "MessageStatus": "y" * 5000, "ErrorCode": "z" * 5000},
        {"MessageSid": "S\x00M", "MessageStatus": "deliv\x00ered"},
        {"MessageStatus": "brand-new-status"},
    ],
)
def test_odd_news_end_well(sent, form):
    assert call(status_path(sent.pk), form).status_code == 204


def test_unknown_id_ends_well():
    assert call(status_path(uuid.uuid4()), {"MessageSid": "SM1", "MessageStatus": "sent"}).status_code == 204


def test_stop_counts_at_once_and_gets_one_reply(twilio):
    agreed()
    row = waiting()

    response = text("Stop")
    text("STOP", sid="SMin2")

    reply = Message.objects.get(basis="required_reply")
    assert (response.status_code, response["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert response.content == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert delivery.deliver(row.pk) == "suppressed"
    assert (delivery.deliver(reply.pk), [request.body for request in twilio.requests]) == (
        "sent",
        ["MKWI Care: you are unsubscribed and will get no more texts. Reply START to resubscribe."],
    )
    assert list(DeskTask.objects.values_list("kind", "subject_ref")) == [("opt_out", "test.thing:1")] * 2


def test_inbound_repeated_is_taken_in_once():
    agreed()

    for _time in range(3):
        text("STOP")

    assert (InboundMessage.objects.count(), Consent.objects.filter(status="revoked").count()) == (1, 1)


def test_start_after_stop_opens_again():
    agreed()
    text("STOP")

    text("start", sid="SMin2")

    assert consent.may_contact(channel=Channel.SMS, address=PHONE).allowed is True
    assert list(Message.objects.order_by("created_at").values_list("kind", flat=True)) == ["stop_reply", "start_reply"]


def test_help_is_answered_without_consent(twilio):
    text("HELP")

    delivery.deliver(Message.objects.get().pk)

    assert twilio.requests[0].body == (
        "MKWI Care: for help call (612) 555-0100. Msg frequency varies. Msg & data rates may apply. "
        "Reply STOP to opt out."
    )


def test_yes_from_somebody_who_did_not_stop_waits_for_the_desk_that_asked():
    agreed()

    text("YES")

    assert (InboundMessage.objects.get().keyword, Message.objects.count(), DeskTask.objects.count()) == (
        "confirm",
        0,
        0,
    )


def test_other_text_is_laid_before_the_desk():
    text("I am late, emoji 🎉 \x00")

    task = DeskTask.objects.get()
    assert (task.kind, InboundMessage.objects.get().body) == ("inbound", "I am late, emoji 🎉 ")
    assert "late" not in task.title


@pytest.mark.parametrize("sender", ["", "72975", "Clinic", "x" * 500])
def test_text_from_no_phone_number_ends_well(sender):
    assert text("STOP", sender=sender).status_code == 200


def test_text_that_came_in_is_kept_encrypted():
    text = inbound.receive_text(provider_id="SM1", address="+16125550142", body="I cannot go on")

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM notifications_inboundmessage")
        [(stored,)] = cursor.fetchall()
    assert "cannot" not in stored
    assert InboundMessage.objects.get(pk=text.pk).body == "I cannot go on"
