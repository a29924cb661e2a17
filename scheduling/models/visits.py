"""Visits and their history. Instants are UTC."""

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value

from clinic.base import Record
from clinic.crypto import EncryptedTextField
from intake.models import ConsultationRequest, Patient
from scheduling.constraints import PostgresExclusion
from scheduling.models.rules import LONGEST_LINK, AppointmentType, Clinician, Language, Location, Mode

LIVE = ("booked", "confirmed", "arrived")
OCCUPYING = (*LIVE, "completed")  # a visit that was held keeps its clinician's time; a missed one gives it back


class Appointment(Record):
    """A visit. The database refuses two that overlap for one clinician or one patient; see the constraints.

    `occupied_from` / `occupied_until` hold the visit and its buffers, half-open.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        CONFIRMED = "confirmed", "Confirmed"
        ARRIVED = "arrived", "Arrived"
        COMPLETED = "completed", "Completed"
        NO_SHOW = "no_show", "Did not come"
        CANCELLED_BY_PATIENT = "cancelled_by_patient", "Cancelled by patient"
        CANCELLED_BY_CLINIC = "cancelled_by_clinic", "Cancelled by clinic"

    LIVE: ClassVar = LIVE

    request = models.ForeignKey(ConsultationRequest, null=True, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="appointments")
    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=20, choices=Mode.choices, default=Mode.IN_PERSON)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.BOOKED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    occupied_from = models.DateTimeField(editable=False)
    occupied_until = models.DateTimeField(editable=False)
    revision = models.PositiveIntegerField(default=0, help_text="Raised by each change; SEQUENCE of the invite")
    is_overbooked = models.BooleanField(
        default=False, editable=False, help_text="Staff put it over another visit, with a reason"
    )
    is_outside_hours = models.BooleanField(
        default=False, editable=False, help_text="Staff put it, or left it, outside the rules on purpose"
    )
    language = models.CharField(
        max_length=8, blank=True, choices=Language.choices, help_text="What the patient asked for; empty: any"
    )
    video_link = models.CharField(
        max_length=LONGEST_LINK, blank=True, editable=False, help_text="Of this visit alone; see `scheduling.video`"
    )
    is_late_cancel = models.BooleanField(default=False, editable=False)
    held_until = models.DateTimeField(
        null=True, editable=False, help_text="Cancelled, but the time is kept so that it can be undone until then"
    )
    booking_key = models.UUIDField(unique=True, editable=False, help_text="One per shown page: a replay leads here")

    class Meta:
        ordering = ("starts_at",)
        permissions: ClassVar = [
            ("view_reports", "Can read the reports"),
            ("export_reports", "Can save a report as a file"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinician", "occupied_from"], name="appointment_by_clinician"),
            models.Index(fields=["starts_at"], name="appointment_by_start"),
            models.Index(fields=["patient", "-starts_at"], name="appointment_by_patient"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="appointment_times_in_order",
                condition=Q(occupied_from__lte=F("starts_at"))
                & Q(starts_at__lt=F("ends_at"))
                & Q(ends_at__lte=F("occupied_until")),
            ),
            models.CheckConstraint(
                name="appointment_held_only_when_the_patient_cancelled",
                condition=Q(held_until=None) | Q(status="cancelled_by_patient"),
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(status__in=LIVE),
                name="appointment_one_live_per_request",
            ),
            models.UniqueConstraint(  # in any state: who had the link once could still walk in
                fields=["video_link"],
                condition=~Q(video_link=""),
                name="appointment_video_link_of_one_visit",
            ),
            PostgresExclusion(
                name="appointment_no_overlap_for_clinician",
                expressions=[
                    ("clinician", "="),
                    (Func(F("occupied_from"), F("occupied_until"), Value("[)"), function="tstzrange"), "&&"),
                ],
                condition=Q(Q(status__in=OCCUPYING) | Q(held_until__isnull=False), is_overbooked=False),
            ),
            PostgresExclusion(
                name="appointment_no_overlap_for_patient",
                expressions=[
                    ("patient", "="),
                    (Func(F("starts_at"), F("ends_at"), Value("[)"), function="tstzrange"), "&&"),
                ],
                condition=Q(status__in=LIVE, is_overbooked=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_type} {self.starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_live(self) -> bool:
        """Whether it still stands: booked, confirmed or arrived."""
        return self.status in self.LIVE

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody called it off."""
        return self.status in {self.Status.CANCELLED_BY_PATIENT, self.Status.CANCELLED_BY_CLINIC}

    @property
    def letter_language(self) -> str:
        """In which language we write to whom the visit is for."""
        return (self.request or self.patient).language

    @property
    def change_ends_at(self) -> dt.datetime:
        """Until when the patient can change or cancel it alone."""
        return self.starts_at - dt.timedelta(minutes=self.appointment_type.change_cutoff)


class AppointmentEvent(models.Model):
    """Append-only: what happened to a visit, who did it, from where and why."""

    class Source(models.TextChoices):
        WEB = "web", "Private link"
        STAFF = "staff", "Staff"
        TEXT = "text", "Answer to a text"
        SYSTEM = "system", "System"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    event = models.CharField(max_length=30, help_text="booked, moved or the new status")
    source = models.CharField(max_length=10, choices=Source.choices)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(blank=True, default="", context="scheduling.event.reason")
    starts_at = models.DateTimeField(help_text="Start of the visit after this event")
    change_key = models.UUIDField(
        null=True, unique=True, editable=False, help_text="One per shown page that moves a visit: a replay leads here"
    )

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.event} {self.at:%Y-%m-%d %H:%M}"
