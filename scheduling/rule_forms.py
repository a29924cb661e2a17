"""Forms of the booking rules in the admin: nonsense is refused with the rule's name and the mend."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from clinic.models import OpeningHours
from scheduling.models import AppointmentType, Clinician, Mode, ScheduleException, WorkingHours

LONGEST_MINUTES = 24 * 60
WEEKDAYS = OpeningHours.Weekday


def minutes_of(time: dt.time) -> int:
    """Minutes since midnight."""
    return time.hour * 60 + time.minute


def longest_window(hours: Iterable[WorkingHours]) -> int:
    """Minutes of the longest window; windows of one clinician and weekday that touch or overlap count as one."""
    longest = 0
    reach: dict[tuple[object, int], tuple[int, int]] = {}
    for row in sorted(hours, key=lambda row: row.starts):
        key = (row.clinician_id, row.weekday)
        begin, end = minutes_of(row.starts), minutes_of(row.ends)
        if key in reach and begin <= reach[key][1]:
            begin, end = reach[key][0], max(end, reach[key][1])
        reach[key] = (begin, end)
        longest = max(longest, end - begin)
    return longest


class AppointmentTypeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rules of a kind of visit. Modes are ticked; the order of `Mode` is the order shown."""

    modes = forms.MultipleChoiceField(
        choices=Mode.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="How people can choose to meet. With one ticked, they are not asked.",
        error_messages={
            "required": "Modes: tick at least one way to meet.",
            "invalid_choice": "Modes: tick in person, video or phone.",
            "invalid_list": "Modes: tick in person, video or phone.",
        },
    )

    class Meta:
        model = AppointmentType
        fields = (
            "name",
            "slug",
            "is_active",
            "duration",
            "slot_step",
            "buffer_before",
            "buffer_after",
            "minimum_notice",
            "horizon_days",
            "daily_cap",
            "change_cutoff",
            "modes",
            "clinicians",
        )
        error_messages: ClassVar = {
            "duration": {"min_value": "Duration: enter at least 5 minutes."},
            "slot_step": {"min_value": "Slot step: enter at least 5 minutes, or leave it empty to use the duration."},
        }

    def clean_duration(self) -> int:
        """A visit ends on the day it begins."""
        duration: int = self.cleaned_data["duration"]
        if duration > LONGEST_MINUTES:
            raise ValidationError("Duration: enter at most 1440 minutes, which is one day.")
        return duration

    def clean_slot_step(self) -> int | None:
        """A step of zero would never reach the next start."""
        step: int | None = self.cleaned_data["slot_step"]
        if step is not None and not 0 < step <= LONGEST_MINUTES:
            raise ValidationError("Slot step: enter 5 to 1440 minutes, or leave it empty to use the duration.")
        return step

    def clean_horizon_days(self) -> int:
        """Without a day ahead nobody could book."""
        days: int = self.cleaned_data["horizon_days"]
        if days < 1:
            raise ValidationError("Horizon days: enter at least 1. To stop booking, make the type inactive.")
        return days

    def clean_daily_cap(self) -> int | None:
        """A cap of zero is a closed type."""
        cap: int | None = self.cleaned_data["daily_cap"]
        if cap == 0:
            raise ValidationError("Daily cap: enter at least 1, or leave it empty for no cap.")
        return cap

    def clean(self) -> dict[str, Any]:
        """The visit must fit the hours and the notice the horizon."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        duration, notice, horizon = (cleaned.get(name) for name in ("duration", "minimum_notice", "horizon_days"))
        if notice is not None and horizon is not None and notice >= horizon * LONGEST_MINUTES:
            self.add_error(
                "minimum_notice",
                f"Minimum notice: {notice} minutes is longer than the horizon of {horizon} days, so no time could "
                "be booked. Shorten the notice or lengthen the horizon.",
            )
        if duration and cleaned.get("clinicians"):
            self._check_windows(duration, cleaned["clinicians"])
        return cleaned

    def _check_windows(self, duration: int, clinicians: Iterable[Clinician]) -> None:
        hours = list(WorkingHours.objects.filter(clinician__in=clinicians))
        longest = longest_window(hours)
        if hours and duration > longest:
            self.add_error(
                "duration",
                f"Duration: {duration} minutes fit into no working hours of these clinicians; their longest window "
                f"is {longest} minutes. Shorten the visit or lengthen the hours.",
            )


def _check_order(cleaned: dict[str, Any], what: str) -> None:
    starts, ends = cleaned.get("starts"), cleaned.get("ends")
    if starts and ends and starts >= ends:
        raise ValidationError(
            f"{what}: {ends:%H:%M} is not after {starts:%H:%M}. Enter an end later than the start; "
            "hours past midnight go on the next day."
        )


class WorkingHoursForm(forms.ModelForm):  # type: ignore[type-arg]
    """One weekly window."""

    class Meta:
        model = WorkingHours
        fields = ("weekday", "starts", "ends", "location", "valid_from", "valid_until")

    def clean(self) -> dict[str, Any]:
        """The window runs forward, and so does the time it holds."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_order(cleaned, "Working hours")
        begin, until = cleaned.get("valid_from"), cleaned.get("valid_until")
        if begin and until and until < begin:
            raise ValidationError(
                f"Working hours: they end on {until} before they begin on {begin}. Enter a later last day."
            )
        return cleaned


class WorkingHoursFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The week of one clinician: no two windows that hold on the same day may overlap. Touching is fine."""

    def clean(self) -> None:
        """Name the two windows that collide."""
        super().clean()
        rows = [
            form.cleaned_data
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE") and form.is_valid()
        ]
        rows = [row for row in rows if row.get("starts") and row.get("ends") and row.get("weekday") is not None]
        for index, row in enumerate(rows):
            for other in rows[index + 1 :]:
                if _windows_collide(row, other):
                    raise ValidationError(
                        f"Working hours: on {WEEKDAYS(row['weekday']).label}, {row['starts']:%H:%M}-{row['ends']:%H:%M} and "
                        f"{other['starts']:%H:%M}-{other['ends']:%H:%M} overlap. Join them into one window or change "
                        "one of them."
                    )


def _windows_collide(row: dict[str, Any], other: dict[str, Any]) -> bool:
    if row["weekday"] != other["weekday"]:
        return False
    in_force_together = (row.get("valid_from") or dt.date.min) <= (other.get("valid_until") or dt.date.max) and (
        other.get("valid_from") or dt.date.min
    ) <= (row.get("valid_until") or dt.date.max)
    return bool(in_force_together and row["starts"] < other["ends"] and other["starts"] < row["ends"])


class ScheduleExceptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Time off or extra time on one date."""

    class Meta:
        model = ScheduleException
        fields: Sequence[str] = ("clinician", "date", "effect", "starts", "ends", "reason")

    def clean(self) -> dict[str, Any]:
        """A closure may take the whole day; extra hours need their times."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends, effect = (cleaned.get(name) for name in ("starts", "ends", "effect"))
        if (starts is None) != (ends is None):
            raise ValidationError("Exception: enter both times, or none to close the whole day.")
        if effect == ScheduleException.Effect.OPEN and starts is None:
            raise ValidationError("Exception: extra hours need a start and an end. Enter both times.")
        _check_order(cleaned, "Exception")
        return cleaned
