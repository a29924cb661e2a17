"""Any order of grants, stops, pauses, edits and sends: no text leaves without a live consent at the moment of claim."""

import datetime as dt
import itertools

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clinic.models import User
from clinic.tests.examples import examples
from notifications import consent, delivery, inbound, inbox, outbox
from notifications.models import Channel, Consent, InboundMessage, Message
from notifications.tests.factories import MAIL
from notifications.transports.contract import Accepted, TransportError

PHONES = ["+16125550123", "+16125550124"]
ADDRESSES = [(Channel.SMS, PHONES[0]), (Channel.SMS, PHONES[1]), (Channel.EMAIL, MAIL)]
asked_of_the_ledger = consent.permissions  # as it is, whatever gate a test below breaks
pytestmark = pytest.mark.django_db
counted = itertools.count()


class Wish:
    """What the person wants, told again in the simplest words: the model that the ledger is held to."""

    def __init__(self):
        self.ticked = self.closed = self.held = False

    @property
    def is_live(self):
        return self.ticked and not self.closed and not self.held


class Recorder:
    """A provider that notes what arrives, and answers as it is told."""

    def __init__(self):
        self.sent, self.answers = [], []

    def send(self, outgoing):
        self.sent.append(outgoing)
        error = self.answers.pop() if self.answers else None
        if error is not None:
            raise error
        return Accepted(provider_id=f"SM{next(counted)}")

    def find(self, outgoing, *, since, taken=()):
        return None

    def close(self):
        pass


class Ledger(RuleBasedStateMachine):
    """Two phones and a mailbox. Rolled back after each run."""

    provider: Recorder

    @initialize(agreed=st.sets(st.sampled_from(ADDRESSES)))
    def begin(self, agreed):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.staff = User.objects.create_user(f"desk{next(counted)}@clinic.example")
        self.wishes = {entry: Wish() for entry in ADDRESSES}
        self.provider.sent.clear()
        self.provider.answers.clear()
        for entry in sorted(agreed):
            self.tick(entry)

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @rule(entry=st.sampled_from(ADDRESSES))
    def tick(self, entry):
        consent.grant(channel=entry[0], address=entry[1], wording="I agree", source="web_form", subject_ref="r:1")
        self.wishes[entry].ticked = True

    @rule(entry=st.sampled_from(ADDRESSES), source=st.sampled_from(["link", "staff", "web_form"]))
    def revoke(self, entry, source):
        consent.revoke(channel=entry[0], address=entry[1], source=source)
        self.wishes[entry].ticked = False

    @rule(phone=st.sampled_from(PHONES), body=st.sampled_from(["STOP", "alto"]))
    def stop(self, phone, body):
        self.text_in(phone, body)
        wish = self.wishes[(Channel.SMS, phone)]
        wish.ticked, wish.closed, wish.held = False, True, False

    @rule(phone=st.sampled_from(PHONES))
    def start(self, phone):
        self.text_in(phone, "START")
        wish = self.wishes[(Channel.SMS, phone)]
        wish.ticked, wish.closed, wish.held = True, False, False

    @rule(phone=st.sampled_from(PHONES))
    def wonder(self, phone):
        self.text_in(phone, "Who is this?")
        wish = self.wishes[(Channel.SMS, phone)]
        wish.held = wish.held or not wish.closed

    @rule(phone=st.sampled_from(PHONES), body=st.sampled_from(["HELP", "I am late"]))
    def say_something_else(self, phone, body):
        self.text_in(phone, body)

    def text_in(self, phone, body):
        inbound.receive_text(provider_id=f"SMin{next(counted)}", address=phone, body=body)

    @rule(phone=st.sampled_from(PHONES), outcome=st.sampled_from(["stop", "continue", "block"]))
    def decide(self, phone, outcome):
        text = (
            InboundMessage.objects.filter(address=phone, needs="deciding", closed_at=None)
            .order_by("provider_id")
            .first()
        )
        if text is None:
            return
        inbox.decide(text=text, outcome=outcome, by=self.staff)
        wish = self.wishes[(Channel.SMS, phone)]
        if outcome == "stop":
            wish.ticked, wish.closed = False, True
        wish.held = outcome == "block"

    @rule(own=st.booleans())
    def write(self, own):
        """One letter to all three: what becomes of it is decided when it is taken up."""
        with transaction.atomic():
            outbox.enqueue_consented(
                kind="note", addresses=ADDRESSES, subject_ref="r:1", occurrence=str(next(counted)),
                context={"word": "x", "link": ""}, answers_own_action=own,
                useless_after=timezone.now() + dt.timedelta(days=3),
            )  # fmt: skip

    @rule(answer=st.sampled_from(["", "later", "lost", "opted out", "bounced"]))
    def send(self, answer):
        """Deliver everything that waits, now: each that leaves had a live consent."""
        self.provider.answers = [
            {
                "": None,
                "later": TransportError("busy"),
                "lost": TransportError("lost", ambiguous=True),
                "opted out": TransportError("stopped", code="21610", permanent=True, opted_out=True),
                "bounced": TransportError("no mailbox", code="550", permanent=True, bounced=True),
            }[answer]
        ]
        Message.objects.filter(state="queued").update(not_before=timezone.now())
        for row in Message.objects.filter(state="queued", basis="consent"):
            live = self.wishes[(Channel(row.channel), row.address)].is_live
            before, told = len(self.provider.sent), len(self.provider.answers)
            delivery.deliver(row.pk)
            assert len(self.provider.sent) - before == int(live), f"sent although {row.reason}"
            if live and told:
                self._learn(row, answer)

    @rule(phone=st.sampled_from(PHONES), own=st.booleans(), how=st.sampled_from(["revoke", "stop", "wonder"]))
    def change_mind_while_a_letter_waits(self, phone, own, how):
        """What the gate at the claim is for; three rules in this order are rare by chance."""
        self.write(own=own)
        if how == "revoke":
            self.revoke(entry=(Channel.SMS, phone), source="link")
        elif how == "stop":
            self.stop(phone=phone, body="STOP")
        else:
            self.wonder(phone=phone)
        self.send(answer="")

    def _learn(self, row, answer):
        wish = self.wishes[(Channel(row.channel), row.address)]
        if answer == "opted out":
            wish.ticked = False
            wish.closed = wish.closed or row.channel == Channel.SMS
        elif answer == "bounced":
            wish.ticked = False

    @invariant()
    def ledger_says_what_the_person_wants(self):
        if not hasattr(self, "wishes"):
            return
        wished = {(*entry, consent.APPOINTMENT): wish.is_live for entry, wish in self.wishes.items()}
        assert {key: found.allowed for key, found in asked_of_the_ledger(wished).items()} == wished

    @invariant()
    def each_text_that_left_names_its_consent(self):
        tried = Message.objects.filter(basis="consent", attempts__gt=0)
        assert not tried.exclude(consent__status=Consent.Status.GRANTED).exists()


@pytest.fixture
def walk(monkeypatch):
    """Walks the machine through random histories; the same ones each time with `derandomize`."""
    Ledger.provider = Recorder()
    monkeypatch.setattr(delivery, "transport_for", lambda _channel: Ledger.provider)
    monkeypatch.setattr("notifications.claims.hours.next_allowed", lambda *, now, **_more: now)
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]

    def run(**how):
        run_state_machine_as_test(
            Ledger, settings=settings(stateful_step_count=15, deadline=None, suppress_health_check=unhurried, **how)
        )

    return run


def test_no_text_leaves_without_a_live_consent(walk):
    walk(max_examples=examples(40))


def always(asked):
    """A gate that finds a consent for everybody who ever agreed."""
    return {
        (channel, address, purpose): consent.Permission(
            allowed=True,
            consent=Consent.objects.filter(channel=channel, address=address, status="granted").last(),
            reason="",
        )
        for channel, address, purpose in asked
    }


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("claims._no_consent", lambda *_asked: None),
        ("consent.permissions", always),
        ("consent._is_stopped_among", lambda _lines: False),
        ("consent._hold_among", lambda _lines: None),
    ],
    ids=["no gate at the claim", "a gate that always allows", "STOP from the phone forgotten", "pauses forgotten"],
)
def test_machine_finds_a_gate_that_was_broken(walk, monkeypatch, broken, rule):
    """Else the walk above would prove nothing: it must come by what a gate is for, and see that it went wrong."""
    monkeypatch.setattr(f"notifications.{broken}", rule)

    with pytest.raises(AssertionError, match=r"^assert|^sent although"):
        walk(max_examples=1000, database=None, phases=[Phase.generate], report_multiple_bugs=False)
