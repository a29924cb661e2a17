"""Words that do not speak the page's language: official instruments exist in English only, and say so to screen readers."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic.languages import ENGLISH


def spoken() -> str:
    """The language of the page."""
    return (get_language() or ENGLISH).partition("-")[0]


def foreign_language(language: str) -> str:
    """The language of words that stand on a page of another one; empty when both are the same."""
    return "" if spoken() == language else language


def lang_attribute(language: str) -> SafeString:
    """` lang="en"` for a tag around such words, else nothing."""
    foreign = foreign_language(language)
    return format_html(' lang="{}"', foreign) if foreign else SafeString("")


def in_language(text: str, language: str) -> str:
    """The words, inside a span with their language where the page has another one."""
    attribute = lang_attribute(language)
    return format_html("<span{}>{}</span>", attribute, text) if attribute else text
