"""The pictures of docs/scheduling.md, drawn by the code they explain.

Times come from `scheduling.slots`, moves from the table of `scheduling.transitions`, the undo window from
`scheduling.cancelling`.
"""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from scheduling.cancelling import UNDO_WINDOW
from scheduling.slots import Interval, clinic_windows, slot_starts
from scheduling.transitions import MOVES

ZONE = ZoneInfo("America/Chicago")
TUESDAY = dt.date(2026, 12, 1)
HALF_HOUR, TEN = dt.timedelta(minutes=30), dt.timedelta(minutes=10)
INK, LINE, OPEN, TAKEN, OFFERED = "#1d2b2a", "#1f5f5b", "#dcefe6", "#e6c9a8", "#17594f"
WIDTH, LEFT, ROW = 720, 20, 26


def _svg(title: str, says: str, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
    return "\n".join(
        [
            head,
            f"<title>{title}</title>",
            f"<desc>{says}</desc>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<g font-family="system-ui,sans-serif" font-size="13" fill="{INK}">',
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )


class _Axis:
    """Places instants of one stretch of time on the width of a picture."""

    def __init__(self, begins: dt.datetime, ends: dt.datetime) -> None:
        self.begins, self.length = begins, ends - begins

    def at(self, moment: dt.datetime) -> int:
        """The place of an instant."""
        return LEFT + round((WIDTH - 2 * LEFT) * ((moment - self.begins) / self.length))

    def bar(self, interval: Interval, top: int, colour: str, label: str, height: int = ROW) -> list[str]:
        """A stretch of time with its name."""
        left, right = self.at(interval[0]), self.at(interval[1])
        return [
            f'<rect x="{left}" y="{top}" width="{right - left}" height="{height}" fill="{colour}" stroke="{LINE}"/>',
            f'<text x="{left + 5}" y="{top + 17}">{label}</text>',
        ]

    def mark(self, moment: dt.datetime, top: int, label: str) -> list[str]:
        """A start, with its wall time under it."""
        place = self.at(moment)
        return [
            f'<path d="M{place} {top}v14" stroke="{OFFERED}" stroke-width="3"/>',
            f'<text x="{place}" y="{top + 28}" text-anchor="middle" font-size="11">{label}</text>',
        ]


def _wall(moment: dt.datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M}"


def _at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(TUESDAY, dt.time(hour, minute), ZONE).astimezone(dt.UTC)


def grid() -> str:
    """Hours with a closure in them and a visit: each window has its own grid, and nothing else moves it."""
    closed = ("closed", dt.time(11), dt.time(11, 50))
    windows = clinic_windows(TUESDAY, [(dt.time(9), dt.time(14))], [closed], ZONE)
    visit = (_at(9, 40), _at(10, 10))
    starts = slot_starts(windows=windows, busy=[visit], duration=HALF_HOUR, step=HALF_HOUR)
    axis = _Axis(_at(8, 45), _at(14, 15))
    parts: list[str] = []
    for window in windows:
        parts += axis.bar(window, 20, OPEN, f"{_wall(window[0])} to {_wall(window[1])}")
    parts += axis.bar(visit, 56, TAKEN, "visit")
    for start in starts:
        parts += axis.mark(start, 92, _wall(start))
    says = f"Windows {', '.join(f'{_wall(a)} to {_wall(b)}' for a, b in windows)}; a visit from 09:40 to 10:10."
    return _svg("The grid of starts", f"{says} Offered: {', '.join(map(_wall, starts))}.", 134, parts)


def buffers() -> str:
    """A booked visit with its buffers and the nearest starts on both sides of one that asks for its own."""
    window, visit = (_at(8), _at(13)), (_at(10), _at(10, 30))
    occupied = (visit[0] - TEN, visit[1] + TEN)
    starts = slot_starts(
        windows=[window], busy=[occupied], duration=HALF_HOUR, step=TEN, buffer_before=TEN, buffer_after=TEN
    )
    before = max(start for start in starts if start < visit[0])
    after = min(start for start in starts if start > visit[0])
    axis = _Axis(_at(8, 45), _at(11, 45))
    parts = axis.bar(occupied, 20, TAKEN, "", 54)
    parts += axis.bar(visit, 34, "#fff", "10:00 booked")
    for start in (before, after):
        parts += axis.bar((start - TEN, start + HALF_HOUR + TEN), 90, "#f4ead9", "", 54)
        parts += axis.bar((start, start + HALF_HOUR), 104, OPEN, f"{_wall(start)} offered")
    says = f"Booked 10:00 to 10:30 with ten minutes on both sides. Nearest starts: {_wall(before)} and {_wall(after)}."
    return _svg("Buffers add up", says, 160, parts)


def clock() -> str:
    """The two nights on which the clocks change, hour by hour of real time."""
    parts: list[str] = []
    said: list[str] = []
    nights = ((dt.date(2026, 3, 8), "Spring: 02:00 is 03:00"), (dt.date(2026, 11, 1), "Autumn: 01:00 comes twice"))
    for index, (date, label) in enumerate(nights):
        top = 24 + 100 * index
        (window,) = clinic_windows(date, [(dt.time(0, 30), dt.time(4))], [], ZONE)
        starts = slot_starts(windows=[window], busy=[], duration=HALF_HOUR, step=HALF_HOUR)
        begins, ends = (edge.astimezone(dt.UTC) for edge in window)
        axis = _Axis(begins - HALF_HOUR, begins + dt.timedelta(hours=5))
        parts.append(
            f'<text x="{LEFT}" y="{top - 6}" font-weight="bold">{label} ({date:%B} {date.day}, {date.year})</text>'
        )
        parts += axis.bar((begins, ends), top, OPEN, "Open 00:30 to 04:00")
        for start in starts:
            parts += axis.mark(start, top + 34, f"{start.astimezone(ZONE):%H:%M}")
        said.append(f"{label}: {', '.join(map(_wall, starts))}")
    return _svg("The two nights on which clocks change", f"{'. '.join(said)}.", 210, parts)


def undo() -> str:
    """What happens to a time whose visit is cancelled by the patient."""
    cancelled = _at(10)
    until = cancelled + UNDO_WINDOW
    axis = _Axis(cancelled - TEN, until + 2 * TEN)
    parts = [
        *axis.bar((cancelled - TEN, cancelled), 20, TAKEN, "Booked"),
        *axis.bar((cancelled, until), 20, "#f4ead9", "Kept, no word out"),
        *axis.bar((until, until + 2 * TEN), 20, OPEN, "Free for everybody; the word is sent"),
        *axis.mark(cancelled, 52, "cancelled"),
        *axis.mark(until, 52, f"{int(UNDO_WINDOW.total_seconds() // 60)} minutes later"),
    ]
    return _svg("The undo window", "Booked, then kept for the patient, then free.", 96, parts)


def states() -> str:
    """The table of legal moves: a row for each state, a mark under each state it may go to."""
    order = list(MOVES)
    first, step, top = 190, 72, 64
    parts: list[str] = []
    for column, state in enumerate(order):
        words = state.label.split(" ", 1)
        for line, text in enumerate(words):
            parts.append(
                f'<text x="{first + column * step + 30}" y="{24 + 14 * line}" text-anchor="middle" font-size="10">{text}</text>'
            )
    for row, (state, targets) in enumerate(MOVES.items()):
        y = top + row * ROW
        parts.append(f'<text x="{LEFT}" y="{y + 17}">{state.label}</text>')
        for column, target in enumerate(order):
            fill = OFFERED if target in targets else "#f4f4f4" if target != state else "#ddd"
            parts.append(f'<rect x="{first + column * step}" y="{y}" width="60" height="20" rx="4" fill="{fill}"/>')
    says = "; ".join(
        f"{state.label} to {', '.join(target.label for target in order if target in targets) or 'nothing'}"
        for state, targets in MOVES.items()
    )
    return _svg("Legal moves of a visit, from the row to the column", f"{says}.", top + len(order) * ROW + 12, parts)
