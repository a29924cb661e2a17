"""The clinic's own color and logo: read by everybody, and able to do no harm.

Contrast as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): text needs 4.5:1.
"""

import re
from xml.etree import ElementTree as ET

from django.core.exceptions import ValidationError

HEX = re.compile(r"#[0-9a-fA-F]{6}")
LEAST_CONTRAST = 4.5
WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
LOGO_BYTES = 20_000
SHAPES = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "defs",
    "linearGradient", "radialGradient", "stop", "clipPath", "mask", "use", "symbol",
}  # fmt: skip

Color = tuple[int, int, int]


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colors, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def shades(brand_color: str) -> dict[str, str]:
    """What the style sheet needs besides the color itself: deeper for headings, a tint for boxes."""
    color = _parse(brand_color)
    return {"brand": brand_color, "deep": _hex(_mix(color, BLACK, 0.35)), "tint": _hex(_mix(color, WHITE, 0.9))}


def validate_brand_color(value: str) -> None:
    """Refuse a color on which white text, or which as text on white and on its tint, would be hard to read."""
    if not HEX.fullmatch(value):
        raise ValidationError("Enter a color as #17594f")
    color = _parse(value)
    weakest = min(contrast(color, WHITE), contrast(_mix(color, BLACK, 0.35), _mix(color, WHITE, 0.9)))
    if weakest < LEAST_CONTRAST:
        message = f"This color is too light: its contrast is {weakest:.1f} to 1, text needs {LEAST_CONTRAST} to 1. Choose a darker one."
        raise ValidationError(message)


def validate_logo(value: str) -> None:
    """Refuse anything but a plain SVG drawing: no script, no style, nothing from elsewhere."""
    if len(value.encode()) > LOGO_BYTES:
        raise ValidationError("The logo is too large: at most 20,000 characters.")
    if "<!" in value.replace("<!--", ""):
        raise ValidationError("Remove the lines that begin with <! from the logo.")
    try:
        root = ET.fromstring(value)  # noqa: S314 - no document type passes the line above, so no entities
    except ET.ParseError as error:
        raise ValidationError("Paste the whole SVG file, from <svg to </svg>.") from error
    for part in root.iter():
        _check_part(part)
    if _name(root.tag) != "svg":
        raise ValidationError("Paste the whole SVG file, from <svg to </svg>.")


def _check_part(part: ET.Element) -> None:
    name = _name(str(part.tag))
    if name not in SHAPES:
        message = f"The logo may hold plain shapes only: take out <{name}>."
        raise ValidationError(message)
    for attribute, text in part.attrib.items():
        is_foreign = _name(attribute) == "href" and not text.startswith("#")
        if _name(attribute).startswith("on") or is_foreign or "url(" in text.replace("url(#", ""):
            message = f"Take {_name(attribute)} out of the logo: it would run or load something."
            raise ValidationError(message)


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _parse(text: str) -> Color:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)


def _mix(color: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
