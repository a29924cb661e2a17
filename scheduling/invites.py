"""The visit as a calendar entry: RFC 5545 and 5546.

Times are UTC instants, because calendar programs disagree on local times in the repeated autumn hour.
The words are neutral: calendars are shared and shown on locked screens.
"""

import datetime as dt
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from clinic.models import ClinicProfile
from scheduling.models import Appointment, Mode

METHODS = ("REQUEST", "CANCEL")
SUMMARY = "Appointment"
PRODUCT = "-//Clinic//Appointments//EN"


def invite(appointment: Appointment, method: str) -> str:
    """The visit as iCalendar text with CRLF line ends; `method` is REQUEST or CANCEL.

    The UID never changes and SEQUENCE is the visit's revision, so a later text replaces an earlier
    one in the calendar. Nothing a patient typed stands in it, other than their e-mail address.
    """
    if method not in METHODS:
        message = f"An invite is a {' or a '.join(METHODS)}, not {method!r}"
        raise ValueError(message)
    profile = ClinicProfile.current()
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, method, profile))
    return str(calendar.to_ical(), "utf-8")


def _event(appointment: Appointment, method: str, profile: ClinicProfile) -> Event:
    event = Event()
    event.add("uid", f"{appointment.pk}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}")
    event.add("sequence", appointment.revision)
    event.add("dtstamp", appointment.updated_at.astimezone(dt.UTC))
    event.add("dtstart", appointment.starts_at.astimezone(dt.UTC))
    event.add("dtend", appointment.ends_at.astimezone(dt.UTC))
    event.add("summary", SUMMARY)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("description", f"{profile.message_brand}, {profile.phone.as_national}")
    place = _place(appointment, profile)
    if place:
        event.add("location", place)
    event["organizer"] = _person(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], profile.message_brand)
    address = _attendee(appointment)
    if address:
        event["attendee"] = _person(address, "", partstat="ACCEPTED", rsvp="FALSE")
    return event


def _attendee(appointment: Appointment) -> str:
    return appointment.request.email if appointment.request else appointment.patient.email


def _person(address: str, name: str, **parameters: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(name)
    for key, value in parameters.items():
        person.params[key.upper()] = vText(value)
    return person


def _place(appointment: Appointment, profile: ClinicProfile) -> str:
    """Where to be; nothing for a person who asked for discreet messages."""
    if appointment.request and appointment.request.is_discreet:
        return ""
    if appointment.mode != Mode.IN_PERSON:
        return str(Mode(appointment.mode).label)
    address = (appointment.location.address if appointment.location else "") or profile.address
    return ", ".join(line.strip() for line in address.splitlines() if line.strip())
