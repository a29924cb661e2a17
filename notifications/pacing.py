"""Sparing the provider: a circuit breaker for each channel, a pace for each sending number, a cap for each day.

All of it stands in the database, so that every worker sees the same.
"""

import datetime as dt
from random import SystemRandom

import phonenumbers
from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Greatest

from clinic.limits import Limit, take_some
from notifications.models import ProviderHealth, SenderPace

FAILURES_ALLOWED = 5  # in a row
FIRST_PAUSE = 30.0  # seconds
LONGEST_PAUSE = 600.0
AHEAD = dt.timedelta(seconds=1)  # texts whose turn comes within it go at once; Twilio has a queue of its own
TURN_HOLDS = dt.timedelta(seconds=15)  # longer than until somebody looks for due rows again
_chance = SystemRandom()


def note_failure(channel: str, *, now: dt.datetime, retry_after: float | None = None) -> bool:
    """One more try failed by the provider's fault. True when that opened the breaker."""
    ProviderHealth.objects.bulk_create([ProviderHealth(channel=channel)], ignore_conflicts=True)
    ours = ProviderHealth.objects.filter(channel=channel)
    ours.update(failures=F("failures") + 1)
    failures = ours.values_list("failures", flat=True).get()
    if failures < FAILURES_ALLOWED:
        return False
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(10, failures - FAILURES_ALLOWED)) * _chance.uniform(0.75, 1.25)
    until = now + dt.timedelta(seconds=max(pause, retry_after or 0.0))
    return bool(ours.exclude(open_until__gt=now).update(open_until=until))


def note_success(channel: str) -> None:
    """The provider works."""
    ProviderHealth.objects.filter(channel=channel, failures__gt=0).update(failures=0, open_until=None)


def open_until(channel: str, *, now: dt.datetime) -> dt.datetime | None:
    """Until when nobody tries this channel, some seconds apart so that not all come back at once; None when it works."""
    until = (
        ProviderHealth.objects.filter(channel=channel, open_until__gt=now).values_list("open_until", flat=True).first()
    )
    return until + dt.timedelta(seconds=_chance.uniform(0, 10)) if until is not None else None


def take_turns(number: int, *, now: dt.datetime) -> list[dt.datetime]:
    """The next `number` places in the line of our sender, as the instants at which they come; none without a provider."""
    if not settings.TWILIO_CONFIGURED:
        return []
    sender = settings.TWILIO_MESSAGING_SERVICE_SID or settings.TWILIO_FROM
    ours = SenderPace.objects.filter(sender=sender)
    step = 1 / settings.TEXTS_PER_SECOND
    taken = {"free_at": Greatest(F("free_at"), Value(now.timestamp())) + step * number}
    if not ours.update(**taken):
        SenderPace.objects.bulk_create([SenderPace(sender=sender)], ignore_conflicts=True)
        ours.update(**taken)
    begins = ours.values_list("free_at", flat=True).get() - step * number
    return [dt.datetime.fromtimestamp(begins + step * place, dt.UTC) for place in range(number)]


def is_country_allowed(number: str) -> bool:
    """Whether the number's country may get texts; a number of no country may not."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    return region in settings.TEXT_COUNTRIES


def take_of_the_day(number: int) -> int:
    """Count texts; how many of them the day may still have, over all numbers."""
    limit = Limit(name="texts-day", most=settings.TEXTS_PER_DAY, window=dt.timedelta(days=1))
    return take_some(limit, "all", number)
