"""Days and hours in templates, in words of the active language: see `clinic.clock`."""

import datetime as dt

from django import template
from django.utils import timezone

from clinic import clock

register = template.Library()


def _day(value: dt.date) -> dt.date:
    """An instant counts as its day in the active zone, as with Django's own `date`."""
    return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value


@register.filter
def day_words(value: dt.date | None) -> str:
    """Tuesday, November 24."""
    return clock.day_text(_day(value)) if value else ""


@register.filter
def date_words(value: dt.date | None) -> str:
    """November 24, 2026."""
    return clock.date_text(_day(value)) if value else ""


@register.filter
def hour_words(value: dt.time | None) -> str:
    """8 a.m. in the morning; midnight is a time too."""
    return clock.hour_text(value) if value is not None else ""
