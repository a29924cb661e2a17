"""Alerts to staff: by each way, by call where that is switched on, and by the other way when one fails."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from twilio.request_validator import RequestValidator

from clinic.models import User
from notifications import bell, delivery, kinds, outbox, tasks
from notifications.errors import ResendError
from notifications.models import Channel, Message
from notifications.tests.factories import PHONE, agreed, make_due
from notifications.tests.servers import TOKEN, Answer

pytestmark = pytest.mark.django_db
ALERT = "test.alert"


@pytest.fixture(autouse=True)
def _alert(monkeypatch, settings):
    monkeypatch.setitem(
        kinds._kinds, ALERT, kinds.Kind(name=ALERT, label="Alert", template="safety_alert", basis="staff")
    )
    monkeypatch.setattr(bell, "ring", lambda _message_id: False)
    settings.TWILIO_VOICE_ALERTS = True


@pytest.fixture
def clinician():
    return User.objects.create_user("clinician@clinic.example")


def alert(user, addresses=((Channel.SMS, PHONE),), **fields):
    with transaction.atomic():
        return outbox.enqueue_staff(
            kind=ALERT, addresses=list(addresses), subject_ref="test.item:1", occurrence="1",
            context={"staff_link": "https://book.clinic.example/admin/"}, user=user,
            useless_after=timezone.now() + dt.timedelta(days=1), **fields,
        )  # fmt: skip


def test_number_on_call_is_called_too_and_hears_nothing_but_sign_in(twilio, clinician):
    text, call = alert(clinician)

    states = [delivery.deliver(row.pk) for row in (text, call)]

    assert (states, len(twilio.messages), len(twilio.calls)) == (["sent", "sent"], 1, 1)
    assert twilio.calls[0]["twiml"].count("<Say>A new intake needs attention. Please sign in.</Say>") == 2
    assert (twilio.calls[0]["to"], twilio.calls[0]["from"]) == (PHONE, "+15005550006")


def test_nobody_is_called_where_that_is_switched_off(clinician, settings):
    settings.TWILIO_VOICE_ALERTS = False

    assert [row.channel for row in alert(clinician)] == ["sms"]


def test_patients_are_never_called(clinician):
    line = agreed()
    (_text, call) = alert(clinician)

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=call.pk).update(basis="consent", consent=line, staff_user=None)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("initiated", "sent"),
        ("completed", "delivered"),
        ("busy", "undelivered"),
        ("no-answer", "undelivered"),
        ("failed", "failed"),
    ],
)
def test_what_became_of_a_call_is_written_down(client, twilio, clinician, status, state):
    _text, call = alert(clinician)
    delivery.deliver(call.pk)
    call.refresh_from_db()
    path = f"/webhooks/twilio/status/{call.pk}/"
    form = {"CallSid": call.provider_id, "CallStatus": status, "AccountSid": "AC0"}
    signature = RequestValidator(TOKEN).compute_signature(f"https://book.clinic.example{path}", form)

    answer = client.post(path, form, headers={"X-Twilio-Signature": signature})

    call.refresh_from_db()
    assert (answer.status_code, call.state) == (204, state)


@pytest.mark.parametrize("answer", [Answer(500, 20500, accept=True), Answer(drop=True, accept=True)])
def test_call_whose_answer_was_lost_is_looked_up_before_another(twilio, clinician, answer):
    _text, call = alert(clinician)
    twilio.script = [answer]
    delivery.deliver(call.pk)
    make_due(call)

    assert (delivery.reconcile(call.pk), len(twilio.calls)) == ("sent", 1)


def test_call_that_was_refused_is_not_tried_again(twilio, clinician):
    _text, call = alert(clinician)
    twilio.script = [Answer(400, 21211)]

    assert delivery.deliver(call.pk) == "failed"


def test_alert_that_fails_goes_by_the_other_way_once(twilio, mail, clinician, settings):
    settings.TWILIO_VOICE_ALERTS = False
    (row,) = alert(clinician, fallback=[(Channel.EMAIL, "clinician@clinic.example")])
    twilio.script = [Answer(400, 21211)]
    delivery.deliver(row.pk)

    for _time in range(2):
        tasks.sweep()

    assert mail.recipients == [["clinician@clinic.example"]]
    assert list(Message.objects.order_by("created_at").values_list("channel", "state")) == [
        ("sms", "failed"),
        ("email", "sent"),
    ]


def test_alert_that_is_late_goes_by_the_other_way(mail, clinician):
    (row, _call) = alert(clinician, fallback=[(Channel.EMAIL, "clinician@clinic.example")])
    Message.objects.update(state="unknown", created_at=timezone.now() - dt.timedelta(minutes=3))

    assert outbox.fall_back(limit=5) == 2
    assert Message.objects.filter(channel="email").count() == 1
    assert row.has_fallback is True


def test_alert_that_left_needs_no_other_way(twilio, clinician):
    (row, _call) = alert(clinician, fallback=[(Channel.EMAIL, "clinician@clinic.example")])
    delivery.deliver(row.pk)
    Message.objects.filter(pk=row.pk).update(created_at=timezone.now() - dt.timedelta(minutes=3))

    assert outbox.fall_back(limit=5) == 0


def test_other_way_is_taken_by_one_sweep_only(clinician):
    (row, _call) = alert(clinician, fallback=[(Channel.EMAIL, "clinician@clinic.example")])

    assert [outbox._fall_back(row), outbox._fall_back(row)] == [1, 0]
    assert Message.objects.filter(channel="email").count() == 1


def test_message_that_came_too_late_is_not_sent_again(clinician):
    (row, _call) = alert(clinician)
    row.state, row.useless_after = "failed", timezone.now()

    with pytest.raises(ResendError, match="too late"):
        outbox.send_again(row, key="k1")
