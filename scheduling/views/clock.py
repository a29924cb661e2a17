"""How days and times are written for people: always with the name of the zone."""

import datetime as dt
import zoneinfo

ZONE_NAMES = {
    "America/New_York": "Eastern Time",
    "America/Detroit": "Eastern Time",
    "America/Chicago": "Central Time",
    "America/Menominee": "Central Time",
    "America/Denver": "Mountain Time",
    "America/Boise": "Mountain Time",
    "America/Phoenix": "Mountain Time (Arizona)",
    "America/Los_Angeles": "Pacific Time",
    "America/Anchorage": "Alaska Time",
    "Pacific/Honolulu": "Hawaii Time",
    "UTC": "UTC",
}


def zone_name(zone: zoneinfo.ZoneInfo) -> str:
    """As people say it: Central Time. Zones without such a name give their place: Berlin time."""
    return ZONE_NAMES.get(zone.key) or f"{zone.key.rpartition('/')[2].replace('_', ' ')} time"


def day_text(day: dt.date) -> str:
    """Tuesday, November 24."""
    return f"{day:%A}, {day:%B} {day.day}"


def long_day_text(day: dt.date) -> str:
    """Tuesday, November 24, 2026."""
    return f"{day_text(day)}, {day.year}"


def time_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """10:00 AM, wall time in the zone."""
    return f"{moment.astimezone(zone):%I:%M %p}".lstrip("0")


def moment_text(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Tuesday, November 24, 10:00 AM Central Time."""
    return f"{day_text(moment.astimezone(zone).date())}, {time_text(moment, zone)} {zone_name(zone)}"
