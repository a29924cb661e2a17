"""Any text in any field: never a crash, and what was typed comes back or is kept."""

import unicodedata

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clinic.tests.examples import examples
from intake.models import ConsultationRequest
from intake.tests.conftest import answers
from intake.tests.pages import URL, fields_of
from intake.typed_text import many_lines, one_line, storable

TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
ANY = st.one_of(TEXT, st.text("\x00\r\n\u2028\u202e'\"<>&{}%\u0301 a🙂", max_size=40), st.just("x" * 10_000))
FIELDS = ("name", "phone", "email", "message", "for_whom", "state", "best_time", "help_with", "form_key", "website")
FREE_TEXTS = ("name", "phone", "email", "message")


def as_shown(text: str) -> str:
    """As a page can hold it: line ends as HTML parsers read them."""
    return storable(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.django_db
@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.dictionaries(st.sampled_from(FIELDS), ANY, min_size=1, max_size=4))
@example(typed={"name": "\x00", "message": "\x00"})
@example(typed={"email": "a@\u0130.example"})
@example(typed={"email": f"a@{'b' * 250}.example", "phone": "+" * 250})
@example(typed={"form_key": "a:b:c", "for_whom": "under_18"})
@example(typed={"name": "\ufdfa" * 120})
def test_form_with_any_text_never_crashes_and_loses_nothing(next_desk, settings, typed):
    settings.RATE_LIMIT_FACTOR = 1_000_000
    client = Client(raise_request_exception=True)
    sent = answers(**{"form_key": fields_of(client.get(URL))["form_key"][0], **typed})

    response = client.post(URL, sent)

    assert response.status_code in {200, 303, 400}
    if response.status_code == 303:
        kept = ConsultationRequest.objects.latest("created_at")
        assert (kept.name, kept.message) == (one_line(sent["name"]), many_lines(sent.get("message", "")))
    else:
        shown = fields_of(response)
        assert {name: as_shown(shown[name][0]) for name in FREE_TEXTS if name in sent} == {
            name: as_shown(sent[name]) for name in FREE_TEXTS if name in sent
        }


@given(text=st.text(st.characters()))
def test_storable_text_can_be_stored_and_stays_so(text):
    clean = storable(text)

    clean.encode()
    assert "\x00" not in clean
    assert storable(clean) == clean


@given(text=TEXT)
def test_message_text_is_composed_and_has_one_kind_of_line_end(text):
    clean = many_lines(text)

    assert (clean, "\r" in clean) == (unicodedata.normalize("NFC", clean), False)
