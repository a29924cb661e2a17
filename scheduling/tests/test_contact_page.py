import re

import pytest
import time_machine

from intake.selectors import subject_of
from notifications import consent
from notifications.models import Consent
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, another_request
from scheduling.tests.visit_steps import booked, path_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def wish(client, visit, to, what, **changes):
    marks = re.findall(r'name="wording" value="([^"]+)"', text_of(client, visit, "messages"))
    said = {"channel": to, "wish": what, "wording": marks[0] if marks else ""}
    return client.post(path_of(visit, "messages"), {**said, **changes})


def allowed(visit):
    addresses = (("sms", str(visit.request.phone)), ("email", visit.request.email))
    return [consent.may_contact(channel=channel, address=address).allowed for channel, address in addresses]


def test_visit_page_leads_to_what_we_may_send(client, kind):
    visit = booked(kind)

    text = text_of(client, visit)

    assert path_of(visit, "messages") in text


def test_page_shows_both_channels_masked_and_changes_nothing(client, kind):
    visit = booked(kind, another_request(email_consent=False))
    lines = Consent.objects.count()

    text = text_of(client, visit, "messages")

    assert "Stop texts" in text
    assert "Allow e-mails" in text
    assert "Email me about my appointment." in text
    assert 'name="agree"' in text
    assert "checked" not in text
    assert str(visit.request.phone) not in text
    assert visit.request.email not in text
    assert Consent.objects.count() == lines


@pytest.mark.parametrize(("channel", "expected"), [("sms", [False, True]), ("email", [True, False])])
def test_stop_stops_one_channel_at_once(client, kind, channel, expected):
    visit = booked(kind)

    response = wish(client, visit, channel, "stop")

    newest = Consent.objects.order_by("-id").first()
    assert (response.status_code, response.url) == (303, f"{path_of(visit, 'messages')}?saved=1")
    assert "Saved. This is how things stand now." in client.get(response.url).content.decode()
    assert allowed(visit) == expected
    assert (newest.status, newest.source, newest.subject_ref) == ("revoked", "link", subject_of(visit.request))
    assert Appointment.objects.get().status == "booked"


def test_stop_twice_is_one_line(client, kind):
    visit = booked(kind)
    wish(client, visit, "sms", "stop")
    lines = Consent.objects.count()

    wish(client, visit, "sms", "stop")

    assert Consent.objects.count() == lines


def test_allow_with_the_box_ticked_keeps_the_wording_and_the_evidence(client, kind):
    visit = booked(kind, another_request(email_consent=False))

    response = wish(client, visit, "email", "allow", agree="on")

    newest = Consent.objects.order_by("-id").first()
    assert response.status_code == 303
    assert allowed(visit) == [True, True]
    assert (newest.status, newest.source, newest.box_was_unticked, newest.page, newest.ip) == (
        "granted",
        "web_form",
        True,
        "/visit/.../messages/",
        "127.0.0.1",
    )
    assert newest.wording.startswith("Email me about my appointment. I agree to receive")


def test_allow_without_the_box_asks_for_it(client, kind):
    visit = booked(kind, another_request(email_consent=False))

    response = wish(client, visit, "email", "allow")

    assert response.status_code == 422
    assert "Tick the box to agree, or leave things as they are" in response.content.decode()
    assert allowed(visit) == [True, False]


def test_allow_of_words_that_were_not_shown_asks_to_read_again(client, kind):
    visit = booked(kind, another_request(email_consent=False))

    response = wish(client, visit, "email", "allow", agree="on", wording="0" * 64)

    assert response.status_code == 422
    assert "The wording changed while this page was open" in response.content.decode()
    assert allowed(visit) == [True, False]


@pytest.mark.parametrize("source", ["keyword", "provider"])
def test_allow_never_lifts_a_stop_from_the_phone(client, kind, source):
    visit = booked(kind)
    consent.revoke(channel="sms", address=str(visit.request.phone), source=source)
    lines = Consent.objects.count()

    text = text_of(client, visit, "messages")
    wish(client, visit, "sms", "allow", agree="on")

    assert "text START to us from it" in text
    assert allowed(visit) == [False, True]
    assert Consent.objects.count() == lines


@pytest.mark.parametrize("changes", [{"channel": "pigeon"}, {"channel": ""}, {"wish": "sell"}])
def test_nonsense_changes_nothing(client, kind, changes):
    visit = booked(kind)

    response = wish(client, visit, "sms", "stop", **changes)

    assert response.status_code == 422
    assert allowed(visit) == [True, True]


def test_page_of_a_visit_without_a_request_says_to_call(client, kind):
    visit = booked(kind)
    Appointment.objects.update(request=None)

    text = text_of(client, visit, "messages")

    assert "We have no number or e-mail address from you." in text
    assert client.post(path_of(visit, "messages"), {"channel": "sms", "wish": "stop"}).status_code == 422
