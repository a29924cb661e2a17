import uuid

import pytest

from clinic import links
from clinic.models import ClinicProfile
from notifications import gsm7, kinds, lint, rendering
from notifications.kinds import Kind
from notifications.models import Channel

KINDS = kinds.registered()
MISSING = "[missing]"
SOMEBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def loud(settings):
    """Shows what a template asks for and a sample lacks."""
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = MISSING
    settings.TEMPLATES = list(settings.TEMPLATES)


def sample(kind, channel, is_discreet):
    text = rendering.render(
        kind,
        channel=channel,
        is_discreet=is_discreet,
        context=kind.sample,
        profile=ClinicProfile.current(),
        unsubscribe_link="[[link:unsubscribe:00000000-0000-0000-0000-000000000000]]",
    )
    return [links.fill(part) for part in (text.body, text.subject, text.html)]


REPLIES = {"stop_reply", "start_reply", "help_reply"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_travels_by_text_and_all_but_replies_by_email(kind):
    ways = [channel for channel in Channel if rendering.travels_by(kind, channel)]

    assert ways == ([Channel.SMS] if kind.name in REPLIES else [Channel.SMS, Channel.EMAIL])


@pytest.mark.django_db
@pytest.mark.parametrize("is_discreet", [False, True], ids=["plain", "discreet"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_text_of_each_kind_may_go(kind, is_discreet, loud):
    if not rendering.travels_by(kind, Channel.SMS):
        return

    body, _subject, _html = sample(kind, Channel.SMS, is_discreet)

    assert (lint.text_message_problems(body, brand="MKWI Care"), MISSING in body) == ([], False)


@pytest.mark.django_db
@pytest.mark.parametrize("is_discreet", [False, True], ids=["plain", "discreet"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_text_of_each_kind_fits_one_part_at_its_longest(kind, is_discreet, settings):
    if not rendering.travels_by(kind, Channel.SMS):
        return
    settings.PUBLIC_BASE_URL = f"https://{'book.clinic.example.'.ljust(32, 'x')}"
    brand = "W" * ClinicProfile._meta.get_field("message_brand").max_length
    longest_time = {"when": "Wed Nov 18, 10:00 AM AKST"}

    text = rendering.render(
        kind,
        channel=Channel.SMS,
        is_discreet=is_discreet,
        context={**kind.sample, **{name: longest_time[name] for name in longest_time.keys() & kind.sample.keys()}},
        profile=ClinicProfile(message_brand=brand),
    )

    assert len(settings.PUBLIC_BASE_URL) == 40
    assert lint.text_message_problems(links.fill(text.body), brand=brand) == []


@pytest.mark.django_db
@pytest.mark.parametrize("is_discreet", [False, True], ids=["plain", "discreet"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_email_of_each_kind_may_go(kind, is_discreet, loud):
    if not rendering.travels_by(kind, Channel.EMAIL):
        return

    body, subject, html = sample(kind, Channel.EMAIL, is_discreet)

    assert lint.problems(body, brand="MKWI Care") == []
    assert lint.problems(f"MKWI Care {subject}", brand="MKWI Care") == []
    assert is_discreet or lint.problems(html, brand="MKWI Care") == []
    assert bool(subject.strip()) is True
    assert MISSING not in body + subject + html


@pytest.mark.parametrize("name", ["stop_reply", "start_reply", "help_reply"])
def test_required_replies_are_registered(name):
    assert kinds.kind_named(name) in KINDS


def test_register_same_name_with_other_content_is_refused():
    with pytest.raises(ValueError, match="registered twice"):
        kinds.register(Kind(name="note", label="Other", template="note"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MKWI Care: see you Tue 2 PM.", []),
        ("See you Tue.", ["does not say who writes: MKWI Care"]),
        ("MKWI Care: your Ketamine infusions", ["clinical word: infusions", "clinical word: ketamine"]),
        ("MKWI Care: depression, PTSD", ["clinical word: depression", "clinical word: ptsd"]),
        ("MKWI Care: 40 mg", ["clinical word: mg"]),
        ("MKWI Care: reply CANCEL to cancel", ["asks for an answer that is an opt-out word"]),
        ("MKWI Care: Text 'END' now", ["asks for an answer that is an opt-out word"]),
        ("MKWI Care: reply STOP to opt out", []),
        ("MKWI Care: 🎉", ["not in GSM-7: 🎉"]),
        ("MKWI Care: " + "x" * 150, ["161 places, 160 fit one text"]),
        ("MKWI Care: " + "€" * 75, ["161 places, 160 fit one text"]),
    ],
)
def test_linter_finds(text, found):
    assert lint.text_message_problems(text, brand="MKWI Care") == found


@pytest.mark.parametrize(
    ("typed", "fitted"),
    [
        ("Zoë\u2019s \u201cvisit\u201d \u2013 2\u00a0PM\u2026", 'Zoe\'s "visit" - 2 PM...'),
        ("Łukasz Dvořák", "Lukasz Dvorak"),
        ("Ñandú", "Ñandu"),
        ("🎉שלום", ""),
        ("a€[", "a€["),
    ],
)
def test_fitted_is_always_gsm7(typed, fitted):
    assert gsm7.fitted(typed) == fitted
    assert gsm7.outside(gsm7.fitted(typed)) == set()


def test_length_counts_extended_signs_twice():
    assert gsm7.length("a€[") == 5


def test_length_of_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="not in GSM-7"):
        gsm7.length("🎉")


@pytest.mark.django_db
@pytest.mark.parametrize("channel", list(Channel))
def test_placeholder_that_somebody_typed_is_not_filled(channel):
    typed = "[[link:visit:00000000-0000-4000-8000-000000000000]]"
    kind = Kind(name="note", label="Note", template="note", sample={})

    text = rendering.render(
        kind,
        channel=channel,
        is_discreet=False,
        context={"word": typed, "lines": [typed], "link": links.placeholder("time", SOMEBODY)},
        profile=ClinicProfile.current(),
    )

    words = f"{text.subject}{text.body}{text.html}"
    assert {purpose for purpose, _id, _suffix in links.PLACEHOLDER.findall(words)} == {"time"}
    assert "[[link:visit" not in words
