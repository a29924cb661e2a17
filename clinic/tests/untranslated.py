"""Finds words on a page that no translator ever saw.

Under `marked()` each string that goes through gettext comes back in brackets; what a page shows outside of brackets was
never given to gettext. `words_outside(html, nobodys=...)` lists it; `nobodys` is what is nobody's to translate: names, addresses.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from unittest.mock import patch

from django.utils import translation

OPEN, CLOSE = "⟦", "⟧"
SHOWN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "aria-description"}
NOT_SHOWN = {"script", "style"}
WORD = re.compile(r"[A-Za-z]{2,}")


@contextmanager
def marked() -> Iterator[None]:
    """Let gettext put what it is given into brackets, for templates, Python and lazy strings alike."""

    def one(message: str) -> str:
        return f"{OPEN}{message}{CLOSE}" if message else message

    def many(single: str, plural: str, number: int) -> str:
        return one(single if number == 1 else plural)

    with ExitStack() as patches:
        for name, replacement in {
            "gettext": one,
            "pgettext": lambda _context, message: one(message),
            "ngettext": many,
            "npgettext": lambda _context, *rest: many(*rest),
        }.items():
            patches.enter_context(patch.object(translation._trans, name, replacement))
        yield


class _Page(HTMLParser):
    """Collects what people see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in NOT_SHOWN:
            self.inside.append(tag)
        self.shown += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]
        if tag == "meta" and values.get("name") in {"description"}:
            self.shown.append(values.get("content") or "")
        if tag == "input" and values.get("type") == "submit":
            self.shown.append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, text: str) -> None:
        if not self.inside:
            self.shown.append(text)


def without_marked(text: str) -> str:
    """The text without brackets and what stands in them; brackets may hold brackets, and span tags."""
    kept, depth = [], 0
    for sign in text:
        depth += (sign == OPEN) - (sign == CLOSE)
        if depth == 0 and sign != CLOSE:
            kept.append(sign)
    return "".join(kept)


def words_outside(html: str, *, nobodys: Iterable[str] = ()) -> list[str]:
    """What the page says outside of brackets, piece by piece; empty when everything can be translated."""
    page = _Page()
    page.feed(html)
    text = without_marked("\x00".join(page.shown))
    for known in sorted(nobodys, key=len, reverse=True):
        text = text.replace(known, "")
    return [" ".join(piece.split()) for piece in text.split("\x00") if WORD.search(piece)]
