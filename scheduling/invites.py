"""The visit as a calendar entry: RFC 5545 and 5546.

Times are UTC instants, because calendar programs disagree on local times in the repeated autumn hour.
The words are neutral, and in the language of whom the visit is for: calendars are shared and shown on locked screens.
"""

import datetime as dt
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from clinic.models import ClinicProfile
from scheduling.models import Appointment, Mode

METHODS = ("REQUEST", "CANCEL")
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
    with translation.override(appointment.letter_language):
        calendar.add_component(_event(appointment, method, profile))
    return str(calendar.to_ical(), "utf-8")


def uid_of(appointment: Appointment) -> str:
    """The name of the visit in every calendar, for life."""
    return f"{appointment.pk}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}"


def _event(appointment: Appointment, method: str, profile: ClinicProfile) -> Event:
    event = Event()
    event.add("uid", uid_of(appointment))
    event.add("sequence", appointment.revision)
    event.add("dtstamp", appointment.updated_at.astimezone(dt.UTC))
    event.add("dtstart", appointment.starts_at.astimezone(dt.UTC))
    event.add("dtend", appointment.ends_at.astimezone(dt.UTC))
    event.add("summary", _("Appointment"))
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
    if appointment.mode == Mode.VIDEO and appointment.video_link:
        return appointment.video_link
    if appointment.mode != Mode.IN_PERSON:
        return str(Mode(appointment.mode).label)
    address = (appointment.location.address if appointment.location else "") or profile.address
    return ", ".join(line.strip() for line in address.splitlines() if line.strip())
