"""How days and times are put into words for people, in the language that is active. The only place that does it.

Pages name the zone as people say it (Central Time); letters are short and carry its letters (CST). Who writes to
somebody else than the reader of the page activates that person's language first.
"""

import datetime as dt
import zoneinfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

WEEKDAYS = (
    pgettext_lazy("weekday", "Monday"),
    pgettext_lazy("weekday", "Tuesday"),
    pgettext_lazy("weekday", "Wednesday"),
    pgettext_lazy("weekday", "Thursday"),
    pgettext_lazy("weekday", "Friday"),
    pgettext_lazy("weekday", "Saturday"),
    pgettext_lazy("weekday", "Sunday"),
)
SHORT_WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
MONTHS = (
    pgettext_lazy("month", "January"),
    pgettext_lazy("month", "February"),
    pgettext_lazy("month", "March"),
    pgettext_lazy("month", "April"),
    pgettext_lazy("full month", "May"),
    pgettext_lazy("month", "June"),
    pgettext_lazy("month", "July"),
    pgettext_lazy("month", "August"),
    pgettext_lazy("month", "September"),
    pgettext_lazy("month", "October"),
    pgettext_lazy("month", "November"),
    pgettext_lazy("month", "December"),
)
SHORT_MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("short month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)
EASTERN = pgettext_lazy("zone", "Eastern Time")
CENTRAL = pgettext_lazy("zone", "Central Time")
MOUNTAIN = pgettext_lazy("zone", "Mountain Time")
ZONE_NAMES: dict[str, Promise | str] = {
    "America/New_York": EASTERN,
    "America/Detroit": EASTERN,
    "America/Chicago": CENTRAL,
    "America/Menominee": CENTRAL,
    "America/Denver": MOUNTAIN,
    "America/Boise": MOUNTAIN,
    "America/Phoenix": pgettext_lazy("zone", "Mountain Time (Arizona)"),
    "America/Los_Angeles": pgettext_lazy("zone", "Pacific Time"),
    "America/Anchorage": pgettext_lazy("zone", "Alaska Time"),
    "Pacific/Honolulu": pgettext_lazy("zone", "Hawaii Time"),
    "UTC": pgettext_lazy("zone", "UTC"),
}
NOON = 12


def zone_name(zone: zoneinfo.ZoneInfo) -> str:
    """As people say it: Central Time. Zones without such a name give their place: Berlin time."""
    place = zone.key.rpartition("/")[2].replace("_", " ")
    return str(ZONE_NAMES[zone.key]) if zone.key in ZONE_NAMES else _("%(place)s time") % {"place": place}


def day_text(day: dt.date) -> str:
    """Tuesday, November 24."""
    return _("%(weekday)s, %(month)s %(day)s") % _parts(day)


def long_day_text(day: dt.date) -> str:
    """Tuesday, November 24, 2026."""
    return _("%(weekday)s, %(month)s %(day)s, %(year)s") % _parts(day)


def date_text(day: dt.date) -> str:
    """November 24, 2026."""
    return _("%(month)s %(day)s, %(year)s") % _parts(day)


def time_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """10:00 AM, wall time in the zone."""
    local = moment.astimezone(zone)
    half = pgettext("time", "AM") if local.hour < NOON else pgettext("time", "PM")
    return f"{local.hour % NOON or NOON}:{local.minute:02} {half}"


def zoned_time_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """10:00 AM Central Time."""
    return _("%(time)s %(zone)s") % {"time": time_text(moment, zone), "zone": zone_name(zone)}


def moment_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Tuesday, November 24, 10:00 AM Central Time."""
    return _("%(day)s, %(time)s") % {
        "day": day_text(moment.astimezone(zone).date()),
        "time": zoned_time_text(moment, zone),
    }


def letter_time_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """10:00 AM CST, as letters hold it."""
    return f"{time_text(moment, zone)} {moment.astimezone(zone):%Z}"


def short_moment_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Tue Nov 24, 10:00 AM CST, as a text message holds it."""
    local = moment.astimezone(zone)
    day = {"weekday": SHORT_WEEKDAYS[local.weekday()], "month": SHORT_MONTHS[local.month - 1], "day": local.day}
    return _("%(day)s, %(time)s") % {
        "day": pgettext("short day", "%(weekday)s %(month)s %(day)s") % day,
        "time": letter_time_text(moment, zone),
    }


def hour_text(time: dt.time) -> str:
    """8 a.m., 8:30 a.m., noon, midnight: opening hours and the like, without a zone."""
    if time.minute == 0 and time.hour in {0, NOON}:
        return _("noon") if time.hour else _("midnight")
    half = pgettext("hours", "a.m.") if time.hour < NOON else pgettext("hours", "p.m.")
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % NOON or NOON}{minutes} {half}"


def _parts(day: dt.date) -> dict[str, object]:
    return {"weekday": WEEKDAYS[day.weekday()], "month": MONTHS[day.month - 1], "day": day.day, "year": day.year}
