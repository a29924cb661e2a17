"""When automated texts may go: by the clock of the person who gets them."""

import datetime as dt
import zoneinfo
from functools import lru_cache

import phonenumbers
from phonenumbers import timezone as number_zones

from clinic.models import ClinicProfile


def zone_of(number: str, profile: ClinicProfile) -> zoneinfo.ZoneInfo:
    """The zone of an E.164 number when its numbering plan leaves no doubt, else the clinic's."""
    return _zone_of_number(number) or profile.zone_info


@lru_cache(maxsize=4096)  # numbers of people who have visits now; asked for each message and by each sweep
def _zone_of_number(number: str) -> zoneinfo.ZoneInfo | None:
    try:
        (name,) = number_zones.time_zones_for_number(phonenumbers.parse(number))
        return zoneinfo.ZoneInfo(name)
    except (phonenumbers.NumberParseException, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None  # no number, several zones, or one that this machine does not know


def next_allowed(*, number: str, profile: ClinicProfile, now: dt.datetime) -> dt.datetime:
    """`now` when a text may go now, else the instant (UTC) when the quiet hours of that number end."""
    zone = zone_of(number, profile)
    local = now.astimezone(zone)
    opens, closes = profile.quiet_until, profile.quiet_from
    if _is_open(local.time(), opens=opens, closes=closes):
        return now
    day = local.date() if local.time() < opens else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, opens, zone).astimezone(dt.UTC)


def last_allowed(*, number: str, profile: ClinicProfile, now: dt.datetime) -> dt.datetime:
    """`now` when a text may go now, else the instant (UTC) at which the quiet hours of that number began."""
    zone = zone_of(number, profile)
    local = now.astimezone(zone)
    opens, closes = profile.quiet_until, profile.quiet_from
    if _is_open(local.time(), opens=opens, closes=closes):
        return now
    day = local.date() if local.time() >= closes else local.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, closes, zone).astimezone(dt.UTC)


def _is_open(time: dt.time, *, opens: dt.time, closes: dt.time) -> bool:
    if opens == closes:
        return True
    if opens < closes:
        return opens <= time < closes
    return time >= opens or time < closes
