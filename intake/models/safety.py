"""Who must be called now: a safety item lives until a clinician closes it with a disposition."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from clinic.base import Record
from clinic.crypto import EncryptedField
from intake.models.people import ConsultationRequest, Patient
from intake.models.screening import Screening


class SafetyLevel(models.IntegerChoices):
    """How soon a person calls (clinical.md 3.2); the larger, the sooner."""

    URGENT_SAME_DAY = 1, "Call the same day"
    URGENT = 2, "Call within an hour"
    EMERGENCY = 3, "Call now"


class SafetyItem(Record):
    """Somebody may be in danger. Open, acknowledged, closed; nothing but a clinician's disposition closes it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CLOSED = "closed", "Closed"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="safety_items")
    request = models.ForeignKey(
        ConsultationRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="safety_items"
    )
    screening = models.ForeignKey(
        Screening, null=True, blank=True, on_delete=models.PROTECT, related_name="safety_items"
    )
    level = models.PositiveSmallIntegerField(choices=SafetyLevel.choices)
    trigger = EncryptedField(context="intake.safety.trigger", help_text="The rule that raised it")
    trigger_digest = models.CharField(max_length=64, editable=False, help_text="Keyed hash: one open item per reason")
    detail = EncryptedField(null=True, blank=True, context="intake.safety.detail", help_text="What was said")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: an answer raised it",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    contact_due_at = models.DateTimeField(null=True, blank=True, help_text="By when the person must be called")
    next_alert_at = models.DateTimeField(null=True, blank=True, help_text="When staff are told again")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    disposition = EncryptedField(null=True, blank=True, context="intake.safety.disposition", help_text="How it ended")

    class Meta:
        ordering = ("-level", "raised_at")
        permissions: ClassVar = [
            ("raise_safetyitem", "Can raise a safety concern"),
            ("see_call_needed", "Can see that a clinician's call is needed"),
            ("settle_safetyitem", "Can acknowledge and close a safety item"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_alert_at"], condition=~Q(state="closed"), name="safety_live_by_alert"),
            models.Index(fields=["patient"], condition=~Q(state="closed"), name="safety_live_by_patient"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["screening", "trigger_digest"],
                condition=~Q(state="closed") & Q(screening__isnull=False),
                name="safety_one_live_per_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(acknowledged_at__isnull=False, owner__isnull=False),
                name="safety_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, disposition__isnull=True) & ~Q(state="closed")
                | Q(state="closed", closed_at__isnull=False, closed_by__isnull=False, disposition__isnull=False),
                name="safety_closed_with_disposition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.get_state_display()}"

    @staticmethod
    def digest_of(trigger: str) -> str:
        """The keyed hash by which one reason opens one item."""
        return salted_hmac("intake.safety.trigger", trigger, algorithm="sha256").hexdigest()


class SafetyEvent(models.Model):
    """Append-only: who did what about a safety item, and when."""

    class Kind(models.TextChoices):
        RAISED = "raised", "Raised"
        LEVEL_RAISED = "level_raised", "Made more urgent"
        ALERTED = "alerted", "Staff alerted"
        ALERT_FAILED = "alert_failed", "Alert failed"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CONTACT_ATTEMPT = "contact_attempt", "Tried to reach the person"
        HANDED_OVER = "handed_over", "Handed over"
        CLOCK_PASSED = "clock_passed", "The time to call passed"
        CLOSED = "closed", "Closed"

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(SafetyItem, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who was alerted, or who took over",
    )
    note = EncryptedField(null=True, blank=True, context="intake.safety_event.note")

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["item", "kind", "-at"], name="safety_event_by_item")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class SafetyClock(Record):
    """The clinic's policy for one level: how soon somebody calls and how often staff are told. Signed by who saves it.

    A level without a row follows the defaults of `intake.safety.clocks` (clinical.md 3.2).
    """

    level = models.PositiveSmallIntegerField(choices=SafetyLevel.choices, unique=True)
    contact_within = models.PositiveSmallIntegerField(
        "try to reach within (minutes)",
        validators=[MinValueValidator(1)],
        help_text="Of opening hours, unless day and night",
    )
    repeat_every = models.PositiveSmallIntegerField(
        "tell staff again every (minutes)", validators=[MinValueValidator(1)], help_text="Until somebody acknowledges"
    )
    close_within = models.PositiveSmallIntegerField(
        "disposition within (minutes)",
        validators=[MinValueValidator(1)],
        help_text="After the person was reached: staff are told again when it is not closed by then",
    )
    same_business_day = models.BooleanField(default=False, help_text="Never later than closing time of that day")
    day_and_night = models.BooleanField(default=False, help_text="Clocks and alerts run when the clinic is closed, too")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-level",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(contact_within__gt=0, repeat_every__gt=0, close_within__gt=0),
                name="safety_clock_runs",
            ),
            models.CheckConstraint(
                condition=~Q(level=SafetyLevel.EMERGENCY) | Q(day_and_night=True, repeat_every__lte=15),
                name="safety_clock_emergency_day_and_night",
                violation_error_message="An emergency is told day and night, at least every 15 minutes",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_level_display())
