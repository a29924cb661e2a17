"""What answers come to: totals, bands, completeness. Pure and table-driven.

Blank is not 0, and a band needs every item (clinical.md 1). What an unfinished form already shows is given
apart, for staff only: `partial`, `prorated` (indicative) and `band_at_least`, which only ever goes up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.screening.answer_points import ForeignAnswerError, points_of
from intake.screening.instruments import (
    ASQ,
    ASQ_ACUTE,
    AUDIT_C,
    GATE,
    INSTRUMENTS,
    PC_PTSD5,
    Instrument,
    ItemTable,
)

Answers = Mapping[str, Mapping[str, Any]]  # {code of the item: {"answers": [FHIR value]}}
Points = dict[str, int]
DIFFICULTY_ITEM = "69722-7"


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score. `total` and `band` only when complete; `safety` is None where the instrument asks nothing of it."""

    instrument: str
    items: int
    answered: int
    complete: bool
    safety: bool | None
    total: int | None = None
    band: str | None = None
    errors: tuple[str, ...] = ()
    partial: int = 0
    prorated: float | None = None
    band_at_least: str | None = None
    is_acute: bool = False  # ASQ: thoughts right now
    difficulty: int | None = None  # 0 to 3, not part of the total


def score(instrument: str, answers: Answers) -> Score:
    """Score the answers to one instrument, keyed by item code. Raises KeyError for an instrument we do not score."""
    table = INSTRUMENTS[instrument]
    points, errors = read_points(table, answers)
    return score_points(table, points, errors)


def read_points(table: Instrument, answers: Answers) -> tuple[Points, list[str]]:
    """Points by item code, and what could not be read. An item without an answer is in neither."""
    points: Points = {}
    errors: list[str] = []
    for code, item in table.known.items():
        values = (answers.get(code) or {}).get("answers") or []
        try:
            found = {points_of(item, value) for value in values}
        except ForeignAnswerError as error:
            errors.append(f"{code}: {error}.")
            continue
        if len(found) > 1:
            errors.append(f"{code}: there are several answers that disagree.")
        elif found:
            points[code] = found.pop()
    return points, errors


def score_points(table: Instrument, points: Mapping[str, int], errors: list[str] | None = None) -> Score:
    """The score of points that were read, and of what could not be read."""
    troubles = [*(errors or []), *_contradictions(table, points)]
    counted = [points[item.code] for item in table.items if item.code in points]
    partial = sum(counted)
    complete = not troubles and all(item.code in points or _is_not_asked(table, item, points) for item in table.items)
    shows_part = not complete and not troubles and len(counted) >= table.partial_from
    return Score(
        instrument=table.name,
        items=len(table.items),
        answered=len(counted),
        complete=complete,
        safety=any(points.get(code, 0) > 0 for code in table.safety) if table.safety else None,
        total=partial if complete else None,
        band=table.band_of(partial) if complete else None,
        errors=tuple(troubles),
        partial=partial,
        prorated=_prorated(table, partial, len(counted)) if shows_part else None,
        band_at_least=_band_above_the_lowest(table, partial) if shows_part else None,
        is_acute=table is ASQ and points.get(ASQ_ACUTE) == 1,
        difficulty=points.get(DIFFICULTY_ITEM),
    )


def _contradictions(table: Instrument, points: Mapping[str, int]) -> list[str]:
    if table is PC_PTSD5 and points.get(GATE) == 0 and any(points.get(item.code) for item in table.items):
        return [f"{GATE}: no such event, yet a later answer is yes."]
    return []


def _is_not_asked(table: Instrument, item: ItemTable, points: Mapping[str, int]) -> bool:
    """Whether a blank item counts as 0, because an earlier answer made the question needless."""
    first = table.items[0].code
    if table is PC_PTSD5:
        return points.get(GATE) == 0
    if table is AUDIT_C:
        return item.code != first and points.get(first) == 0
    if table is ASQ:
        return item.code == ASQ_ACUTE and not any(points.get(other.code) for other in table.items)
    return False


def _prorated(table: Instrument, partial: int, answered: int) -> float | None:
    if not table.is_prorated:
        return None
    return round(partial * len(table.items) / answered, 1)


def _band_above_the_lowest(table: Instrument, partial: int) -> str | None:
    """The band that is certain already; the lowest says nothing yet."""
    band = table.band_of(partial)
    return None if band == table.bands[0][1] else band
