import datetime as dt

import pytest
from django.test import override_settings
from icalendar import Calendar

from clinic.models import ClinicProfile
from scheduling.invites import invite
from scheduling.models import Location
from scheduling.tests.factories import another_request, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit():
    clinician = make_clinician("Dr. Dana Rivers, Psychiatry")
    request = another_request(name="Eve\r\nATTENDEE:mailto:evil@bad.example", email="eve@person.example", message="x")
    return make_visit(clinician, make_type([clinician], name="Ketamine consultation"), at(14), request=request)


def event_of(text):
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


def test_invite_reads_back_as_a_request_at_utc_instants(visit):
    text = invite(visit, "REQUEST")

    calendar = Calendar.from_ical(text)
    event = event_of(text)
    assert (str(calendar["method"]), str(calendar["version"])) == ("REQUEST", "2.0")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (at(14), at(14, 30))
    assert "DTSTART:20261201T200000Z\r\n" in text
    assert (str(event["uid"]), event["sequence"], str(event["status"])) == (f"{visit.pk}@localhost", 0, "CONFIRMED")


def test_invite_is_neutral_and_private(visit):
    text = invite(visit, "REQUEST")

    event = event_of(text)
    assert (str(event["summary"]), str(event["class"])) == ("Appointment", "PRIVATE")
    assert str(event["organizer"]) == "mailto:care@clinic.example"
    assert str(event["organizer"].params["CN"]) == "MKWI Care"
    assert str(event["attendee"]) == "mailto:eve@person.example"
    assert not [word for word in ("ketamine", "psychiatry", "rivers", "eve\r", "evil") if word in text.lower()]


def test_invite_to_cancel_has_the_same_uid_and_a_higher_sequence(visit):
    before = event_of(invite(visit, "REQUEST"))
    visit.revision = 3

    text = invite(visit, "CANCEL")

    event = event_of(text)
    assert "METHOD:CANCEL\r\n" in text
    assert (event["uid"], event["sequence"], str(event["status"])) == (before["uid"], 3, "CANCELLED")


def test_invite_has_only_crlf_lines_of_at_most_75_bytes(visit):
    visit.location = Location.objects.create(name="North", address="Wide Road 1\r\nBEGIN:VALARM\nÅngström " + "x" * 200)

    text = invite(visit, "REQUEST")

    lines = text.encode().split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line and len(line) <= 75 for line in lines)
    assert [component.name for component in Calendar.from_ical(text).walk()] == ["VCALENDAR", "VEVENT"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("in_person", "100 Example Avenue, Suite 200, Minneapolis, MN 55401"),
        ("video", "Video"),
        ("phone", "Phone"),
    ],
)
def test_invite_says_where(visit, mode, expected):
    visit.mode = mode

    assert str(event_of(invite(visit, "REQUEST"))["location"]) == expected


def test_invite_for_discreet_messages_names_no_place(visit):
    visit.request.is_discreet = True

    assert "location" not in event_of(invite(visit, "REQUEST"))


@pytest.mark.parametrize("is_imported", [True, False])
def test_invite_without_an_address_has_no_attendee(visit, is_imported):
    visit.request.email = visit.patient.email = ""
    if is_imported:
        visit.request = None

    assert "attendee" not in event_of(invite(visit, "REQUEST"))


@override_settings(
    DEFAULT_FROM_EMAIL="Front <front@clinic.example>", PUBLIC_BASE_URL="https://book.clinic.example:8443"
)
def test_invite_takes_addresses_from_the_settings(visit):
    ClinicProfile.current()
    ClinicProfile.objects.update(message_brand='A "B"; C, D')

    event = event_of(invite(visit, "REQUEST"))

    assert str(event["organizer"]) == "mailto:front@clinic.example"
    assert str(event["uid"]) == f"{visit.pk}@book.clinic.example"


def test_invite_with_another_method_is_refused(visit):
    with pytest.raises(ValueError, match="REQUEST or a CANCEL"):
        invite(visit, "PUBLISH")


def test_invite_in_the_repeated_hour_is_unambiguous(visit):
    visit.starts_at = dt.datetime(2026, 11, 1, 7, 30, tzinfo=dt.UTC)

    assert "DTSTART:20261101T073000Z\r\n" in invite(visit, "REQUEST")
