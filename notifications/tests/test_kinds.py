import uuid

import pytest

from clinic import links
from clinic.models import ClinicProfile
from notifications import gsm7, kinds, lint, rendering
from notifications.kinds import Kind
from notifications.models import Channel

KINDS = kinds.registered()
SOMEBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


REPLIES = {
    "intake.tried_to_call",
    "stop_reply",
    "start_reply",
    "help_reply",
    "not_monitored",
    "desk_reply",
    "scheduling.confirmed",
}
LETTERS = {
    "clinic.staff_invitation",
    "intake.answers_opened",
    "scheduling.staff_request",
    "scheduling.staff_tomorrow",
    "scheduling.staff_trouble",
    "scheduling.staff_visit",
    "scheduling.video_link",  # a room's address does not belong on a locked screen
}
SPOKEN = {"intake.safety_alert"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_travels_by_both_ways_but_for_replies_and_letters(kind):
    ways = [channel for channel in Channel if rendering.travels_by(kind, channel)]

    by_text = [] if kind.name in LETTERS else [Channel.SMS]
    by_email = [] if kind.name in REPLIES else [Channel.EMAIL]
    by_call = [Channel.VOICE] if kind.name in SPOKEN else []
    assert ways == by_text + by_email + by_call


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
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
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
