"""Forms of the booking rules in the admin: nonsense is refused with the rule's name and the mend."""

from scheduling.rule_forms.clinicians import ClinicianForm, WorkingHoursForm, WorkingHoursFormSet
from scheduling.rule_forms.exceptions import ScheduleExceptionForm
from scheduling.rule_forms.kinds import AppointmentTypeForm

__all__ = (
    "AppointmentTypeForm",
    "ClinicianForm",
    "ScheduleExceptionForm",
    "WorkingHoursForm",
    "WorkingHoursFormSet",
)
