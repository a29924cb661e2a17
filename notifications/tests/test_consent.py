import datetime as dt
import hashlib

import pytest
from django.db import IntegrityError, transaction
from django.db.models import OuterRef
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.models import ClinicProfile
from clinic.tests.examples import examples
from notifications import consent, delivery, outbox
from notifications.errors import AddressError
from notifications.models import Channel, Consent, InboundMessage, Message
from notifications.tests.factories import MAIL, PHONE, agreed
from notifications.tests.servers import FakeTwilio

pytestmark = pytest.mark.django_db
Source = Consent.Source


def revoked(source, channel=Channel.SMS, address=PHONE):
    return consent.revoke(channel=channel, address=address, source=source)


def allowed(channel=Channel.SMS, address=PHONE):
    return consent.may_contact(channel=channel, address=address).allowed


@pytest.mark.parametrize("typed", ["(612) 555-0123", "612.555.0123", "+1 612 555 0123", "16125550123"])
def test_normalise_address_takes_any_us_format(typed):
    assert consent.normalise_address(Channel.SMS, typed) == PHONE


@pytest.mark.parametrize(
    ("channel", "typed", "says"),
    [
        (Channel.SMS, "612-555-0123 ext 5", "Texts cannot reach an extension. Enter a number without one"),
        (Channel.SMS, "12", "Enter a phone number as 612-555-0123"),
        (Channel.SMS, "hello", "Enter a phone number as 612-555-0123"),
        (Channel.EMAIL, "sam@", "Enter an e-mail address as name@example.com"),
        (Channel.EMAIL, "a@b.example\r\nBcc: x@y.example", "Enter an e-mail address as name@example.com"),
    ],
)
def test_normalise_address_says_how_to_mend(channel, typed, says):
    with pytest.raises(AddressError) as error:
        consent.normalise_address(channel, typed)

    assert str(error.value) == says


def test_grant_keeps_the_evidence():
    line = consent.grant(
        channel=Channel.EMAIL,
        address=" Sam@Patient.Example ",
        wording="I agree",
        source=Source.WEB_FORM,
        page="/consultation/",
        ip="192.0.2.7",
        user_agent="Browser",
        subject_ref="intake.request:1",
        box_was_unticked=True,
    )

    line.refresh_from_db()
    assert (line.address, line.wording, line.page, line.ip, line.user_agent, line.box_was_unticked) == (
        MAIL,
        "I agree",
        "/consultation/",
        "192.0.2.7",
        "Browser",
        True,
    )
    assert line.wording_hash == hashlib.sha256(b"I agree").hexdigest()


def test_ledger_line_cannot_be_changed():
    line = agreed()

    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=line.pk).update(status="revoked")


def test_may_contact_without_any_line_is_refused():
    permission = consent.may_contact(channel=Channel.SMS, address=PHONE)

    assert permission == consent.Permission(allowed=False, consent=None, reason="No consent on file")


def test_may_contact_newest_line_counts():
    agreed()
    revoked(Source.STAFF)
    before = allowed()
    line = agreed()

    assert before is False
    assert consent.may_contact(channel=Channel.SMS, address="612-555-0123") == consent.Permission(
        allowed=True, consent=line, reason=""
    )


def test_consent_is_for_one_channel_and_purpose():
    agreed()

    assert allowed(Channel.EMAIL, MAIL) is False
    assert consent.may_contact(channel=Channel.SMS, address=PHONE, purpose="news").allowed is False


@pytest.mark.parametrize("source", [Source.KEYWORD, Source.PROVIDER])
@pytest.mark.parametrize("later", [Source.WEB_FORM, Source.STAFF, Source.LINK])
def test_stop_from_the_phone_is_not_lifted_by_a_box(source, later):
    agreed()
    revoked(source)
    agreed(source=later)

    permission = consent.may_contact(channel=Channel.SMS, address=PHONE)

    assert (permission.allowed, permission.reason) == (
        False,
        "Stopped from that phone. Only START from it reopens it",
    )


def test_start_from_the_phone_lifts_stop():
    agreed()
    revoked(Source.PROVIDER)
    agreed(source=Source.KEYWORD)

    assert allowed() is True


def test_stop_counts_for_every_purpose():
    agreed(purpose="news")
    revoked(Source.KEYWORD)

    assert consent.may_contact(channel=Channel.SMS, address=PHONE, purpose="news").allowed is False


def test_unsubscribed_mail_is_lifted_by_a_new_box():
    revoked(Source.LINK, Channel.EMAIL, MAIL)
    agreed(Channel.EMAIL)

    assert allowed(Channel.EMAIL, MAIL) is True


def test_wording_is_the_agreed_one():
    profile = ClinicProfile.current()

    assert consent.wording_for(Channel.SMS, profile) == (
        "Text me about my appointment. I agree to receive appointment and intake text messages from MKWI Care at the "
        "number above. Message frequency varies (usually up to 8 per appointment). Message and data rates may apply. "
        "Reply STOP to opt out, HELP for help. Consent is not required to book or receive care."
    )
    assert consent.wording_for(Channel.EMAIL, profile) == (
        "Email me about my appointment. I agree to receive appointment and intake e-mails from MKWI Care at the "
        "address above. Every e-mail has an unsubscribe link. Consent is not required to book or receive care."
    )


def test_words_read_aloud_are_the_agreed_ones():
    profile = ClinicProfile.current()

    assert consent.spoken_wording_for(Channel.SMS, profile) == (
        "May we text you about your appointment? You would agree to receive appointment and intake text messages from "
        "MKWI Care at the number you just gave me. Message frequency varies, usually up to 8 per appointment. Message "
        "and data rates may apply. You can reply STOP at any time to opt out, or HELP for help. Consent is not "
        "required to book or receive care. Do you agree?"
    )
    assert consent.spoken_wording_for(Channel.EMAIL, profile) == (
        "May we e-mail you about your appointment? You would agree to receive appointment and intake e-mails from "
        "MKWI Care at the address you just gave me. Every e-mail has an unsubscribe link. Consent is not required to "
        "book or receive care. Do you agree?"
    )


def test_only_who_agreed_once_to_this_purpose_counts_as_refused_later():
    revoked(Source.KEYWORD)
    never = consent.may_contact(channel=Channel.SMS, address=PHONE)
    agreed(purpose="news")
    other = consent.may_contact(channel=Channel.SMS, address=PHONE)
    agreed()
    stop = revoked(Source.KEYWORD)

    assert (never.refused, other.refused) == (None, None)
    assert consent.may_contact(channel=Channel.SMS, address=PHONE).refused == stop


def test_blocked_number_may_not_be_contacted_whatever_was_agreed():
    line = agreed()
    consent.hold(status=Consent.Status.BLOCKED, channel=Channel.SMS, address=PHONE, source=Source.STAFF)

    assert consent.may_contact(channel=Channel.SMS, address=PHONE) == consent.Permission(
        allowed=False, consent=None, reason="Do not contact at all: decided by staff", refused=line
    )


def test_evidence_longer_than_its_column_is_kept_as_far_as_it_goes():
    lines = [
        agreed(page="p" * 201, user_agent="b" * 301, evidence="e" * 301),
        consent.revoke(channel=Channel.SMS, address=PHONE, source=Source.STAFF, evidence="e" * 301),
        consent.hold(
            status=Consent.Status.PAUSED, channel=Channel.SMS, address=PHONE, source=Source.STAFF, evidence="e" * 301
        ),
    ]

    assert (lines[0].page, lines[0].user_agent) == ("p" * 200, "b" * 300)
    assert [line.evidence for line in lines] == ["e" * 300] * 3


@pytest.mark.parametrize(
    "said",
    [
        [],
        ["granted web_form"],
        ["revoked staff"],
        ["granted web_form", "revoked staff"],
        ["granted web_form", "revoked staff", "granted web_form"],
        ["granted web_form", "revoked keyword", "granted web_form"],
        ["granted web_form", "revoked provider", "granted web_form", "granted keyword"],
        ["granted web_form", "paused staff"],
        ["granted web_form", "paused staff", "resumed staff"],
        ["granted web_form", "blocked staff", "granted web_form"],
        ["blocked staff", "granted keyword"],
    ],
)
def test_one_query_about_many_addresses_says_the_same_as_asking_about_one(said):
    for status, source in (words.split() for words in said):
        Consent.objects.create(channel=Channel.SMS, address=PHONE, status=status, source=source)
    InboundMessage.objects.create(provider_id="SM1", address=PHONE, body="Hello")

    found = InboundMessage.objects.filter(consent.agrees(channel=Channel.SMS, address=OuterRef("address")))

    assert found.exists() is allowed()


step = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from([Source.WEB_FORM, Source.STAFF, Source.KEYWORD])),
    st.tuples(st.just("revoke"), st.sampled_from([Source.STAFF, Source.KEYWORD, Source.PROVIDER])),
    st.tuples(st.just("enqueue"), st.none()),
    st.tuples(st.just("deliver"), st.none()),
)


def replay(steps):
    """Our own, simplest model of the law: who may be written to after these steps."""
    live = stopped = False
    for act, source in steps:
        from_phone = source in (Source.KEYWORD, Source.PROVIDER)
        if act in ("grant", "revoke"):
            live = act == "grant"
            stopped = not live if from_phone else stopped
    return live and not stopped


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=12))
def test_no_sequence_sends_without_live_consent(steps, twilio: FakeTwilio):
    with transaction.atomic():
        twilio.requests.clear()
        done = []
        for number, (act, source) in enumerate(steps):
            done.append((act, source))
            if act == "grant":
                agreed(source=source)
            elif act == "revoke":
                revoked(source)
            elif act == "enqueue":
                rows = outbox.enqueue_consented(
                    kind="note",
                    addresses=[(Channel.SMS, PHONE)],
                    subject_ref="test.thing:1",
                    occurrence=str(number),
                    context={"word": "x"},
                    useless_after=timezone.now() + dt.timedelta(days=1),
                    answers_own_action=True,
                )
                assert len(rows) == replay(done)
            else:
                before = len(twilio.requests)
                for pk in Message.objects.filter(state="queued").values_list("pk", flat=True):
                    delivery.deliver(pk)
                assert len(twilio.requests) == before or replay(done)
        transaction.set_rollback(True)
