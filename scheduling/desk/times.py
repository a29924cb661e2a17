"""The times that a desk page suggests: the three nearest, and what was chosen before."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from clinic.models import ClinicProfile
from intake.models import Patient
from scheduling import availability
from scheduling.desk.pages import at_clinic, when
from scheduling.models import Appointment, AppointmentType
from scheduling.views.offers import value_of

SUGGESTED = 3
MORNING = dt.time(8)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One start to choose. `value` is the instant in ISO form."""

    value: str
    label: str
    is_chosen: bool


def suggestions(
    said: dict[str, Any],
    kind: AppointmentType | None,
    *,
    chosen: str = "",
    nearest: Sequence[dt.datetime] = (),
    patient: Patient | None = None,
    moving: Appointment | None = None,
) -> list[Suggestion]:
    """The free times nearest to what was typed, or now; `nearest` where a refusal named them already."""
    if kind is None:
        return []
    starts = list(nearest)[:SUGGESTED] or availability.nearest_starts(
        appointment_type=kind,
        start=_wanted_around(said, moving),
        now=timezone.now(),
        count=SUGGESTED,
        clinician=said.get("clinician"),
        patient=patient,
        moving=moving,
    )
    zone = ClinicProfile.current().zone_info
    shown = [
        Suggestion(value=value_of(one), label=when(one, zone), is_chosen=value_of(one) == chosen) for one in starts
    ]
    earlier = _earlier_choice(chosen, [one.value for one in shown])
    return [*shown, earlier] if earlier else shown


def _wanted_around(said: dict[str, Any], moving: Appointment | None) -> dt.datetime:
    day = said.get("free_day")
    typed = at_clinic(day, said.get("free_time") or MORNING, ClinicProfile.current().zone_info) if day else None
    return typed or (moving.starts_at if moving else timezone.now())


def _earlier_choice(chosen: str, shown: Sequence[str]) -> Suggestion | None:
    """What was chosen on the page before stays on the list."""
    try:
        moment = dt.datetime.fromisoformat(chosen)
    except ValueError:
        return None
    if chosen in shown or moment.tzinfo is None:
        return None
    try:
        return Suggestion(value=chosen, label=when(moment), is_chosen=True)
    except OverflowError:  # the year 1 or 9999 of a tampered form
        return None
