"""The server that our transports are held to takes what Twilio documents, and nothing else."""

import pytest
import requests

from notifications.tests.servers import ACCOUNT, TOKEN

TEXT = {"To": "+16125550123", "From": "+15005550006", "Body": "Hello"}
CALL = {"To": "+16125550123", "From": "+15005550006", "Twiml": "<Response><Say>Hello</Say></Response>"}


def asked(twilio, method, name, *, login=(ACCOUNT, TOKEN), **content):
    answer = requests.request(
        method, f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT}/{name}.json", auth=login, timeout=5, **content
    )
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize(("name", "form"), [("Messages", TEXT), ("Calls", CALL)])
def test_documented_fields_are_taken(twilio, name, form):
    assert asked(twilio, "POST", name, data={**form, "StatusCallback": "https://x.example/"}) == (201, None)


@pytest.mark.parametrize(
    ("name", "form", "code"),
    [
        ("Messages", {**TEXT, "IdempotencyKey": "1"}, 20001),  # Twilio has none: that is why we ask its list
        ("Messages", {**TEXT, "StatusCallBack": "https://x.example/"}, 20001),
        ("Messages", {**TEXT, "ValidityPeriod": "36001"}, 20001),
        ("Messages", {**TEXT, "To": "612-555-0123"}, 21211),
        ("Messages", {**TEXT, "To": ""}, 21604),
        ("Messages", {**TEXT, "Body": ""}, 21602),
        ("Messages", {**TEXT, "Body": "x" * 1601}, 21617),
        ("Messages", {"To": TEXT["To"], "Body": "Hello"}, 21603),
        ("Messages", {**TEXT, "StatusCallback": "ftp://x.example/"}, 21609),
        ("Calls", {**CALL, "Body": "Hello"}, 20001),
        ("Calls", {**CALL, "Timeout": "601"}, 20001),
        ("Calls", {**CALL, "Twiml": "Hello"}, 12100),
        ("Calls", {**CALL, "From": ""}, 21213),
    ],
)
def test_anything_else_is_refused_as_twilio_does(twilio, name, form, code):
    assert asked(twilio, "POST", name, data=form) == (400, code)
    assert (twilio.messages, twilio.calls) == ([], [])


@pytest.mark.parametrize(("query", "status"), [({"To": "+1612", "PageSize": "50"}, 200), ({"Body": "Hello"}, 400)])
def test_lists_cannot_be_asked_for_words(twilio, query, status):
    assert asked(twilio, "GET", "Messages", params=query)[0] == status


def test_strangers_and_other_addresses_are_refused(twilio):
    assert asked(twilio, "POST", "Messages", data=TEXT, login=(ACCOUNT, "guess")) == (401, 20003)
    assert asked(twilio, "POST", "Faxes", data=TEXT) == (404, 20404)
