"""The English words of what a person read in another language, for staff."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def in_english(text: str, words: Mapping[str, str]) -> str:
    """Each answer of the text in English; empty where nothing of it was translated."""
    found = "; ".join(words.get(piece, piece) for piece in str(text).split("; "))
    return "" if found == text else found
