"""Calling people: who tried when and how it ended, and who is about to."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.base import Record
from intake.models.people import ConsultationRequest, Patient


class ContactAttempt(models.Model):
    """Append-only: somebody of the desk called about a request, and how it ended. No word of what was said."""

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        VOICEMAIL = "voicemail", "Voicemail left"
        NO_ANSWER = "no_answer", "No answer"
        WRONG_NUMBER = "wrong_number", "Wrong number"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="contact_attempts")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    next_call_at = models.DateTimeField(null=True, help_text="When the desk calls again; empty: no call was agreed")
    call_key = models.UUIDField(unique=True, editable=False, help_text="One per shown page: a replay leads here")

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["request", "-id"], name="attempt_by_request")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=["reached", "voicemail", "no_answer", "wrong_number"]),
                name="attempt_with_a_known_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"


class CallClaim(Record):
    """Who of the desk has taken a person, so that two do not call. It runs out by the clock alone."""

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, related_name="+")
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    held_until = models.DateTimeField()

    class Meta:
        ordering = ("held_until",)

    def __str__(self) -> str:
        return f"{self.held_by} until {self.held_until:%H:%M} UTC"
