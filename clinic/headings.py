"""The label of a question that is the heading of its page."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Heading:
    """`stem` is a line above it. `lang` is the `lang=` of both, safe as it is, where the page speaks another."""

    text: str
    stem: str = ""
    lang: str = ""

    def __str__(self) -> str:
        """As a legend holds it."""
        before = format_html("{} ", self._caption()) if self.stem else ""
        return format_html("{}<h1{}>{}</h1>", before, self.lang, self.text)

    __html__ = __str__

    def labelling(self, control: str) -> SafeString:
        """Beside a box with this id: HTML allows a label in a heading and no heading in a label.

        The line above is a label as well, so that a screen reader still says it.
        """
        before = format_html('<label for="{}">{}</label> ', control, self._caption()) if self.stem else ""
        return format_html('{}<h1{}><label for="{}">{}</label></h1>', before, self.lang, control, self.text)

    def _caption(self) -> SafeString:
        return format_html('<span class="caption"{}>{}</span>', self.lang, self.stem)
