"""When, with whom. Instants are UTC; rules are wall time in the clinic's zone."""

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from clinic.base import Record
from clinic.crypto import EncryptedTextField
from clinic.models import OpeningHours
from clinic.models.profile import validate_zone
from intake.models import ConsultationRequest, Patient
from scheduling.constraints import PostgresExclusion

LIVE = ("booked", "confirmed", "arrived")
OCCUPYING = (*LIVE, "completed")  # a visit that was held keeps its clinician's time; a missed one gives it back
LONGEST_VISIT = 12 * 60
LONGEST_BUFFER = 6 * 60  # with the visit and both buffers, nothing occupies more than a day


class Mode(models.TextChoices):
    """How a visit is held."""

    IN_PERSON = "in_person", "In person"
    VIDEO = "video", "Video"
    PHONE = "phone", "Phone"


class Location(Record):
    """A place where visits are held."""

    name = models.CharField(max_length=80)
    address = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Clinician(Record):
    """Somebody who can be booked."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="clinician"
    )
    name = models.CharField(max_length=80, help_text="As patients see it: Dr. Dana Rivers")
    zone = models.CharField(max_length=64, blank=True, validators=[validate_zone], help_text="Empty: the clinic's zone")
    is_bookable = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class AppointmentType(Record):
    """A kind of visit and its booking rules. Durations in minutes."""

    name = models.CharField(max_length=80, help_text="As patients see it: Free consultation")
    slug = models.SlugField(unique=True)
    duration = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(LONGEST_VISIT)]
    )
    slot_step = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5)], help_text="Empty: the duration"
    )
    buffer_before = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LONGEST_BUFFER)])
    buffer_after = models.PositiveSmallIntegerField(default=10, validators=[MaxValueValidator(LONGEST_BUFFER)])
    minimum_notice = models.PositiveIntegerField(default=120, help_text="Minutes between booking and start")
    horizon_days = models.PositiveSmallIntegerField(default=60, help_text="How far ahead people can book")
    daily_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits of this type per clinician and day"
    )
    change_cutoff = models.PositiveIntegerField(
        default=120, help_text="Minutes before the start when self-service ends"
    )
    modes = models.JSONField(default=list, help_text='As ["in_person", "phone"]; the first is offered first')
    clinicians = models.ManyToManyField(Clinician, related_name="appointment_types", blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(duration__gt=0), name="type_duration_positive"),
            models.CheckConstraint(condition=Q(slot_step=None) | Q(slot_step__gt=0), name="type_step_positive"),
            models.CheckConstraint(
                condition=Q(
                    duration__lte=LONGEST_VISIT, buffer_before__lte=LONGEST_BUFFER, buffer_after__lte=LONGEST_BUFFER
                ),
                name="type_fits_in_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def offered_modes(self) -> list[Mode]:
        """How it can be held, first choice first; in person when nothing is said."""
        return [Mode(mode) for mode in self.modes] or [Mode.IN_PERSON]


class WorkingHours(Record):
    """A weekly window of one clinician, wall time."""

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="working_hours")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT)
    weekday = models.PositiveSmallIntegerField(choices=OpeningHours.Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Last day on which it holds")

    class Meta:
        ordering = ("clinician", "weekday", "starts")
        verbose_name_plural = "working hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="working_hours_start_before_end")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class ScheduleException(Record):
    """Time removed from or added to the weekly hours on one date, for one clinician or the whole clinic."""

    class Effect(models.TextChoices):
        CLOSED = "closed", "Closed"
        OPEN = "open", "Extra hours"

    clinician = models.ForeignKey(
        Clinician,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="exceptions",
        help_text="Empty: the whole clinic",
    )
    date = models.DateField()
    effect = models.CharField(max_length=10, choices=Effect.choices, default=Effect.CLOSED)
    starts = models.TimeField(null=True, blank=True, help_text="Empty: the whole day")
    ends = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("date",)
        indexes: ClassVar = [models.Index(fields=["date"], name="exception_by_date")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    Q(starts=None, ends=None, effect="closed")
                    # an unknown answer passes a CHECK, so NULL must be refused by name
                    | Q(starts__isnull=False, ends__isnull=False, starts__lt=F("ends"))
                ),
                name="exception_times_make_sense",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_effect_display()} {self.date}"


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
    is_late_cancel = models.BooleanField(default=False, editable=False)
    held_until = models.DateTimeField(
        null=True, editable=False, help_text="Cancelled, but the time is kept so that it can be undone until then"
    )
    booking_key = models.UUIDField(unique=True, editable=False, help_text="One per shown page: a replay leads here")

    class Meta:
        ordering = ("starts_at",)
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
    def change_ends_at(self) -> dt.datetime:
        """Until when the patient can change or cancel it alone."""
        return self.starts_at - dt.timedelta(minutes=self.appointment_type.change_cutoff)


class AppointmentEvent(models.Model):
    """Append-only: what happened to a visit, who did it, from where and why."""

    class Source(models.TextChoices):
        WEB = "web", "Private link"
        STAFF = "staff", "Staff"
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
