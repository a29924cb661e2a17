"""Every letter of the schedule in every state it can be in, at its longest."""

import datetime as dt

import pytest
import time_machine

from clinic import links
from clinic.models import ClinicProfile
from notifications import kinds, lint, rendering
from notifications.models import Channel

pytestmark = pytest.mark.django_db
NAMES = ("reminder", "confirmed", "missed", "screening_invitation", "screening_reminder")
START = dt.datetime(2026, 11, 18, 19, 0, tzinfo=dt.UTC)  # Wed Nov 18, 10:00 AM AKST: the longest there is
MOMENTS = {
    "days before": START - dt.timedelta(days=3),
    "the day before": START - dt.timedelta(hours=24),
    "today": START,
}
BRAND = "W" * 18
MISSING = "[missing]"


@pytest.fixture(autouse=True)
def _longest(settings):
    settings.PUBLIC_BASE_URL = f"https://{'book.clinic.example.'.ljust(32, 'x')}"
    (engine,) = settings.TEMPLATES  # copied, not changed: it is everybody's
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": MISSING}}]
    ClinicProfile.current()
    ClinicProfile.objects.update(zone="America/Anchorage", message_brand=BRAND)


def written(name, channel, **states):
    kind = kinds.kind_named(f"scheduling.{name}")
    is_discreet = states.pop("is_discreet")
    longest = {"starts": START.isoformat(), "when": "Wed Nov 18, 10:00 AM AKST", **states}
    text = rendering.render(
        kind,
        channel=channel,
        is_discreet=is_discreet,
        context={**kind.sample, **{key: value for key, value in longest.items() if key in kind.sample}},
        profile=ClinicProfile.current(),
        unsubscribe_link="",
    )
    return [links.fill(part) for part in (text.body, text.subject, text.html)]


@pytest.mark.parametrize("is_discreet", [False, True], ids=["plain", "discreet"])
@pytest.mark.parametrize("mode", ["in_person", "video", "phone"])
@pytest.mark.parametrize("is_confirmed", [False, True], ids=["open", "confirmed"])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", NAMES)
def test_each_state_may_go(name, moment, is_confirmed, mode, is_discreet):
    with time_machine.travel(MOMENTS[moment], tick=False):
        for channel in (Channel.SMS, Channel.EMAIL):
            if not rendering.travels_by(kinds.kind_named(f"scheduling.{name}"), channel):
                continue
            body, subject, html = written(name, channel, is_confirmed=is_confirmed, mode=mode, is_discreet=is_discreet)

            found = lint.text_message_problems if channel == Channel.SMS else lint.problems
            assert found(body, brand=BRAND) == []
            assert MISSING not in body + subject + html


def test_texts_read_like_this():
    with time_machine.travel(START - dt.timedelta(hours=3), tick=False):
        first = [written(name, Channel.SMS, is_discreet=hidden)[0] for name in NAMES[:2] for hidden in (False, True)]

    link = first[0].partition("confirm. ")[2].partition(" ")[0]
    assert first == [
        f"{BRAND}: visit today at 10:00 AM AKST. Reply C to confirm. {link} STOP to end",
        f"{BRAND}: today at 10:00 AM AKST. Call (612) 555-0100. STOP to end",
        f"{BRAND}: thank you, today at 10:00 AM AKST is confirmed. To change it call (612) 555-0100. STOP to end",
        f"{BRAND}: today at 10:00 AM AKST. Thank you. Call (612) 555-0100. STOP to end",
    ]
