import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import roles
from clinic.models import DeskTask, User
from notifications import delivery
from notifications.models import InboundMessage, Message
from notifications.tests.factories import agreed
from notifications.tests.inbox_steps import NOON, REF, act, at_desk, came, page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def desk(client):
    return at_desk(client)


def test_other_text_gets_one_answer_a_day(twilio):
    for number in range(3):
        came("I am late", f"SM{number}")
    with time_machine.travel(NOON + dt.timedelta(days=1), tick=False):
        came("I am late again", "SM9")

    for row in Message.objects.filter(kind="not_monitored").order_by("created_at"):
        delivery.deliver(row.pk)
    assert Message.objects.filter(kind="not_monitored").count() == 2
    assert twilio.requests[0].body == "MKWI Care: This number is not monitored for emergencies. Call 911 or 988."


def test_nobody_answers_a_number_that_stopped():
    agreed()
    came("STOP")

    came("hello?", "SM2")

    assert Message.objects.filter(kind="not_monitored").count() == 0


def test_answer_goes_with_consent_once_and_closes_the_text(desk, twilio):
    agreed(subject_ref=REF)
    text = came("Where do I park?")
    form = {"act": "reply", "key": str(uuid.uuid4()), "words": "Behind the house."}

    answers = [desk.post(page(text), form).status_code for _time in range(2)]

    row = Message.objects.get(kind="desk_reply")
    text.refresh_from_db()
    assert (answers, delivery.deliver(row.pk)) == ([302, 302], "sent")
    assert (twilio.requests[0].body, row.consent.status) == ("MKWI Care: Behind the house.", "granted")
    assert (text.outcome, DeskTask.objects.get().closed_at is not None) == ("answered", True)


def test_answer_in_quiet_hours_waits(desk, twilio):
    agreed()
    text = came("Where do I park?")

    with time_machine.travel(NOON + dt.timedelta(hours=12), tick=False):
        desk.force_login(desk.user)
        act(desk, text, "reply", words="Behind the house.")
        state = delivery.deliver(Message.objects.get(kind="desk_reply").pk)

    assert (state, twilio.requests) == ("queued", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Write what to answer"),
        ("Your ketamine is ready", "clinical word: ketamine"),
        ("See bit.ly/x", "links to bit.ly, which is not our own site"),
        ("x" * 160, "160 fit one text"),
        ("x" * 1001, "at most 1000 characters"),
        ("Reply CANCEL to cancel", "asks for an answer that is an opt-out word"),
    ],
)
def test_answer_that_may_not_go_is_refused_and_kept(desk, words, said):
    agreed()

    answer = act(desk, came("Where?"), "reply", words=words)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert words[:20] in answer.content.decode()
    assert Message.objects.filter(kind="desk_reply").count() == 0


def test_answer_without_consent_says_to_call(desk):
    answer = act(desk, came("Where?"), "reply", words="Behind the house.")

    assert answer.status_code == 422
    assert "We may not text this number: No consent on file. Call instead" in answer.content.decode()


def test_inbox_shows_open_texts_at_a_constant_number_of_queries(desk):
    counts = []
    for number in (1, 4):
        for count in range(number):
            came("Where?", f"SM{number}{count}")
        with CaptureQueriesContext(connection) as seen:
            html = desk.get(reverse("notifications:inbox")).content.decode()
        counts.append(len(seen))
    assert (counts[0], html.count("Needs: An answer")) == (counts[1], 5)
    act(desk, InboundMessage.objects.get(provider_id="SM10"), "no_answer")
    assert "Every text has been read" in desk.get(reverse("notifications:inbox")).content.decode()
    assert "Needs no text" in desk.get(reverse("notifications:inbox") + "?show=all").content.decode()


def test_auditor_reads_and_cannot_answer(client):
    user = User.objects.create_user("auditor@clinic.example", "x")
    user.groups.add(roles.Group.objects.get(name="Auditor"))
    client.force_login(user)
    text = came("Where?")

    assert (client.get(page(text)).status_code, act(client, text, "no_answer").status_code) == (200, 403)
    assert "Answer by text" not in client.get(page(text)).content.decode()
