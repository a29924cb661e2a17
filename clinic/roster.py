"""Who is on call. Shifts may overlap; a gap between them is shown, never filled in silence."""

import datetime as dt
from collections.abc import Iterable

from clinic.hours import Window
from clinic.models import OnCallShift


def on_call(now: dt.datetime) -> list[OnCallShift]:
    """The shifts that cover this instant, of staff whose account is open, earliest first; one query."""
    return list(
        OnCallShift.objects.filter(starts_at__lte=now, ends_at__gt=now, user__is_active=True)
        .select_related("user")
        .order_by("starts_at", "created_at", "pk")
    )


def next_on_call_at(now: dt.datetime) -> dt.datetime | None:
    """When somebody is on call next: now, if somebody is; None when no shift is on file."""
    starts = (
        OnCallShift.objects.filter(ends_at__gt=now, user__is_active=True)
        .order_by("starts_at", "pk")
        .values_list("starts_at", flat=True)
        .first()
    )
    return None if starts is None else max(starts, now)


def shifts_between(since: dt.datetime, until: dt.datetime) -> list[OnCallShift]:
    """Every shift of open accounts that touches this time, earliest first."""
    return list(
        OnCallShift.objects.filter(starts_at__lt=until, ends_at__gt=since, user__is_active=True)
        .select_related("user")
        .order_by("starts_at", "created_at", "pk")
    )


def gaps(covered: Iterable[Window], *, since: dt.datetime, until: dt.datetime) -> list[Window]:
    """The parts of a time that none of the windows (any order, may overlap) covers."""
    found = []
    reached = since
    for begins, ends in sorted(covered):
        if begins >= until:
            break
        if begins > reached:
            found.append((reached, begins))
        reached = max(reached, ends)
    if reached < until:
        found.append((reached, until))
    return found


def gaps_within(wanted: Iterable[Window], covered: Iterable[Window]) -> list[Window]:
    """The parts of the wanted windows, as opening hours, during which nobody is on call."""
    shifts = list(covered)
    return [gap for begins, ends in wanted for gap in gaps(shifts, since=begins, until=ends)]
