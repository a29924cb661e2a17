"""The alphabet of a text message (3GPP TS 23.038) and what does not fit it.

One character outside GSM-7 makes the whole text UCS-2: 70 characters a part instead of 160.
"""

import unicodedata
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # two places each
ONE_PART = 160
REPLACED = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2022": "-", "`": "'",
        "\u0141": "L", "\u0142": "l", "\u0110": "D", "\u0111": "d", "\u0131": "i",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Size:
    """How a text travels: its alphabet (GSM-7 or UCS-2), the places it takes, and the parts it is cut into."""

    alphabet: str
    places: int
    parts: int


def size(text: str) -> Size:
    """Alphabet, places and parts of any text; several parts hold fewer places each, for what joins them."""
    if outside(text):
        alphabet, places, one, several = "UCS-2", len(text.encode("utf-16-le")) // 2, 70, 67
    else:
        alphabet, places, one, several = "GSM-7", length(text), ONE_PART, 153
    parts = 1 if places <= one else -(-places // several)
    return Size(alphabet=alphabet, places=places, parts=parts)


def length(text: str) -> int:
    """Places a text takes in GSM-7: 160 fit one part. Raises ValueError when it does not fit the alphabet."""
    foreign = outside(text)
    if foreign:
        message = f"not in GSM-7: {sorted(foreign)}"
        raise ValueError(message)
    return sum(2 if char in EXTENDED else 1 for char in text)


def outside(text: str) -> set[str]:
    """The characters that GSM-7 lacks."""
    return {char for char in text if char not in BASIC and char not in EXTENDED}


def fitted(text: str) -> str:
    """The text with typographic signs and accents made plain, and what is still foreign left out.

    For what people typed (a name with an emoji); our own templates need no mending, the linter sees to it.
    """
    plain = text.translate(REPLACED)
    return "".join(_plain(char) for char in plain)


def _plain(char: str) -> str:
    if char in BASIC or char in EXTENDED:
        return char
    parts = unicodedata.normalize("NFKD", char)
    return "".join(part for part in parts if part in BASIC or part in EXTENDED)
