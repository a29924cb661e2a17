"""Who are you, why do you come. A request does not know when it will be seen."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.base import Record
from clinic.crypto import EncryptedDateField, EncryptedField
from clinic.history import kept
from intake.search_keys import EmailKeyField, NameKeyField


class Patient(Record):
    """A person, as the desk knows them. A public form never changes an existing one."""

    name = models.CharField(max_length=120, help_text="The name to use")
    name_search = NameKeyField()
    email = models.EmailField("e-mail address", blank=True)
    email_search = EmailKeyField()
    phone = PhoneNumberField(blank=True, db_index=True)
    date_of_birth = EncryptedDateField(null=True, blank=True, context="intake.patient.date_of_birth")
    emergency_contact = EncryptedField(null=True, blank=True, context="intake.patient.emergency_contact")
    language = models.CharField(max_length=10, default="en")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The record that holds everything since staff found out that both are one person",
    )

    history = kept(without=("name_search", "email_search"))

    class Meta:
        ordering = ("name_search", "created_at")
        permissions: ClassVar = [("merge_patient", "Can make two records of one person one, and undo it")]

    def __str__(self) -> str:
        return self.name


class ConsultationRequest(Record):
    """One sent consultation form, as typed. Its contacts are those of this request, not the patient's."""

    class ForWhom(models.TextChoices):
        ME = "me", _("Me, and I am 18 or older")
        UNDER_18 = "under_18", _("Me, and I am under 18")
        SOMEONE_ELSE = "someone_else", _("Someone else")

    class BestTime(models.TextChoices):
        ANY = "any", _("Any time")
        MORNING = "morning", _("Morning")
        AFTERNOON = "afternoon", _("Afternoon")
        EVENING = "evening", _("Evening")

    class HelpWith(models.TextChoices):
        DEPRESSION = "depression", _("Depression")
        ANXIETY = "anxiety", _("Anxiety")
        PTSD = "ptsd", _("PTSD")
        OCD = "ocd", _("OCD")
        SOMETHING_ELSE = "something_else", _("Something else")
        NOT_SURE = "not_sure", _("I'm not sure")

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="requests")
    reference = models.CharField(max_length=12, unique=True, help_text="What the person can say on the phone")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    for_whom = models.CharField(max_length=20, choices=ForWhom.choices)
    state = models.CharField("state they will be in", max_length=2)
    name = models.CharField(max_length=120)
    name_search = NameKeyField()
    email = models.EmailField("e-mail address", blank=True)
    email_search = EmailKeyField()
    phone = PhoneNumberField(blank=True, db_index=True)
    phone_extension = models.CharField(max_length=10, blank=True)
    help_with = EncryptedField(null=True, blank=True, context="intake.request.help_with", help_text="List of codes")
    message = EncryptedField(null=True, blank=True, context="intake.request.message")
    best_time = models.CharField(max_length=10, choices=BestTime.choices, default=BestTime.ANY)
    voicemail_ok = models.BooleanField(default=False)
    is_discreet = models.BooleanField("discreet messages", default=False)
    source = models.CharField(
        "where they came from", max_length=20, blank=True, help_text="A word of intake.sources; empty: not known"
    )
    language = models.CharField(max_length=10, default="en")
    answer_promised_by = models.DateTimeField(help_text="When we said we would call")
    form_key = models.UUIDField(unique=True, editable=False, help_text="One per shown form: a replay leads here")
    form_digest = models.CharField(max_length=64, editable=False, help_text="Keyed hash of what was sent with the key")
    sender_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Keyed hash of browser, day and content: two tabs meet here",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    close_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("created_at",)
        indexes: ClassVar = [
            models.Index(fields=["answer_promised_by"], condition=Q(status="open"), name="request_open_by_promise"),
            models.Index(fields=["-created_at"], name="request_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(email="") | ~Q(phone=""), name="request_has_phone_or_email"),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None) | Q(status="closed", closed_at__isnull=False),
                name="request_closed_with_time",
            ),
            models.UniqueConstraint(
                fields=["sender_digest"],
                condition=Q(status="open") & ~Q(sender_digest=""),
                name="request_open_once_per_sender",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PossibleMatch(Record):
    """A new patient who may be one we know: the desk decides."""

    class Verdict(models.TextChoices):
        OPEN = "open", "To decide"
        SAME = "same", "Same person"
        DIFFERENT = "different", "Different people"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="possible_matches")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="possible_matches")
    shares = models.CharField(max_length=60, help_text="What is the same: phone, e-mail")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name_plural = "possible matches"
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "patient"], name="match_once")]

    def __str__(self) -> str:
        return f"{self.request} may be {self.patient}"
