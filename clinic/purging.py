"""Removing what is older than it need be: each desk registers its rules in `ready()`; `manage.py purge_expired` runs them.

A rule counts or removes what is older than a moment. What it did stays on record.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from clinic import footfall, limits
from clinic.models import PageCount, PurgeRecord, RateBucket, StaffSession


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of thing that grows old.

    `keep` says for how long it is kept. `count` and `remove` take the moment before which a thing is old, and
    say how many there are, or were.
    """

    name: str
    label: str
    # Not compared: a desk whose `ready()` runs twice makes the same functions anew.
    keep: Callable[[], dt.timedelta] = field(compare=False)
    count: Callable[[dt.datetime], int] = field(compare=False)
    remove: Callable[[dt.datetime], int] = field(compare=False)


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Make a rule known. The same name twice is a programming mistake."""
    if _rules.setdefault(rule.name, rule) != rule:
        message = f"The purge rule {rule.name} is registered twice"
        raise ValueError(message)


def run(*, dry_run: bool, now: dt.datetime | None = None) -> list[tuple[Rule, int]]:
    """Apply every rule, or only count; returns how many rows each is about."""
    moment = now or timezone.now()
    return [(_rules[name], _apply(_rules[name], moment, dry_run=dry_run)) for name in sorted(_rules)]


def _apply(rule: Rule, now: dt.datetime, *, dry_run: bool) -> int:
    before = now - rule.keep()
    if dry_run:
        return rule.count(before)
    removed = rule.remove(before)
    if removed:
        PurgeRecord.objects.create(rule=rule.name, older_than=before, count=removed)
    return removed


NOTHING = dt.timedelta()
KERNEL_RULES = (
    Rule(
        name="clinic.sessions",
        label="Staff sessions that are over",
        keep=lambda: NOTHING,
        count=lambda before: Session.objects.filter(expire_date__lt=before).count(),
        remove=lambda before: Session.objects.filter(expire_date__lt=before).delete()[0],
    ),
    Rule(
        name="clinic.staff_sessions",
        label="Where staff logged in, once the day is over",
        keep=lambda: dt.timedelta(seconds=settings.SESSION_COOKIE_AGE),
        count=lambda before: StaffSession.objects.filter(created_at__lt=before).count(),
        remove=lambda before: StaffSession.objects.filter(created_at__lt=before).delete()[0],
    ),
    Rule(
        name="clinic.rate_buckets",
        label="Rate limits whose window is over",
        keep=lambda: NOTHING,
        count=lambda before: RateBucket.objects.filter(expires_at__lt=before).count(),
        remove=lambda _before: limits.forget_expired(),
    ),
    Rule(
        name="clinic.page_counts",
        label="Counts of public pages",
        keep=lambda: footfall.KEEP,
        count=lambda before: PageCount.objects.filter(day__lt=before.date()).count(),
        remove=lambda before: PageCount.objects.filter(day__lt=before.date()).delete()[0],
    ),
)


def register_kernel() -> None:
    """What the kernel itself keeps no longer than need be."""
    for rule in KERNEL_RULES:
        register(rule)
