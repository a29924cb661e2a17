"""A score over time as a picture: fixed axis, bands as labelled fills, every dot with its number. Pure geometry.

No colour carries meaning: bands have their names, dots their values, and the same numbers stand in a table.
Fills are attributes, not styles: the page allows no inline style, and the PDF reads no sheet inside a picture.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from intake.review.scores import Answered
from intake.screening.instruments import INSTRUMENTS
from intake.screening.scoring import score

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 200, 36, 170, 26, 26
FILLS = ("#ffffff", "#f4f4f4", "#e9e9e9", "#dedede", "#d2d2d2")
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Band:
    """One band as a strip."""

    name: str
    range: str
    y: float
    height: float
    middle: float
    fill: str


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One complete sitting; `safety` marks a positive safety item."""

    at: dt.datetime
    total: int
    band: str
    x: float
    y: float
    safety: bool


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The picture and its table."""

    instrument: str
    bands: list[Band]
    dots: list[Dot]
    path: str
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    inner: int = WIDTH - LEFT - RIGHT
    band_x: int = WIDTH - RIGHT + 8
    base: int = HEIGHT - BOTTOM


def trend(history: Sequence[Answered]) -> Trend:
    """Of one instrument, sittings newest first; only complete ones are drawn, the last SHOWN of them."""
    table = INSTRUMENTS[history[0].instrument]
    results = [(sitting.at, score(table.name, sitting.answers)) for sitting in reversed(history)]
    complete = [(at, found) for at, found in results if found.total is not None][-SHOWN:]
    dots = [
        Dot(
            at=at,
            total=found.total or 0,
            band=found.band or "",
            x=_x(number, len(complete)),
            y=_y(found.total or 0, table.most),
            safety=bool(found.safety),
        )
        for number, (at, found) in enumerate(complete)
    ]
    path = " ".join(f"{'L' if number else 'M'}{dot.x} {dot.y}" for number, dot in enumerate(dots))
    return Trend(instrument=table.name, bands=_bands(table.bands, table.most), dots=dots, path=path, most=table.most)


def _bands(bands: Sequence[tuple[int, str]], most: int) -> list[Band]:
    ends = [least for least, _name in bands[1:]] + [most + 1]
    found = []
    for number, ((least, name), end) in enumerate(zip(bands, ends, strict=True)):
        top = _y(min(end, most), most)
        height = round(_y(least, most) - top, 1)
        found.append(
            Band(
                name=name,
                range=f"{least} to {end - 1}",
                y=top,
                height=height,
                middle=round(top + height / 2, 1),
                fill=FILLS[number % len(FILLS)],
            )
        )
    return found


def _x(number: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT
    return round(LEFT + inner * (number + 0.5) / max(count, 1), 1)


def _y(value: int, most: int) -> float:
    return round(HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP), 1)
