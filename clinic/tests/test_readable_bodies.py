import io

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", ["intake:consultation", "scheduling:send_my_link", "admin:login"])
def test_huge_form_is_refused(client, name):
    assert client.post(reverse(name), {"message": "x" * 1_000_001}).status_code == 413


def test_huge_file_is_refused_before_it_is_read(client):
    class Unread(io.BytesIO):
        def read(self, *_args):
            raise AssertionError("somebody read it")

    answer = client.generic(
        "POST",
        reverse("intake:consultation"),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="50000000",
        **{"wsgi.input": Unread()},
    )

    assert answer.status_code == 413


def test_huge_call_of_a_webhook_is_refused_before_its_signature_is_looked_at(client):
    answer = client.post(reverse("notifications:inbound"), {"Body": "x" * 1_000_001}, HTTP_X_TWILIO_SIGNATURE="x")

    assert answer.status_code == 413


@pytest.mark.parametrize("charset", ["utf-7", "utf8", "latin-1"])
def test_form_in_a_foreign_encoding_is_refused(charset):
    browser = Client(enforce_csrf_checks=True)
    browser.get(reverse("intake:consultation"))

    answer = browser.post(reverse("intake:consultation"), "name=1", content_type=f"{FORM}; charset={charset}")

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/?day=%00", "/admin/intake/patient/?name=a%00b"])
def test_nul_in_the_address_is_refused(client, path):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("length", ["", "-1", "many", "²"])
def test_length_that_is_no_number_counts_as_none(client, length):
    answer = client.get(reverse("home"), CONTENT_LENGTH=length)

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "TRACE"])
def test_public_page_is_only_read(client, method):
    assert client.generic(method, reverse("home")).status_code == 405
