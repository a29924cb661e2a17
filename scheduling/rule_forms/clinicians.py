"""The forms of a clinician and their week: nonsense is refused with the rule's name and the mend."""

import datetime as dt
from itertools import combinations
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from clinic.models import OpeningHours
from scheduling.models import Clinician, Language, WorkingHours
from scheduling.rule_forms.lengths import check_order, clinic_today, longest_window

WEEKDAYS = OpeningHours.Weekday
WEEK = dt.timedelta(days=6)


class ClinicianForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody who can be booked. Languages are ticked; the order of `Language` is the order shown."""

    languages = forms.MultipleChoiceField(
        choices=Language.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="What they speak with patients. Patients can choose one when the clinic has more than one.",
        error_messages={
            "required": "Languages: tick at least one.",
            "invalid_choice": "Languages: tick only those of the list.",
            "invalid_list": "Languages: tick only those of the list.",
        },
    )

    class Meta:
        model = Clinician
        fields = (
            "name",
            "user",
            "is_bookable",
            "zone",
            "languages",
            "video_link",
            "hears_of_visits",
            "hears_of_tomorrow",
        )


class WorkingHoursForm(forms.ModelForm):  # type: ignore[type-arg]
    """One weekly window."""

    class Meta:
        model = WorkingHours
        fields = ("weekday", "starts", "ends", "location", "valid_from", "valid_until")

    def clean(self) -> dict[str, Any]:
        """The window runs forward, and so does the time it holds."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        check_order(cleaned, "Working hours")
        begin, until = cleaned.get("valid_from"), cleaned.get("valid_until")
        if begin and until and until < begin:
            raise ValidationError(
                f"Working hours: they end on {until} before they begin on {begin}. Enter a later last day."
            )
        weekday = cleaned.get("weekday")
        if begin and until and weekday is not None and until - begin < WEEK and not _holds(begin, until, weekday):
            raise ValidationError(
                f"Working hours: no {WEEKDAYS(weekday).label} lies between {begin} and {until}, so they would never "
                "hold. Change the weekday or the dates."
            )
        if until and "valid_until" in self.changed_data and until < clinic_today():
            raise ValidationError(
                f"Working hours: {until} is over, so they would never hold. Enter a later last day, or delete the row."
            )
        return cleaned


def _holds(begin: dt.date, until: dt.date, weekday: int) -> bool:
    days = (until - begin).days + 1
    return weekday in {(begin.weekday() + offset) % 7 for offset in range(days)}


class WorkingHoursFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The week of one clinician: no two windows that hold on the same day may overlap. Touching is fine."""

    def clean(self) -> None:
        """Name the two windows that collide, and the kind of visit that fits into none."""
        super().clean()
        rows = [
            form.cleaned_data
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE") and form.is_valid()
        ]
        rows = [row for row in rows if row.get("starts") and row.get("ends") and row.get("weekday") is not None]
        for row, other in combinations(rows, 2):
            if _hold_together(row, other):
                _check_pair(row, other)
        self._check_visits_fit(rows)

    def _check_visits_fit(self, rows: list[dict[str, Any]]) -> None:
        """Hours that hold none of the clinician's visits are a slip; no hours at all are not."""
        longest = longest_window(
            WorkingHours(weekday=row["weekday"], starts=row["starts"], ends=row["ends"]) for row in rows
        )
        if not rows or self.instance._state.adding:  # noqa: SLF001 - Django's documented model API
            return
        for kind in self.instance.appointment_types.filter(is_active=True, duration__gt=longest)[:1]:
            raise ValidationError(
                f"Working hours: the longest window is {longest} minutes, and {kind.name} takes {kind.duration}. "
                "Lengthen a window, shorten the visit, or take this kind of visit from the clinician."
            )


def _span(row: dict[str, Any]) -> str:
    return f"{row['starts']:%H:%M}-{row['ends']:%H:%M}"


def _check_pair(row: dict[str, Any], other: dict[str, Any]) -> None:
    """Two windows of one weekday that hold at the same dates."""
    pair = f"on {WEEKDAYS(row['weekday']).label}, {_span(row)} and {_span(other)}"
    if row["starts"] < other["ends"] and other["starts"] < row["ends"]:
        raise ValidationError(f"Working hours: {pair} overlap. Join them into one window or change one of them.")
    is_touching = row["ends"] == other["starts"] or other["ends"] == row["starts"]
    if is_touching and row.get("location") != other.get("location"):
        raise ValidationError(
            f"Working hours: {pair} touch, but are held at different locations. Leave time between them to get there."
        )


def _hold_together(row: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two windows are of one weekday and hold on a common date."""
    return bool(
        row["weekday"] == other["weekday"]
        and (row.get("valid_from") or dt.date.min) <= (other.get("valid_until") or dt.date.max)
        and (other.get("valid_from") or dt.date.min) <= (row.get("valid_until") or dt.date.max)
    )
