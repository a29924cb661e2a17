"""A clinician read the answers and said how to go on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.base import Record
from clinic.crypto import EncryptedField
from intake.models.people import ConsultationRequest
from intake.models.screening import Screening


class Review(Record):
    """The desk's one word for a request. No longer current once an answer changes."""

    class Outcome(models.TextChoices):
        PROCEED = "proceed", "Proceed"
        CALL_FIRST = "clinician_calls_first", "Clinician calls first"
        MOVE = "move", "Move the visit"
        REFER_OUT = "refer_out", "Refer out"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="reviews")
    screening = models.ForeignKey(Screening, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    note = EncryptedField(null=True, blank=True, context="intake.review.note")
    content_digest = models.CharField(max_length=64, editable=False, help_text="Keyed hash of what was reviewed")
    is_current = models.BooleanField(default=True, help_text="False once an answer changed after it, or a newer one")

    class Meta:
        ordering = ("-at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request"], condition=Q(is_current=True), name="review_one_current")
        ]

    def __str__(self) -> str:
        return str(self.get_outcome_display())
