import uuid

import pytest
from django.conf import settings

from clinic import links
from clinic.models import ClinicProfile
from intake.messages import REQUEST_RECEIVED, greeted
from intake.tests.factories import make_request
from notifications import gsm7, kinds, lint
from notifications.models import Channel, Message
from notifications.rendering import render

pytestmark = pytest.mark.django_db

LONGEST_BRAND = "M" * 18
REQUEST_ID = uuid.UUID(int=1)


def written(channel, *, is_discreet, brand="MKWI Care", name="Sam Example"):
    context = {"name": name, "reference": "K7RM4T", "time_link": links.placeholder("time", REQUEST_ID)}
    return render(
        REQUEST_RECEIVED,
        channel=channel,
        is_discreet=is_discreet,
        context=context,
        profile=ClinicProfile(message_brand=brand),
        unsubscribe_link="https://book.clinic.example/unsubscribe/x/",
    )


def test_kind_is_registered():
    assert REQUEST_RECEIVED in kinds.registered()


@pytest.mark.parametrize("is_discreet", [False, True])
def test_text_message_fits_one_part_with_the_longest_brand_and_a_real_link(is_discreet):
    link = f"https://book.clinic.example/consultation/{'x' * 22}/time/"

    text = written(Channel.SMS, is_discreet=is_discreet, brand=LONGEST_BRAND).body.replace(
        links.placeholder("time", REQUEST_ID), link
    )

    assert gsm7.length(text) <= 160
    assert lint.text_message_problems(text, brand=LONGEST_BRAND) == []
    assert (link in text, "Sam" in text, "K7RM4T" in text) == (True, False, False)


@pytest.mark.parametrize("is_discreet", [False, True])
def test_email_is_neutral_and_holds_the_link_to_choose_a_time(is_discreet):
    text = written(Channel.EMAIL, is_discreet=is_discreet)

    assert text.subject == "We have your request"
    for words in (text.body, text.html):
        if words:
            assert lint.problems(words, brand="MKWI Care") == []
            assert links.placeholder("time", REQUEST_ID) in words
            assert "https://book.clinic.example/unsubscribe/x/" in words
    assert ("Sam Example" in text.body, bool(text.html)) == (not is_discreet, not is_discreet)


def test_email_html_escapes_the_name():
    text = written(Channel.EMAIL, is_discreet=False, name="<b>Sam</b>")

    assert ("<b>Sam</b>" in text.html, "&lt;b&gt;Sam" in text.html, "<b>Sam</b>" in text.body) == (False, True, True)


def test_request_received_holds_a_placeholder_that_becomes_the_private_link(next_desk):
    request = make_request()

    link = links.fill(Message.objects.get(channel="email").context["time_link"])

    token = link.removeprefix(f"{settings.PUBLIC_BASE_URL}/next/").removesuffix("/")
    assert links.resolve("time", token) == request.id


@pytest.mark.parametrize(
    "name", ["Sam", "Zoë O\u2019Brien-Smith", "J. R. Kim", "Dr. Ana María de la Cruz", "李小龍", "Małgorzata"]
)
def test_person_is_greeted_by_name(name):
    assert greeted(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Your account is locked, see evil.example/x",
        "Sam evil.example",
        "Call 612 555 0100",
        "https://evil.example",
        "[[link:visit:00000000-0000-4000-8000-000000000000]]",
        "Sam " * 12,
        "a@b.example",
    ],
)
def test_what_is_more_than_a_name_is_not_sent_to_an_address_that_anybody_may_give(name):
    assert greeted(name) == ""
    assert "Hello,\n" in written(Channel.EMAIL, is_discreet=False, name=greeted(name)).body
