"""Small changes to words that stand inside a sentence."""

from django import template

register = template.Library()


@register.filter
def uncapfirst(words: str) -> str:
    """`Call 988` inside a sentence: call 988. The rest keeps its capitals, as in `Text AYUDA`."""
    return f"{words[:1].lower()}{words[1:]}"
