"""When the desk answers: adding opening hours to an instant. Pure but for reading the profile's rows."""

import datetime as dt

from django.utils import timezone

from clinic.models import ClinicProfile

DAYS_AHEAD = 30


def answer_promised_by(profile: ClinicProfile, *, now: dt.datetime | None = None) -> dt.datetime:
    """When we will have called back: `answer_within_hours` opening hours from now (UTC instant).

    Without any opening hours on file, that many plain hours from now.
    """
    moment = now or timezone.now()
    left = dt.timedelta(hours=profile.answer_within_hours)
    rows = list(profile.opening_hours.all())
    first_day = moment.astimezone(profile.zone_info).date()
    for day in (first_day + dt.timedelta(days=offset) for offset in range(DAYS_AHEAD)):
        for row in (row for row in rows if row.weekday == day.weekday()):
            opens = dt.datetime.combine(day, row.opens, profile.zone_info).astimezone(dt.UTC)
            closes = dt.datetime.combine(day, row.closes, profile.zone_info).astimezone(dt.UTC)
            begin = max(opens, moment)
            if begin + left <= closes:
                return begin + left
            left -= max(closes - begin, dt.timedelta())
    return moment + left
