"""What is old is removed, what is proof stays."""

import datetime as dt
import hashlib
import io

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic import links, purging
from clinic.models import PurgeRecord
from notifications import delivery, inbound
from notifications.models import Channel, Consent, InboundMessage, Message
from notifications.tests.factories import MAIL, PHONE, waiting

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - dt.timedelta(days=400)


def purged(*arguments):
    out = io.StringIO()
    call_command("purge_expired", *arguments, stdout=out)
    return out.getvalue()


def letter(occurrence="1"):
    return waiting(Channel.EMAIL, kind="intake.request_received", occurrence=occurrence,
                   context={"name": "Sam", "reference": "K7RM4T", "time_link": ""})  # fmt: skip


def old(message):
    delivery.deliver(message.pk)
    Message.objects.filter(pk=message.pk).update(created_at=LONG_AGO)
    message.refresh_from_db()
    return message


def test_old_message_loses_address_and_words_and_keeps_the_proof():
    message = old(letter())
    text = message.body_text

    said = purged()

    message.refresh_from_db()
    assert "Address and text of old messages: 1 removed" in said
    assert (message.address, message.body_text, message.body_html, message.subject, message.context) == (
        "",
        "",
        "",
        "",
        {},
    )
    assert message.text_hash == hashlib.sha256(text.encode()).hexdigest()
    assert (message.state, message.consent.address, message.consent.wording) == ("simulated", MAIL, "I agree")
    assert list(PurgeRecord.objects.values_list("rule", "count")) == [("notifications.messages", 1)]


def test_dry_run_counts_and_changes_nothing():
    message = old(letter())

    said = purged("--dry-run")

    message.refresh_from_db()
    assert ("Address and text of old messages: 1 would go" in said, message.address) == (True, MAIL)
    assert PurgeRecord.objects.count() == 0


def test_young_messages_and_those_under_way_stay():
    young, under_way = letter("young"), old(letter("old"))
    Message.objects.filter(pk=under_way.pk).update(state="unknown")

    purged()

    assert set(Message.objects.values_list("address", flat=True)) == {MAIL}
    assert young.pk


def test_link_of_an_old_email_still_stops(client):
    message = old(letter())
    token = links.token_for("unsubscribe", message.pk)
    purged()

    answer = client.post(f"/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, Consent.objects.order_by("id").last().status) == (200, "revoked")


def test_old_texts_go_but_for_those_that_wait():
    inbound.receive_text(provider_id="SM1", address=PHONE, body="STOP")
    inbound.receive_text(provider_id="SM2", address="+16125550124", body="Where?")
    InboundMessage.objects.update(created_at=LONG_AGO)

    purged()

    assert set(InboundMessage.objects.values_list("address", "keyword")) == {("", "stop"), ("+16125550124", "")}


def test_sessions_that_are_over_go():
    Session.objects.create(session_key="over", expire_date=timezone.now() - dt.timedelta(minutes=1))
    Session.objects.create(session_key="open", expire_date=timezone.now() + dt.timedelta(minutes=1))

    purged()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def test_many_go_in_batches_of_constant_size(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr("notifications.purging.BATCH", 2)
    for number in range(5):
        old(letter(f"{number}"))

    with django_assert_max_num_queries(40):
        purged()

    assert Message.objects.exclude(address="").count() == 0


def test_record_of_purging_only_grows():
    PurgeRecord.objects.create(rule="x", older_than=LONG_AGO, count=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        PurgeRecord.objects.all().delete()


def test_rule_cannot_be_registered_twice():
    rule = purging.Rule(
        name="clinic.sessions", label="x", keep=dt.timedelta, count=lambda _before: 0, remove=lambda _before: 0
    )

    with pytest.raises(ValueError, match="registered twice"):
        purging.register(rule)
