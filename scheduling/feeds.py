"""The clinician's own calendar, subscribed to by a private link: initials and the kind of visit, nothing else.

Calendars are shared and shown on locked screens, and the programs that hold them are not ours.
"""

import datetime as dt
import uuid

from django.db.models import QuerySet
from icalendar import Calendar, Event

from clinic import links
from clinic.models import ClinicProfile
from clinic.plain_words import clinical_words
from scheduling.invites import PRODUCT, uid_of
from scheduling.models import OCCUPYING, Appointment, Clinician

PURPOSE = "calendar"
SUMMARY = "Appointment"
PAST = dt.timedelta(days=30)
REFRESH = dt.timedelta(minutes=15)


def clinician_with_feed(clinician_id: uuid.UUID) -> Clinician:
    """Whose calendar it is. Raises Clinician.DoesNotExist, also for who may not log in any more."""
    return Clinician.objects.exclude(user__is_active=False).get(pk=clinician_id)


def new_address(clinician: Clinician) -> str:
    """An address of the feed that nobody has seen yet; every earlier one is dead."""
    links.revoke(PURPOSE, clinician.pk)
    return links.url_for(PURPOSE, clinician.pk)


def stop(clinician: Clinician) -> None:
    """Make every address of the feed dead."""
    links.revoke(PURPOSE, clinician.pk)


def feed(clinician: Clinician, *, now: dt.datetime) -> str:
    """The visits of the last 30 days and all that come, as iCalendar text. A cancelled visit is not in it.

    The same visits give the same text. One query for the visits, however many.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{ClinicProfile.current().message_brand}, {clinician.name}")
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for visit in _visits(clinician, now):
        calendar.add_component(_event(visit))
    return str(calendar.to_ical(), "utf-8")


def _visits(clinician: Clinician, now: dt.datetime) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(clinician=clinician, status__in=OCCUPYING, starts_at__gte=now - PAST)
    return rows.select_related("patient", "appointment_type").order_by("starts_at", "pk")


def _event(visit: Appointment) -> Event:
    event = Event()
    event.add("uid", uid_of(visit))
    event.add("sequence", visit.revision)
    event.add("dtstamp", visit.updated_at.astimezone(dt.UTC))
    event.add("dtstart", visit.starts_at.astimezone(dt.UTC))
    event.add("dtend", visit.ends_at.astimezone(dt.UTC))
    event.add("summary", f"{initials(visit.patient.name)} {_kind(visit)}")
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def initials(name: str) -> str:
    """S.E. for Sam Example: the first letter of the first and of the last part."""
    parts = [part for part in name.split() if part[0].isalpha()]
    chosen = parts[:1] + parts[1:][-1:]
    return "".join(f"{part[0].upper()}." for part in chosen) or "?"


def _kind(visit: Appointment) -> str:
    """The name of the type, unless it tells what the clinic treats."""
    name = visit.appointment_type.name
    return SUMMARY if clinical_words(name) else name
