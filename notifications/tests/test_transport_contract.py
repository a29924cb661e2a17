"""Every transport keeps the same promises, so that none of them can lie to `delivery`."""

import contextlib
import datetime as dt
import gc
import ssl
import uuid
import warnings
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Channel
from notifications.tests.factories import MAIL, PHONE
from notifications.tests.servers import Answer, Elsewhere, FakeMail
from notifications.transports import transport_for
from notifications.transports.contract import Outgoing, TransportError
from notifications.transports.simulated import SimulatedTransport
from notifications.transports.smtp_email import SmtpTransport
from notifications.transports.twilio_api import parse_retry_after
from notifications.transports.twilio_sms import TwilioTransport
from notifications.transports.twilio_voice import VoiceTransport

CHANNELS = {"twilio": Channel.SMS, "voice": Channel.VOICE, "smtp": Channel.EMAIL, "simulated": Channel.SMS}
SERVERS = {"twilio": "twilio", "voice": "twilio", "smtp": "mail"}
TROUBLE = {
    "twilio": {
        "later": [Answer(429, 20429)],
        "never": [Answer(400, 21614)],
        "lost": [Answer(drop=True)],
        "slow": [Answer(delay=2.0)],
        "credentials": [Answer(401, 20003)],
    },
    "voice": {
        "later": [Answer(429, 20429)],
        "never": [Answer(400, 21215)],
        "lost": [Answer(drop=True)],
        "slow": [Answer(delay=2.0)],
        "credentials": [Answer(401, 20003)],
    },
    "smtp": {
        "later": ["421 4.3.2 closing"],
        "never": ["554 5.7.1 refused"],
        "lost": [FakeMail.DROP],
        "slow": [FakeMail.STALL],
        "credentials": ["454 4.7.0 temporary authentication failure"],
    },
}


@dataclass
class Outside:
    """A transport and the world behind it."""

    name: str
    transport: Any
    server: Any
    outgoing: Outgoing

    def arrived(self):
        return {
            "twilio": lambda: self.server.messages,
            "voice": lambda: self.server.calls,
            "smtp": lambda: self.server.letters,
        }[self.name]()


@pytest.fixture
def outside(request, settings):
    name = request.param
    settings.TWILIO_VOICE_ALERTS = name == "voice"
    running = request.getfixturevalue(SERVERS[name]) if name in SERVERS else None
    outgoing = Outgoing(
        message_id=uuid.uuid4(),
        address=MAIL if name == "smtp" else PHONE,
        text="MKWI Care: hello.",
        subject="Hello",
        useless_after=timezone.now() + dt.timedelta(hours=1),
    )
    return Outside(name, transport_for(CHANNELS[name]), running, outgoing)


every = pytest.mark.parametrize("outside", CHANNELS, indirect=True)
real = pytest.mark.parametrize("outside", SERVERS, indirect=True)
through_twilio = pytest.mark.parametrize("outside", ["twilio", "voice"], indirect=True)


@every
def test_send_accepts_and_says_whether_it_only_pretends(outside):
    accepted = outside.transport.send(outside.outgoing)

    assert accepted.is_simulated == (outside.name == "simulated")
    assert bool(accepted.provider_id) == (outside.name != "simulated")


@every
def test_find_before_any_try_finds_nothing(outside):
    assert outside.transport.find(outside.outgoing, since=timezone.now()) is None


@real
def test_send_twice_is_seen_by_the_world_as_asked(outside):
    for _time in range(2):
        outside.transport.send(outside.outgoing)

    assert len(outside.arrived()) == 2


@real
@pytest.mark.parametrize(
    ("trouble", "permanent", "ambiguous"),
    [
        ("later", False, False),
        ("never", True, False),
        ("lost", False, True),
        ("slow", False, True),
        ("credentials", False, False),
    ],
)
def test_trouble_is_named(outside, trouble, permanent, ambiguous):
    outside.server.script = list(TROUBLE[outside.name][trouble])

    with pytest.raises(TransportError) as error:
        outside.transport.send(outside.outgoing)

    assert (error.value.permanent, error.value.ambiguous) == (permanent, ambiguous)
    assert error.value.code != ""
    assert outside.outgoing.address not in error.value.reason


@real
def test_unreachable_is_certain_not_to_have_sent(outside):
    outside.server.stop()

    with pytest.raises(TransportError) as error:
        outside.transport.send(outside.outgoing)

    assert (error.value.permanent, error.value.ambiguous, error.value.code) == (False, False, "unreachable")


@real
def test_what_was_taken_although_the_answer_was_lost_is_found_where_one_can_ask(outside):
    asked = {"twilio": True, "voice": True, "smtp": False}[outside.name]  # no mail server can be asked
    began = timezone.now()
    outside.server.script = [Answer(500, 20500, accept=True)] if asked else [FakeMail.DROP]
    with pytest.raises(TransportError):
        outside.transport.send(outside.outgoing)

    found = outside.transport.find(outside.outgoing, since=began)

    assert len(outside.arrived()) == 1
    assert (found.provider_id if found else "") == (outside.arrived()[0]["sid"] if asked else "")


@every
def test_close_may_be_called_at_any_time_and_the_next_send_opens_anew(outside):
    outside.transport.close()
    outside.transport.send(outside.outgoing)
    outside.transport.close()
    outside.transport.close()

    assert outside.transport.send(outside.outgoing).is_simulated == (outside.name == "simulated")


def test_without_settings_each_channel_is_simulated():
    assert [type(transport_for(channel)) for channel in Channel] == [SimulatedTransport] * 3


@pytest.mark.parametrize(("calls", "voice"), [(False, SimulatedTransport), (True, VoiceTransport)])
def test_with_settings_the_providers_are_used(twilio, mail, settings, calls, voice):
    settings.TWILIO_VOICE_ALERTS = calls

    assert [type(transport_for(channel)) for channel in Channel] == [TwilioTransport, SmtpTransport, voice]


@through_twilio
def test_twilio_ignores_proxies_and_edges_of_the_environment(outside, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")

    accepted = type(outside.transport)().send(outside.outgoing)

    assert accepted.provider_id == outside.arrived()[0]["sid"]


@through_twilio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_twilio_is_never_followed_elsewhere(outside, status):
    with Elsewhere() as elsewhere:
        outside.server.script = [Answer(status, headers={"Location": elsewhere.url})]
        with pytest.raises(TransportError):
            outside.transport.send(outside.outgoing)

        assert (len(outside.server.requests), elsewhere.was_asked()) == (1, False)


@pytest.mark.parametrize("outside", ["twilio"], indirect=True)
def test_twilio_messaging_service_replaces_the_number(outside, settings):
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG1"

    outside.transport.send(outside.outgoing)

    assert {"From", "MessagingServiceSid"} & set(outside.server.requests[0].form) == {"MessagingServiceSid"}


@through_twilio
def test_twilio_find_leaves_out_what_is_old_or_belongs_to_another_or_never_left(outside):
    sid = outside.transport.send(outside.outgoing).provider_id
    now = timezone.now()

    found = outside.transport.find(outside.outgoing, since=now)
    taken = outside.transport.find(outside.outgoing, since=now, taken={sid})
    later = outside.transport.find(outside.outgoing, since=now + dt.timedelta(minutes=10))
    other = outside.transport.find(replace(outside.outgoing, address="+16125550177"), since=now)
    outside.arrived()[0]["status"] = "failed"
    never = outside.transport.find(outside.outgoing, since=now)

    assert ([found.provider_id], taken, later, other, never) == ([sid], None, None, None, None)


@pytest.mark.parametrize("outside", ["twilio"], indirect=True)
def test_twilio_find_tells_texts_by_their_words(outside):
    outside.transport.send(outside.outgoing)

    assert outside.transport.find(replace(outside.outgoing, text="other"), since=timezone.now()) is None


@pytest.mark.parametrize("outside", ["smtp"], indirect=True)
@pytest.mark.parametrize(
    "wrong", [{"subject": "Hello\r\nBcc: x@y.example"}, {"address": "a@b.example\r\nBcc: x@y.example"}]
)
def test_smtp_refuses_line_breaks_in_headers(outside, wrong):
    with pytest.raises(TransportError) as error:
        outside.transport.send(replace(outside.outgoing, **wrong))

    assert (error.value.permanent, outside.server.letters) == (True, [])


@pytest.mark.parametrize("outside", ["smtp"], indirect=True)
def test_smtp_without_starttls_sends_nothing_in_plain(outside, settings):
    settings.EMAIL_USE_TLS = True

    with pytest.raises(TransportError) as error:
        outside.transport.send(outside.outgoing)

    assert (error.value.permanent, error.value.ambiguous, outside.server.letters) == (False, False, [])


def test_certificates_of_the_providers_are_checked(twilio, mail):
    texts, letters = TwilioTransport(), SmtpTransport()

    tls = letters._line().ssl_context
    letters.close()

    assert texts._http.session.verify is True
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("outside", ["smtp"], indirect=True)
@pytest.mark.parametrize("needs_tls", [True, False], ids=["no_starttls", "stalled"])
def test_smtp_leaves_no_socket_open_after_trouble(outside, settings, needs_tls):
    settings.EMAIL_USE_TLS = needs_tls
    outside.server.script = [] if needs_tls else [FakeMail.STALL]

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with contextlib.suppress(TransportError):
            outside.transport.send(outside.outgoing)
        gc.collect()

    assert [str(one.message) for one in seen if issubclass(one.category, ResourceWarning)] == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("120", 120.0), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)]
)
def test_parse_retry_after(text, seconds):
    assert parse_retry_after(text) == seconds
