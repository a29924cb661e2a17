"""Reading our own pages as a browser would."""

from html.parser import HTMLParser
from typing import Any

URL = "/consultation/"
PRESS_AGAIN = "Nothing is lost: look over your answers and press the button again."


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.errors: list[str] = []
        self.area: str | None = None
        self.in_summary = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "textarea":
            self.area = given["name"]
            self.values[self.area] = [""]
        if tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self.values.setdefault(given["name"], []).append(
                given.get("value", "on" if "checked" in given else "") or ""
            )
        if tag == "div" and "error-summary" in (given.get("class") or ""):
            self.in_summary = 1
        elif tag == "li" and self.in_summary:
            self.errors.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser leaves out the line end after the tag.
            self.values[self.area] = [self.values[self.area][0].removeprefix("\n")]
            self.area = None
        if tag == "div":
            self.in_summary = 0

    def handle_data(self, text: str) -> None:
        if self.area:
            self.values[self.area][0] += text
        elif self.in_summary and self.errors:
            self.errors[-1] += text


def _read(response: Any) -> _Fields:
    parser = _Fields()
    parser.feed(response.content.decode())
    parser.close()
    return parser


def fields_of(response: Any) -> dict[str, list[str]]:
    """The values that a browser would send back from this page, by name."""
    return _read(response).values


def errors_of(response: Any) -> list[str]:
    """The lines of the error summary."""
    return [error.strip() for error in _read(response).errors]
