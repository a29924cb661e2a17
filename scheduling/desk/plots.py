"""Bars as SVG, drawn on the server: positions only, the look stands in css/admin.css."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 640, 212, 8, 16, 40, 20
BAR_SHARE = 0.7
MOST_LABELS = 12
LETTER, SHORTEST_LINE = 7, 8  # about the width of a letter; letters in a line


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar in the picture's own units."""

    label: str
    lines: list[str]
    value: str
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A picture of numbers that stand in the table below it."""

    title: str
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def bars(title: str, points: Sequence[tuple[str, float]], *, unit: str = "") -> Plot | None:
    """One bar for each `(label, value)`; None when there is nothing to see. Of many bars only some carry their words."""
    if not any(value for _label, value in points):
        return None
    most = max([value for _label, value in points] + [1.0])
    step = (WIDTH - LEFT - RIGHT) / len(points)
    every = -(-len(points) // MOST_LABELS)
    return Plot(
        title=title,
        bars=[
            _bar(number, label if number % every == 0 else "", value, most, step, unit if every == 1 else None)
            for number, (label, value) in enumerate(points)
        ],
    )


def _bar(number: int, label: str, value: float, most: float, step: float, unit: str | None) -> Bar:
    base = HEIGHT - BOTTOM
    height = round(value / most * (base - TOP), 1)
    x = round(LEFT + step * (number + (1 - BAR_SHARE) / 2), 1)
    return Bar(
        label=label,
        lines=wrap(label, max(SHORTEST_LINE, int(step / LETTER)))[:2],
        value="" if unit is None else f"{value:g}{unit}",
        x=x,
        y=round(base - height, 1),
        width=round(step * BAR_SHARE, 1),
        height=height,
        middle=round(x + step * BAR_SHARE / 2, 1),
    )
