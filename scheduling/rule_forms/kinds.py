"""The form of a kind of visit: nonsense is refused with the rule's name and the mend."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from scheduling.models import LONGEST_BUFFER, LONGEST_VISIT, AppointmentType, Clinician, Mode, WorkingHours
from scheduling.rule_forms.lengths import longest_window

LONGEST_MINUTES = 24 * 60


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
            "name_es",
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
            "offer_hours",
            "modes",
            "video_link",
            "clinicians",
        )
        error_messages: ClassVar = {
            "duration": {
                "min_value": "Duration: enter at least 5 minutes.",
                "max_value": f"Duration: enter at most {LONGEST_VISIT} minutes.",
            },
            "buffer_before": {"max_value": f"Buffer before: enter at most {LONGEST_BUFFER} minutes."},
            "buffer_after": {"max_value": f"Buffer after: enter at most {LONGEST_BUFFER} minutes."},
            "slot_step": {"min_value": "Slot step: enter at least 5 minutes, or leave it empty to use the duration."},
        }

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
