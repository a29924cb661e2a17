"""Sparing a provider in trouble, and telling the desk what will not be sent."""

import datetime as dt
import time
import uuid

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic import roles, subjects
from clinic.models import ClinicProfile, DeskTask, RateBucket, User
from notifications import consent, delivery, outbox, pacing
from notifications.models import Channel, Message, ProviderHealth, SenderPace
from notifications.tests.factories import agreed, make_due, waiting
from notifications.tests.servers import Answer

pytestmark = pytest.mark.django_db
UNSENT = "/admin/desk/messages/"


@pytest.fixture
def desk(client):
    user = User.objects.create_user("desk@clinic.example", "x")
    user.groups.add(roles.Group.objects.get(name="Front desk"))
    client.force_login(user)
    return client


def tried(number, **fields):
    return [delivery.deliver(waiting(occurrence=f"{uuid.uuid4()}", **fields).pk) for _time in range(number)]


def test_breaker_opens_after_five_failures_and_spares_the_provider(twilio):
    twilio.script = [Answer(503, 20503)] * 5
    tried(5)

    row = waiting(occurrence="later")
    state = delivery.deliver(row.pk)

    row.refresh_from_db()
    assert (state, row.attempts, row.reason, len(twilio.requests)) == (
        "queued",
        0,
        "Waits: the provider is in trouble",
        5,
    )
    assert row.not_before > timezone.now() + dt.timedelta(seconds=20)
    assert DeskTask.objects.get(subject_ref="notifications.provider:trouble:sms").kind == "provider"
    assert tried(1, channel=Channel.EMAIL) == ["simulated"]  # the other channel goes on


def test_breaker_closes_with_the_first_message_taken(twilio):
    twilio.script = [Answer(503, 20503)] * 5
    tried(5)
    ProviderHealth.objects.update(open_until=timezone.now())

    assert tried(2) == ["sent", "sent"]
    assert ProviderHealth.objects.get().failures == 0


def test_breaker_opens_for_longer_each_time():
    now = timezone.now()
    pauses = []
    for _time in range(8):
        pacing.note_failure("sms", now=now)
        until = ProviderHealth.objects.get().open_until
        if until is not None:
            pauses.append((until - now).total_seconds())
            ProviderHealth.objects.update(open_until=None)

    assert [
        low <= pause <= high for pause, low, high in zip(pauses, (22, 45, 90, 180), (38, 75, 150, 300), strict=True)
    ] == ([True] * 4)


def test_retry_after_is_the_least_pause():
    now = timezone.now()
    for _time in range(5):
        pacing.note_failure("sms", now=now, retry_after=3600)

    assert pacing.open_until("sms", now=now) >= now + dt.timedelta(seconds=3600)


@pytest.mark.parametrize("answer", ["450 4.2.1 greylisted", "550 5.1.1 unknown"])
def test_refusal_of_one_address_is_not_the_providers_trouble(mail, answer):
    for number in range(6):
        mail.script = [answer]
        address = f"p{number}@patient.example"
        agreed(Channel.EMAIL, address)
        delivery.deliver(waiting(Channel.EMAIL, addresses=[(Channel.EMAIL, address)], occurrence=f"{number}").pk)

    assert ProviderHealth.objects.filter(failures__gt=0).count() == 0


def test_texts_keep_the_pace_of_the_number(twilio, settings):
    settings.TEXTS_PER_SECOND = 2  # and those of one second may leave together
    for _time in range(6):
        waiting(occurrence=f"{uuid.uuid4()}")
    now = timezone.now()

    with time_machine.travel(now, tick=False):
        taken = delivery.deliver_due(limit=6)

    waits = Message.objects.filter(state="queued", reason="Waits for its turn").order_by("not_before")
    assert (taken, len(twilio.requests), [round((row.not_before - now).total_seconds(), 3) for row in waits]) == (
        6,
        3,
        [1.5, 2.0, 2.5],
    )
    with time_machine.travel(now + dt.timedelta(seconds=2), tick=False):  # two have got their turn: no second line
        assert (delivery.deliver_due(limit=6), len(twilio.requests)) == (2, 5)


def test_turn_long_past_is_given_anew(twilio, settings):
    settings.TEXTS_PER_SECOND = 1
    now = timezone.now()
    for number in range(3):
        waiting(occurrence=f"{number}", not_before=now - dt.timedelta(minutes=5))
    Message.objects.update(reason="Waits for its turn")

    with time_machine.travel(now, tick=False):
        delivery.deliver_due(limit=3)

    assert (len(twilio.requests), Message.objects.filter(state="queued").count()) == (2, 1)


def test_long_line_of_texts_holds_up_no_email_and_no_alert(twilio, mail):
    text, letter = waiting(), waiting(Channel.EMAIL)
    staff = User.objects.create_user("d@clinic.example", "x")
    with transaction.atomic():
        (alert,) = outbox.enqueue_staff(
            kind="note", addresses=[(Channel.SMS, "+16125550177")], subject_ref="t:1", occurrence="1", user=staff,
            context={"word": "x", "link": ""}, useless_after=timezone.now() + dt.timedelta(hours=1),
        )  # fmt: skip
    SenderPace.objects.create(sender="+15005550006", free_at=time.time() + 60)

    delivery.answer_ring(text.pk)

    states = dict(Message.objects.values_list("pk", "state"))
    assert (states[text.pk], states[letter.pk], states[alert.pk]) == ("queued", "sent", "sent")
    text.refresh_from_db()
    assert text.not_before > timezone.now() + dt.timedelta(seconds=50)


def test_trouble_ends_the_batch_and_spares_the_rest(twilio, mail):
    for number in range(4):
        waiting(occurrence=f"{number}")
    letter = waiting(Channel.EMAIL)
    twilio.script = [Answer(503, 20503)]

    delivery.deliver_due(limit=5)

    letter.refresh_from_db()
    texts = Message.objects.filter(channel="sms")
    assert (len(twilio.requests), letter.state) == (1, "sent")
    assert sorted(texts.values_list("state", "attempts")) == [("queued", 0)] * 3 + [("unknown", 1)]
    delivery.deliver_due(limit=5)
    assert len(twilio.requests) == 4


def test_country_that_gets_no_texts_is_held_back(twilio):
    consent.grant(channel="sms", address="+4915112345678", wording="I agree", source="web_form")

    row = waiting(addresses=[(Channel.SMS, "+4915112345678")])
    state = delivery.deliver(row.pk)

    row.refresh_from_db()
    assert (state, row.reason, twilio.requests) == ("suppressed", "No texts go to this country", [])
    assert DeskTask.objects.get().kind == "provider"


def test_cap_of_the_day_holds_back_and_tells_the_desk(twilio, settings):
    settings.TEXTS_PER_DAY = 2

    states = tried(3)

    assert (states, len(twilio.requests)) == (["sent", "sent", "queued"], 2)
    assert "more than the most for one day" in DeskTask.objects.get().title
    RateBucket.objects.all().delete()  # the next day
    make_due(Message.objects.get(state="queued"))
    assert delivery.deliver(Message.objects.get(state="queued").pk) == "sent"


def test_call_task_of_the_next_visit_stands_first(twilio, monkeypatch):
    now = timezone.now()
    starts = {"1": now + dt.timedelta(days=9), "2": now + dt.timedelta(hours=2)}
    monkeypatch.setitem(subjects._whens, "test.visit", lambda pk: starts[pk])
    twilio.script = [Answer(400, 21211)] * 2

    for pk in starts:
        delivery.deliver(waiting(subject_ref=f"test.visit:{pk}").pk)

    tasks = DeskTask.objects.filter(kind="undelivered").order_by("due_at")
    assert [task.subject_ref for task in tasks] == ["test.visit:2", "test.visit:1"]
    assert tasks[0].due_at == starts["2"] - dt.timedelta(hours=1)


def test_page_says_what_will_not_be_sent_and_why(desk, twilio):
    twilio.script = [Answer(400, 21211)]
    failed = waiting(occurrence="failed")
    delivery.deliver(failed.pk)
    row = waiting(occurrence="stopped")
    consent.revoke(channel="sms", address=row.address, source="link")
    delivery.deliver(row.pk)

    html = desk.get(UNSENT).content.decode()

    assert "1 · Not sent: Consent withdrawn: Link in a message" in html
    assert "2 due, 0 sent, 0 delivered" in html
    assert "1 not sent: Consent withdrawn: Link in a message" in html
    assert html.count("Send it again") == 1
    narrowed = desk.get(UNSENT, {"state": "failed", "reason": "The provider refused the text"}).content.decode()
    assert (str(failed.pk) in narrowed, str(row.pk) in narrowed) == (True, False)


@pytest.mark.parametrize("odd", [{"state": "x"}, {"state": "failed", "reason": "x" * 500}, {"page": "x"}])
def test_page_takes_odd_addresses(desk, odd):
    assert desk.get(UNSENT, odd).status_code == 200


def test_page_reads_a_constant_number_of_queries(desk, twilio):
    counts = []
    for number in (1, 4):
        twilio.script = [Answer(400, 21211)] * number
        tried(number)
        desk.get(UNSENT)
        with CaptureQueriesContext(connection) as seen:
            desk.get(UNSENT)
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_sent_again_once_for_each_page_shown(desk, twilio):
    twilio.script = [Answer(400, 21211)]
    ClinicProfile.objects.update(quiet_from=dt.time(9), quiet_until=dt.time(9))
    row = waiting()
    delivery.deliver(row.pk)
    again = reverse("notifications:send_again", args=[row.pk])

    answers = [desk.post(again, {"key": "k1"}).status_code for _time in range(2)]

    fresh = Message.objects.exclude(pk=row.pk).get()
    assert (answers, delivery.deliver(fresh.pk)) == ([302, 302], "sent")


@pytest.mark.parametrize("state", ["unknown", "sent", "delivered", "suppressed", "expired"])
def test_only_what_failed_is_sent_again(desk, state):
    row = waiting()
    Message.objects.update(state=state)

    answer = desk.post(reverse("notifications:send_again", args=[row.pk]), {"key": "k1"}, follow=True)

    assert "is not sent again" in answer.content.decode()
    assert Message.objects.count() == 1


def test_sent_again_without_consent_is_suppressed(desk, twilio):
    twilio.script = [Answer(400, 21211)]
    row = waiting()
    delivery.deliver(row.pk)
    consent.revoke(channel="sms", address=row.address, source="staff")

    desk.post(reverse("notifications:send_again", args=[row.pk]), {"key": "k1"})

    assert delivery.deliver(Message.objects.exclude(pk=row.pk).get().pk) == "suppressed"
