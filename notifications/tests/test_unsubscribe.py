import pytest
from django.test import Client
from django.utils.encoding import escape_uri_path

from clinic import links
from notifications import consent, delivery
from notifications.models import Channel, Consent
from notifications.tests.factories import MAIL, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def path():
    return links.path_for("unsubscribe", waiting(Channel.EMAIL).pk)


def allowed():
    return consent.may_contact(channel=Channel.EMAIL, address=MAIL).allowed


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_changes_nothing(client, path, method):
    response = getattr(client, method)(path)

    assert (response.status_code, allowed(), response["Cache-Control"]) == (200, True, "no-store")


def test_page_shows_one_button_that_posts(client, path):
    page = client.get(path).content.decode()

    assert (page.count('<form method="post">'), "Stop e-mails</button>" in page) == (1, True)


def test_one_click_stops_the_mail_and_repeats_harmlessly(path):
    mail_program = Client(enforce_csrf_checks=True)

    answers = [mail_program.post(path, {"List-Unsubscribe": "One-Click"}).status_code for _time in range(3)]

    assert (answers, allowed()) == ([200, 200, 200], False)
    assert list(Consent.objects.order_by("id").values_list("status", "source")) == [
        ("granted", "web_form"),
        ("revoked", "link"),
    ]


def test_stopped_mail_is_not_sent(client, mail):
    message = waiting(Channel.EMAIL)
    client.post(links.path_for("unsubscribe", message.pk))

    assert (delivery.deliver(message.pk), mail.letters) == ("suppressed", [])


def test_unknown_and_foreign_tokens_get_the_same_page(client):
    message = waiting(Channel.EMAIL)
    foreign = links.token_for("visit", message.pk)
    revoked = links.token_for("unsubscribe", message.pk)
    links.revoke("unsubscribe", message.pk)

    pages = [
        getattr(client, method)(f"/unsubscribe/{token}/")
        for token in (foreign, revoked, "unknown", "%00")
        for method in ("get", "post")
    ]

    assert {page.status_code for page in pages} == {404}
    # All but the address of the page itself, which its link to the other language holds.
    assert len({page.content.replace(escape_uri_path(page.wsgi_request.path).encode(), b"") for page in pages}) == 1
    assert allowed() is True
