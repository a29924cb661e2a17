"""Every message in every state, in every language: it may go, it fits, and no word of it escaped the translator."""

import dataclasses

import pytest
from django.utils import translation

from clinic import links
from clinic.models import ClinicProfile
from clinic.models.profile import LONGEST_BRAND
from clinic.tests.untranslated import marked, words_outside
from notifications import gsm7, kinds, lint, rendering, wording
from notifications.models import Channel, Message
from notifications.wording import Place

pytestmark = pytest.mark.django_db
MISSING = "[missing]"
UNSUBSCRIBE = "[[link:unsubscribe:00000000-0000-0000-0000-000000000000]]"
BRAND = "W" * LONGEST_BRAND
TO_PATIENTS = [kind for kind in kinds.registered() if kind.basis != Message.Basis.STAFF]
# What people, the clinic or the phone network named: nobody's to translate.
NOBODYS = ["MKWI Care", "Sam Example", "K7RM4T", "STOP", "CST"]


def cases(kinds_, languages):
    """Kind, channel, language, discreet or plain, and what the row holds; with a name for each."""
    for kind in kinds_:
        for channel in (Channel.SMS, Channel.EMAIL):
            if not rendering.travels_by(kind, channel):
                continue
            for number, state in enumerate(({}, *kind.states)):
                for is_discreet in (False, True):
                    for language in languages:
                        name = f"{kind.name}-{channel}-{number}-{'discreet' if is_discreet else 'plain'}-{language}"
                        yield pytest.param(kind, channel, {**kind.sample, **state}, is_discreet, language, id=name)


every_message = pytest.mark.parametrize(
    ("kind", "channel", "context", "is_discreet", "language"),
    [
        *cases(TO_PATIENTS, ("en", "es")),
        *cases([kind for kind in kinds.registered() if kind.basis == Message.Basis.STAFF], ("en",)),
    ],
)


@pytest.fixture(autouse=True)
def _loud(settings):
    """Shows what a template asks for and a sample lacks; the longest address of ours that we promise for."""
    (engine,) = settings.TEMPLATES  # copied, not changed: it is everybody's
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": MISSING}}]
    settings.PUBLIC_BASE_URL = f"https://{'book.clinic.example.'.ljust(32, 'x')}"
    assert len(settings.PUBLIC_BASE_URL) == 40


def written(kind, channel, context, is_discreet, language, *, brand="MKWI Care"):
    return rendering.render(
        kind,
        channel=channel,
        is_discreet=is_discreet,
        context=context,
        profile=ClinicProfile(message_brand=brand),
        language=language,
        unsubscribe_link=UNSUBSCRIBE if channel == Channel.EMAIL else "",
    )


@every_message
def test_each_message_may_go(kind, channel, context, is_discreet, language):
    text = written(kind, channel, context, is_discreet, language)

    found = lint.text_message_problems if channel == Channel.SMS else lint.problems
    assert found(links.fill(text.body), brand="MKWI Care") == []
    assert lint.problems(f"MKWI Care {text.subject}", brand="MKWI Care") == []
    assert (bool(text.subject), bool(text.html)) == (
        channel == Channel.EMAIL,
        channel == Channel.EMAIL and not is_discreet,
    )
    assert not text.html or lint.problems(text.html, brand="MKWI Care") == []
    assert MISSING not in text.subject + text.body + text.html


@every_message
def test_each_text_fits_one_part_at_its_longest(kind, channel, context, is_discreet, language):
    if channel != Channel.SMS:
        return
    place = Place(kind=kind, channel=channel, language=language, is_discreet=is_discreet)
    profile = ClinicProfile(message_brand=BRAND)
    with translation.override(language):
        values = wording.longest(place, rendering.values_for(kind, context, profile))

    text = written(
        dataclasses.replace(kind, in_words=None, fresh=None), channel, values, is_discreet, language, brand=BRAND
    )

    assert lint.text_message_problems(links.fill(text.body), brand=BRAND) == []


@pytest.mark.parametrize(("kind", "channel", "context", "is_discreet", "language"), list(cases(TO_PATIENTS, ("es",))))
def test_no_word_to_a_patient_escaped_the_translator(kind, channel, context, is_discreet, language, monkeypatch):
    monkeypatch.setattr(gsm7, "fitted", lambda text: text)  # the marks are in no phone's alphabet
    with marked():
        text = written(kind, channel, context, is_discreet, language)

    nobodys = [
        *NOBODYS,
        *ClinicProfile().address.splitlines(),
        *(str(value) for value in context.values()),
        UNSUBSCRIBE,
    ]
    shown = f"{text.subject}\n{text.body}".replace("<", "&lt;")
    assert words_outside(f"<p>{shown}</p>", nobodys=nobodys) == []
    assert words_outside(text.html, nobodys=nobodys) == []


def test_a_message_in_a_language_we_do_not_write_goes_in_english():
    kind = kinds.kind_named("stop_reply")

    assert written(kind, Channel.SMS, {}, False, "so") == written(kind, Channel.SMS, {}, False, "en")
    assert written(kind, Channel.SMS, {}, False, "es") != written(kind, Channel.SMS, {}, False, "en")


def test_what_is_written_does_not_depend_on_the_page_that_asks():
    kind = kinds.kind_named("scheduling.booked")

    with translation.override("es"):
        text = written(kind, Channel.SMS, kind.sample, False, "en")

    assert "booked Tue Dec 1, 2:00 PM CST" in text.body
