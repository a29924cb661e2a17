"""The languages in which people can read us. Staff pages are English, and so are the names here."""

from django.conf import settings

ENGLISH = "en"  # everything exists in it
NAMES = {ENGLISH: "English", "es": "Spanish"}  # settings.LANGUAGES names each in its own words


def is_spoken(code: str) -> bool:
    """Whether our pages and letters exist in this language."""
    return code in dict(settings.LANGUAGES)
