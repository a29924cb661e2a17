"""Texts that no keyword explains: a person reads them, decides, answers."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction

from clinic.models import DeskTask
from notifications import consent, delivery, outbox
from notifications.models import Channel, Consent, Message
from notifications.tests.factories import MAIL, PHONE, agreed, waiting
from notifications.tests.inbox_steps import NOON, REF, act, at_desk, came, page
from notifications.tests.servers import FakeMail

pytestmark = pytest.mark.django_db
UNCLEAR = "Who is this?"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def desk(client):
    return at_desk(client)


def may_text(address=PHONE, channel=Channel.SMS):
    return consent.may_contact(channel=channel, address=address)


def ledger():
    return list(Consent.objects.order_by("id").values_list("channel", "status", "source"))


def test_unclear_wording_pauses_the_number_and_is_decided_the_same_day(twilio):
    row = waiting()

    text = came(UNCLEAR)

    row_state = delivery.deliver(row.pk)
    row.refresh_from_db()
    task = DeskTask.objects.get()
    assert (row_state, row.reason, twilio.requests) == ("queued", consent.PAUSED, [])
    assert (text.needs, task.kind) == ("deciding", "inbound")
    assert task.due_at.astimezone(dt.timezone(dt.timedelta(hours=-6))).date() == dt.date(2026, 11, 24)
    assert ledger()[-1] == ("sms", "paused", "keyword")


def test_what_is_written_while_paused_waits_too():
    agreed()
    came(UNCLEAR)

    assert delivery.deliver(waiting(occurrence="new").pk) == "queued"


def test_decided_to_go_on_what_waited_goes(desk, twilio):
    row = waiting()
    text = came(UNCLEAR)
    delivery.deliver(row.pk)

    answer = act(desk, text, "continue")

    text.refresh_from_db()
    assert (answer.status_code, delivery.deliver(row.pk)) == (302, "sent")
    assert (text.outcome, text.closed_by, DeskTask.objects.get().closed_by) == ("continue", desk.user, desk.user)
    assert ledger()[-1] == ("sms", "resumed", "staff")


@pytest.mark.parametrize(("minutes", "replies"), [(4, 1), (6, 0)])
def test_decided_to_stop_within_five_minutes_is_confirmed_once(desk, minutes, replies):
    row = waiting()
    text = came(UNCLEAR)

    with time_machine.travel(NOON + dt.timedelta(minutes=minutes), tick=False):
        act(desk, text, "stop")
        act(desk, text, "stop")
        state = delivery.deliver(row.pk)

    assert (may_text().allowed, Message.objects.filter(kind="stop_reply").count()) == (False, replies)
    assert (state, Consent.objects.filter(status="revoked").values_list("actor", flat=True)[0]) == (
        "suppressed",
        desk.user.pk,
    )


def test_block_closes_every_channel_of_that_person(desk):
    agreed(subject_ref=REF)
    agreed(Channel.EMAIL, subject_ref=REF)
    text = came(UNCLEAR)
    form = desk.get(page(text)).content.decode()

    act(desk, text, "block", blocked=[f"email:{MAIL}"])
    agreed()  # a box ticked again does not lift it

    assert f'name="blocked" value="email:{MAIL}" checked' in form
    assert [may_text().reason, may_text(MAIL, Channel.EMAIL).reason] == [consent.BLOCKED] * 2
    assert sorted(ledger()[3:5]) == [("email", "blocked", "staff"), ("sms", "blocked", "staff")]
    act(desk, text, "lift")
    assert (may_text().allowed, may_text(MAIL, Channel.EMAIL).allowed) == (True, True)


def test_block_closes_another_channel_to_the_same_number(desk):
    agreed(subject_ref=REF)
    agreed(Channel.VOICE, subject_ref=REF)
    text = came(UNCLEAR)
    form = desk.get(page(text)).content.decode()

    act(desk, text, "block", blocked=[f"voice:{PHONE}"])

    assert f'name="blocked" value="voice:{PHONE}" checked' in form
    assert f'value="sms:{PHONE}"' not in form  # is closed without being ticked
    assert [may_text().reason, may_text(channel=Channel.VOICE).reason] == [consent.BLOCKED] * 2
    act(desk, text, "lift")
    assert (may_text().allowed, may_text(channel=Channel.VOICE).allowed) == (True, True)


def test_start_from_the_phone_ends_a_block(desk):
    agreed()
    act(desk, came(UNCLEAR), "block")

    came("START", "SM2")

    assert may_text().allowed is True


def test_other_addresses_at_a_shared_number_are_not_ticked(desk):
    agreed(subject_ref=REF)
    agreed(Channel.EMAIL, subject_ref=REF)
    agreed(subject_ref="intake.request:2")
    text = came(UNCLEAR)

    html = desk.get(page(text)).content.decode()

    assert "2 requests share this number. What you decide holds for all of them." in html
    assert f'value="email:{MAIL}">' in html


def test_stop_from_a_shared_number_says_that_it_stops_all():
    agreed(subject_ref=REF)
    agreed(subject_ref="intake.request:2")

    came("STOP")

    assert DeskTask.objects.get().title == (
        "Texts were stopped. Any visit stays: agree another way to reach this person. "
        "The number stands in 2 requests: it is stopped for all of them."
    )


def test_box_ticked_after_stop_suppresses_texts_and_mail_goes_on(twilio, mail):
    agreed()
    came("STOP")
    agreed()
    agreed(Channel.EMAIL)

    with transaction.atomic():
        live = outbox.enqueue_consented(
            kind="note", addresses=[(Channel.SMS, PHONE), (Channel.EMAIL, MAIL)], subject_ref=REF, occurrence="1",
            context={"word": "x", "link": ""}, useless_after=NOON + dt.timedelta(days=1),
        )  # fmt: skip

    stopped = Message.objects.get(subject_ref=REF, channel="sms")
    assert ([row.channel for row in live], stopped.state, stopped.reason) == (["email"], "suppressed", consent.STOPPED)
    assert (delivery.deliver(live[0].pk), delivery.deliver(stopped.pk)) == ("sent", "suppressed")


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        ("550 5.1.1 no such user", False),
        ("553 5.1.3 bad address", False),
        ("550 5.7.1 blocked by policy", True),
        ("552 5.2.2 mailbox full", True),
        ("554 no thanks", True),
        ("450 4.1.1 later", True),
    ],
)
def test_hard_bounce_ends_the_consent_of_that_address(mail, answer, allowed):
    row = waiting(Channel.EMAIL)
    mail.script = [answer]

    delivery.deliver(row.pk)

    assert may_text(MAIL, Channel.EMAIL).allowed is allowed
    agreed(Channel.EMAIL)  # ticked again: perhaps the mailbox is back
    assert may_text(MAIL, Channel.EMAIL).allowed is True


def test_recipient_refused_without_a_code_of_its_own_is_a_bounce(mail, monkeypatch):
    async def refuse(self, server, session, envelope, address, options):
        return "550 unknown"

    monkeypatch.setattr(FakeMail, "handle_RCPT", refuse, raising=False)
    row = waiting(Channel.EMAIL)

    assert (delivery.deliver(row.pk), may_text(MAIL, Channel.EMAIL).allowed) == ("failed", False)
    assert Consent.objects.last().evidence == "bounced 550"
