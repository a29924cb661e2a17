"""The languages in which people can read us. Staff pages are English, and so are the names here."""

import datetime as dt

from django.conf import settings

ENGLISH = "en"  # everything exists in it
NAMES = {ENGLISH: "English", "es": "Spanish"}  # settings.LANGUAGES names each in its own words


def is_spoken(code: str) -> bool:
    """Whether our pages and letters exist in this language."""
    return code in dict(settings.LANGUAGES)


def is_behind(saved_at: dt.datetime | None, english_saved_at: dt.datetime | None) -> bool:
    """Whether the clinic's English words were saved after these (None: as shipped), so that these may say less."""
    return english_saved_at is not None and (saved_at is None or saved_at < english_saved_at)
