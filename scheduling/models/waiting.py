"""The rows of the waiting list: who would like an earlier time, and what they were offered."""

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.base import Record
from intake.models import ConsultationRequest
from scheduling.models.rules import AppointmentType, Clinician
from scheduling.models.visits import Appointment


class WaitlistEntry(Record):
    """One request that asked to be told of an earlier time. The oldest comes first; a wish changed keeps its place."""

    class PartOfDay(models.TextChoices):
        MORNING = "morning", _("Morning")
        AFTERNOON = "afternoon", _("Afternoon")
        EVENING = "evening", _("Evening")

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="+")
    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(
        Clinician,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: any clinician",
    )
    weekdays = models.JSONField(default=list, blank=True, help_text="0 is Monday; empty: any day")
    parts_of_day = models.JSONField(default=list, blank=True, help_text="Empty: any time of day")
    asked_at = models.DateTimeField(help_text="When the person last said what they would like")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("created_at",)
        verbose_name = "waiting list entry"
        verbose_name_plural = "waiting list"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(stopped_at=None), name="waitlist_one_live_entry_per_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request}, since {self.created_at:%Y-%m-%d}"


class WaitlistOffer(Record):
    """One free time offered to one who waits. It holds nothing: who takes it first, by any way, has it."""

    class Outcome(models.TextChoices):
        OPEN = "open", "No answer yet"
        ACCEPTED = "accepted", "Taken"
        DECLINED = "declined", "Not wanted"
        LOST = "lost", "Somebody else had it"
        WITHDRAWN = "withdrawn", "Taken back"

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Until when it can be taken by its link")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    visit = models.ForeignKey(
        Appointment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What taking it booked or moved",
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "offer of a time"
        verbose_name_plural = "offers of a time"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "clinician", "starts_at"], name="offer_once_per_time"),
            models.CheckConstraint(
                condition=Q(outcome="accepted", visit__isnull=False) | (~Q(outcome="accepted") & Q(visit=None)),
                name="offer_accepted_with_visit",
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", answered_at=None) | (~Q(outcome="open") & Q(answered_at__isnull=False)),
                name="offer_answered_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC, {self.get_outcome_display().lower()}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it can be taken by its link. An unanswered offer ends by the clock alone; no sweep does it."""
        return self.outcome == self.Outcome.OPEN and now < self.expires_at
