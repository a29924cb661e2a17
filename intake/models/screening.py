"""What we ask before a visit: signed questionnaires, sittings, answers, and what a clinician must look at."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.base import Record
from clinic.crypto import EncryptedDateField, EncryptedField
from clinic.languages import ENGLISH
from intake.models.people import ConsultationRequest, Patient


class Questionnaire(Record):
    """One version of a questionnaire in one language. Signed ones never change: the database refuses it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "In use"
        RETIRED = "retired", "Retired"

    url = models.CharField("canonical address", max_length=200)
    version = models.CharField(max_length=20)
    instrument = models.CharField(max_length=40, help_text="PHQ-9, GAD-7, STOP-ITEMS ...")
    title = models.CharField(max_length=120)
    language = models.CharField(max_length=10, default="en")
    definition = models.JSONField(help_text="FHIR R4 Questionnaire with the clinic's rules")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the definition")
    change_note = models.CharField(max_length=300, blank=True, help_text="What changed since the version in use, why")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("instrument", "language", "-created_at")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["url", "version", "language"], name="questionnaire_version_once"),
            models.UniqueConstraint(
                fields=["instrument", "language"],
                condition=Q(status="published"),
                name="questionnaire_one_in_use",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at=None, signed_by=None)
                | (~Q(status="draft") & Q(signed_at__isnull=False, signed_by__isnull=False)),
                name="questionnaire_used_only_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Screening(Record):
    """One sitting of one pack of questionnaires for one request. The private link "screening" opens it."""

    class Pack(models.TextChoices):
        PRE_VISIT = "pre_visit", "Before the visit"
        SECOND = "second", "More questions"
        REPEAT = "repeat", "Again"

    class Status(models.TextChoices):
        INVITED = "invited", "Not started"
        IN_PROGRESS = "in_progress", "Started"
        COMPLETED = "completed", "Sent"
        IN_PERSON = "in_person", "Will tell in person"
        WAIVED = "waived", "Waived"

    class Mode(models.TextChoices):
        WEB = "web", "On the web"
        TABLET = "tablet", "On the clinic's tablet"
        PHONE = "phone", "By phone, entered by staff"
        PAPER = "paper", "On paper, entered by staff"

    class EnglishOnly(models.TextChoices):
        ANSWERS = "answers", "Answers in English what exists only in English"
        INTERPRETER = "interpreter", "Is asked that with an interpreter"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="screenings")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="screenings")
    pack = models.CharField(max_length=12, choices=Pack.choices, default=Pack.PRE_VISIT)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.INVITED)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.WEB)
    language = models.CharField(max_length=10, default="en")
    english_only = models.CharField(
        "questions only in English",
        max_length=12,
        choices=EnglishOnly.choices,
        blank=True,
        help_text="What the person chose; empty while not asked",
    )
    urgent_phone = EncryptedField(
        null=True, blank=True, context="intake.screening.urgent_phone", help_text="Where to call in an emergency"
    )
    whereabouts = EncryptedField(
        null=True, blank=True, context="intake.screening.whereabouts", help_text="City or address while answering"
    )
    emergency_contact = EncryptedField(null=True, blank=True, context="intake.screening.emergency_contact")
    date_of_birth = EncryptedDateField(
        null=True,
        blank=True,
        context="intake.screening.date_of_birth",
        help_text="As the person gave it; the patient's own is changed by staff only",
    )
    held_at = models.DateTimeField(
        null=True, blank=True, help_text="The date of birth given is under 18: the visit waits for a clinician's word"
    )
    hold_decided_at = models.DateTimeField(null=True, blank=True, help_text="When a clinician decided about the hold")
    hold_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    hold_lifted = models.BooleanField(default=False, help_text="The clinician decided that the visit goes ahead")
    hold_reason = EncryptedField(null=True, blank=True, context="intake.screening.hold_reason")
    dob_confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="Until staff confirmed the date of birth, no link shows answers back"
    )
    dob_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the person was invited")
    started_at = models.DateTimeField(null=True, blank=True)
    last_saved_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    resumable_until = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    waive_reason = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-created_at",)
        permissions: ClassVar = [
            ("send_screening", "Can send a questionnaire and start the tablet"),
            ("waive_screening", "Can waive a questionnaire"),
            ("enter_answers", "Can enter answers given by phone or on paper"),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "last_saved_at"], name="screening_by_status")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "pack"],
                condition=Q(status__in=["invited", "in_progress"]),
                name="screening_one_open_per_pack",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(completed_at__isnull=False), name="screening_completed_with_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="waived") | Q(waived_by__isnull=False), name="screening_waived_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(hold_lifted=False) | Q(hold_decided_by__isnull=False),
                name="screening_hold_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_pack_display()}: {self.get_status_display()}"

    @property
    def asks_english(self) -> bool:
        """Whether questions that exist only in English are put to this person on the page."""
        return self.language == ENGLISH or self.english_only == self.EnglishOnly.ANSWERS

    @property
    def is_held(self) -> bool:
        """Whether the visit waits for a clinician, or a clinician decided against it."""
        return self.held_at is not None and not self.hold_lifted


class ScreeningResponse(Record):
    """The answers to one questionnaire in one sitting; the version asked is pinned by the foreign key.

    `answers` is `{linkId: {"answers": [FHIR value], "texts": [as shown], "question": as shown,
    "absent": "asked-declined" | None, "at": ISO time}}`.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", "Started"
        COMPLETED = "completed", "Complete"
        AMENDED = "amended", "Changed later"
        NOT_SCREENED = "not_screened", "Not asked: needs an interpreter"

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="responses")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.IN_PROGRESS)
    answers = EncryptedField(default=dict, context="intake.response.answers")
    revision = models.PositiveIntegerField(default=0, help_text="Counts every saving")
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["screening", "questionnaire"], name="response_once_per_sitting")
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}, revision {self.revision}"


class ResponseRevision(Record):
    """Append-only: the answers as they stood after one saving."""

    response = models.ForeignKey(ScreeningResponse, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    answers = EncryptedField(context="intake.revision.answers")
    changed = EncryptedField(default=list, context="intake.revision.changed", help_text="linkIds saved this time")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the person",
    )
    form_key = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="One per shown page: a replay leads here"
    )

    class Meta:
        ordering = ("response", "revision")
        constraints: ClassVar = [models.UniqueConstraint(fields=["response", "revision"], name="revision_once")]

    def __str__(self) -> str:
        return f"Revision {self.revision}"


class FlagLevel(models.IntegerChoices):
    """How much an answer matters; the larger, the sooner. Shown to clinicians only."""

    INFO = 0, "Information"
    REVIEW = 1, "Clinician must review"
    REVIEW_STOP = 2, "Review before any treatment"
    URGENT = 3, "Urgent"
    EMERGENCY = 4, "Emergency"


class Flag(Record):
    """One answer a clinician must know about. Superseded when the answer changes, never removed."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="flags")
    response = models.ForeignKey(ScreeningResponse, on_delete=models.PROTECT, related_name="flags")
    level = models.PositiveSmallIntegerField(choices=FlagLevel.choices)
    code = EncryptedField(context="intake.flag.code", help_text="The rule")
    content = EncryptedField(context="intake.flag.content", help_text="question, answer, reason, source")
    is_live = models.BooleanField(default=True)
    raised_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-level", "raised_at")
        indexes: ClassVar = [
            models.Index(fields=["screening", "-level"], condition=Q(is_live=True), name="flag_live_by_screening")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_live=True, superseded_at=None) | Q(is_live=False, superseded_at__isnull=False),
                name="flag_superseded_with_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_level_display())
