"""Numbers that somebody sends: an id or a page in an address, a count in a hidden field."""

LONGEST_ID = 18  # digits; a BIGINT takes a few more, and a longer text is nobody's id


def whole_number(text: str, *, digits: int = LONGEST_ID) -> int | None:
    """What 1 to `digits` of the digits 0 to 9 say; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def page_number(text: str) -> int:
    """The page asked for; the first for anything that is no page."""
    return whole_number(text, digits=4) or 1
