"""How a consultation ended: what comes next. One row for each visit that was held, kept by staff."""

from django.conf import settings
from django.db import models

from clinic.base import Record
from scheduling.models.visits import Appointment


class VisitOutcome(Record):
    """The next step after a visit. Each change is an AppointmentEvent, too."""

    class NextStep(models.TextChoices):
        FOLLOW_UP = "follow_up", "Follow-up visit booked"
        REFERRED = "referred", "Referred"
        NOT_SUITABLE = "not_suitable", "Not suitable"
        UNDECIDED = "undecided", "Undecided"

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="outcome")
    next_step = models.CharField(max_length=20, choices=NextStep.choices, db_index=True)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.get_next_step_display()
