import datetime as dt
import re
import zoneinfo
from types import SimpleNamespace

import pytest
from django.test import override_settings
from django.utils import translation

from clinic import links
from clinic.models import ClinicProfile
from notifications import kinds, lint, rendering, wording
from notifications.models import Message
from scheduling import messages
from scheduling.reminder_messages import near_time
from scheduling.tests.factories import CHICAGO, another_request, at, make_clinician, make_type, make_visit

KINDS = ("scheduling.booked", "scheduling.changed", "scheduling.cancelled")
LINK = f"https://book.clinic.example/visit/{'x' * 22}/"  # 57 places
UNSUBSCRIBE = "https://book.clinic.example/unsubscribe/token/"


def profile(**changes):
    made = ClinicProfile(**changes)
    made.clean_fields()
    return made


def rendered(name, channel, *, is_discreet=False, clinic=None, **changes):
    kind = kinds.kind_named(name)
    return rendering.render(
        kind,
        channel=channel,
        is_discreet=is_discreet,
        context={**kind.sample, "visit_link": LINK, **changes},
        profile=clinic or profile(),
        unsubscribe_link=UNSUBSCRIBE,
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(14), "Tue Dec 1, 2:00 PM CST"),
        (at(9, 30, day=dt.date(2026, 7, 15)), "Wed Jul 15, 9:30 AM CDT"),
        (dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC), "Sun Nov 1, 1:30 AM CDT"),
        (dt.datetime(2026, 11, 1, 7, 30, tzinfo=dt.UTC), "Sun Nov 1, 1:30 AM CST"),
        (at(0, 5), "Tue Dec 1, 12:05 AM CST"),
    ],
)
def test_short_time_names_day_date_time_and_zone(moment, expected):
    assert messages.short_time(moment, CHICAGO) == expected


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_moment_is_longer_than_the_longest_that_texts_are_measured_with(language):
    zone = zoneinfo.ZoneInfo("America/Anchorage")
    days = (dt.datetime(2026, 1, 1, 19, 0, tzinfo=dt.UTC) + dt.timedelta(days=number) for number in range(365))

    with translation.override(language):
        lengths = {len(messages.short_time(day, zone)) for day in days}
        near = {len(near_time(at(14), zone, now=at(hour, day=day))) for day in (at(0).date(),) for hour in (1, 8)}

    assert max(lengths | near) == len(wording.LONGEST_MOMENT[language])


def test_texts_read_like_this():
    assert [rendered(name, "sms", is_discreet=hidden).body for name in KINDS for hidden in (False, True)] == [
        f"MKWI Care: booked Tue Dec 1, 2:00 PM CST. {LINK} Call (612) 555-0100. STOP to end",
        "MKWI Care: Tue Dec 1, 2:00 PM CST. Call (612) 555-0100. STOP to end",
        f"MKWI Care: moved to Tue Dec 1, 2:00 PM CST. {LINK} Call (612) 555-0100. STOP to end",
        "MKWI Care: moved to Tue Dec 1, 2:00 PM CST. Call (612) 555-0100. STOP to end",
        "MKWI Care: Tue Dec 1, 2:00 PM CST is cancelled. For another time call (612) 555-0100. STOP to end",
        "MKWI Care: Tue Dec 1, 2:00 PM CST is cancelled. Call (612) 555-0100. STOP to end",
    ]


@pytest.mark.parametrize("is_discreet", [True, False])
@pytest.mark.parametrize("name", KINDS)
def test_texts_fit_one_part_at_the_longest_time_and_say_nothing_clinical(name, is_discreet):
    clinic = profile(message_brand="North Loop Care")

    text = rendered(name, "sms", is_discreet=is_discreet, clinic=clinic, when="Wed Nov 18, 10:00 AM CST").body

    assert lint.text_message_problems(text, brand=clinic.message_brand) == []


@pytest.mark.parametrize("is_discreet", [True, False])
def test_email_about_a_move_names_the_old_time_only_where_it_may(is_discreet):
    text = rendered("scheduling.changed", "email", is_discreet=is_discreet)

    assert text.subject == "Moved to Tue Dec 1, 2:00 PM CST"
    assert ("It was on Monday, November 30, 2026 at 9:30 AM CST." in text.body) is not is_discreet
    assert "Tuesday, December 1, 2026" in text.body


@pytest.mark.parametrize("is_discreet", [True, False])
@pytest.mark.parametrize("name", KINDS)
def test_emails_say_who_writes_and_nothing_clinical(name, is_discreet):
    text = rendered(name, "email", is_discreet=is_discreet)

    assert lint.problems(f"{text.subject}\n{text.body}", brand="MKWI Care") == []
    assert UNSUBSCRIBE in text.body
    assert bool(text.html) is not is_discreet
    assert set(re.findall(r'width="([^"]+)"', text.html)) <= {"100%"}  # no sideways scroll on a phone


def test_email_about_a_booking_reads_like_this():
    text = rendered("scheduling.booked", "email")

    top, _footer = text.body.split("\n--\n")
    assert text.subject == "Booked: Tue Dec 1, 2:00 PM CST"
    assert top.strip() == (
        "Your appointment with MKWI Care is booked.\n\n"
        "Day: Tuesday, December 1, 2026\n"
        "Time: 2:00 PM CST\n"
        "Where:\n"
        "  100 Example Avenue, Suite 200\n"
        "  Minneapolis, MN 55401\n\n"
        "See your appointment, change it or cancel it:\n"
        f"{LINK}\n\n"
        "The link is yours alone: anyone who has it can change or cancel your appointment.\n"
        "The attached file adds the time to your calendar.\n"
        "Questions? Call (612) 555-0100."
    )
    assert f'<a href="{LINK}">' in text.html


def test_email_about_a_phone_visit_gives_no_address():
    text = rendered("scheduling.booked", "email", mode="phone", how="Phone")

    top, _footer = text.body.split("\n--\n")
    assert "How: Phone. We call you at that time." in top
    assert "Example Avenue" not in top


def test_discreet_email_holds_only_brand_time_and_phone():
    text = rendered("scheduling.booked", "email", is_discreet=True)

    assert text.body == (
        f"MKWI Care\n\nTuesday, December 1, 2026\n2:00 PM CST\n\n(612) 555-0100\n\nStop these e-mails: {UNSUBSCRIBE}"
    )


def test_words_of_people_are_escaped_in_html_and_only_there():
    clinic = profile(message_brand="Smith & Sons")

    text = rendered("scheduling.booked", "email", clinic=clinic)

    assert "Smith & Sons" in text.body
    assert "Smith &amp; Sons" in text.html


def test_samples_have_what_real_rows_have():
    sample = kinds.kind_named("scheduling.booked").sample

    assert sorted(sample) == sorted(messages.facts_of(SimpleNamespace(**fields_of_a_visit())))


def fields_of_a_visit():
    return {"starts_at": at(14), "location": None, "mode": "in_person", "pk": messages.SAMPLE_VISIT}


@pytest.fixture(autouse=True)
def _database(db):
    """The profile is a row."""


@override_settings(PUBLIC_BASE_URL="https://book.clinic.example")
def test_booked_row_holds_a_placeholder_that_becomes_the_visit_link():
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(14), request=another_request(discreet=True))

    messages.visit_booked(visit, answers_own_action=True)

    row = Message.objects.get(kind="scheduling.booked", channel="email")
    assert row.context["visit_link"] == f"[[link:visit:{visit.pk}]]"
    assert (row.is_discreet, row.useless_after, row.language) == (True, at(14), "en")
    assert links.fill(row.context["visit_link"]).startswith("https://book.clinic.example/visit/")


def test_visit_without_a_request_writes_to_nobody():
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(14))
    visit.request = None

    assert messages.visit_cancelled(visit, answers_own_action=False) == []
