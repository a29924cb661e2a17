"""The form of a single date: nonsense is refused with the rule's name and the mend."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from scheduling.models import ScheduleException
from scheduling.rule_forms.lengths import check_order, clinic_today
from scheduling.slots import overlaps, wall_interval


class ScheduleExceptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Time off or extra time on one date."""

    class Meta:
        model = ScheduleException
        fields: Sequence[str] = ("clinician", "date", "effect", "starts", "ends", "location", "reason")

    def clean(self) -> dict[str, Any]:
        """A closure may take the whole day; extra hours need their times."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends, effect = (cleaned.get(name) for name in ("starts", "ends", "effect"))
        if (starts is None) != (ends is None):
            raise ValidationError("Exception: enter both times, or none to close the whole day.")
        if effect == ScheduleException.Effect.OPEN and starts is None:
            raise ValidationError("Exception: extra hours need a start and an end. Enter both times.")
        check_order(cleaned, "Exception")
        date = cleaned.get("date")
        if date and "date" in self.changed_data:
            self._check_date(date)
        if date and effect and self.has_changed():
            self._check_others(cleaned, date, effect)
        return cleaned

    def _check_date(self, date: dt.date) -> None:
        if date < clinic_today():
            raise ValidationError(
                f"Exception: {date} is over, so it would change nothing. Enter today or a later date."
            )

    def _check_others(self, cleaned: dict[str, Any], date: dt.date, effect: str) -> None:
        """Not the same twice, and no extra hours that a closure takes away again."""
        clinician = cleaned.get("clinician")
        clinician_id = clinician.pk if clinician else self.instance.clinician_id  # as an inline: whose page it is
        times = wall_interval(date, cleaned.get("starts"), cleaned.get("ends"))
        same_people = Q(clinician=clinician_id) | Q(clinician=None)
        others = ScheduleException.objects.filter(same_people, date=date).exclude(pk=self.instance.pk)
        for other in others:
            other_times = wall_interval(date, other.starts, other.ends)
            named = f"{other.reason}, {_span(other)}" if other.reason else _span(other)
            if effect == other.effect and other.clinician_id == clinician_id and overlaps(times, other_times):
                raise ValidationError(
                    f"Exception: {other.get_effect_display()} on {date} is there already ({named}). Change that one."
                )
            if effect == ScheduleException.Effect.OPEN != other.effect and overlaps(times, other_times):
                raise ValidationError(
                    f"Exception: {date} is closed then ({named}), and a closure wins over extra hours. Delete or "
                    "shorten the closure first, or choose other times."
                )


def _span(row: ScheduleException) -> str:
    return f"{row.starts:%H:%M}-{row.ends:%H:%M}" if row.starts and row.ends else "the whole day"
