"""What people type, made fit to be stored: one Unicode form, no characters that a database refuses."""

import unicodedata

KEPT = "\r\n\t"
LINE_ENDS = frozenset("\r\n\u2028\u2029")


def storable(text: str) -> str:
    """The text without control characters (NUL above all) and lone surrogates. Emoji and all scripts stay."""
    return "".join(letter for letter in text if letter in KEPT or unicodedata.category(letter) not in {"Cc", "Cs"})


def one_line(text: str) -> str:
    """NFC with single spaces. Raises ValueError when the text has several lines."""
    stripped = text.strip()
    if not LINE_ENDS.isdisjoint(stripped):
        raise ValueError("several lines")
    return unicodedata.normalize("NFC", " ".join(stripped.split()))


def many_lines(text: str) -> str:
    """NFC, each line end as one character."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_visible(text: str) -> bool:
    """Whether anything can be seen: a letter, a digit, a sign; not only spaces and joiners."""
    return any(unicodedata.category(letter)[0] in "LNPS" for letter in text)
