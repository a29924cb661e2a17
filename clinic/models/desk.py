"""What a person at the desk must do."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.base import Record


class DeskTask(Record):
    """Something for a person to do by a time. `clinic.desk_tasks` opens and closes them."""

    class Kind(models.TextChoices):
        CALL_BACK = "call_back", "Call back"
        UNDELIVERED = "undelivered", "Message did not arrive"
        OPT_OUT = "opt_out", "Stopped our texts"
        INBOUND = "inbound", "Text to read"
        POSSIBLE_DUPLICATE = "possible_duplicate", "Possibly the same person"
        SAFETY = "safety", "Clinician call needed"
        PROVIDER = "provider", "Trouble with a provider"
        TELL = "tell", "Tell somebody by phone"
        SCREENING = "screening", "Questionnaire to finish"
        INTERPRETER = "interpreter", "Arrange an interpreter"
        OPENING = "opening", "Emergency opening to look into"

    kind = models.CharField(max_length=30, choices=Kind.choices)
    title = models.CharField(max_length=200, help_text="What to do, without clinical content")
    subject_ref = models.CharField(max_length=120, help_text="app.model:id")
    dedupe_key = models.CharField(max_length=200, unique=True, help_text="The same reason opens one task")
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="task_open_by_due"),
            models.Index(fields=["subject_ref"], name="task_by_subject"),
        ]

    def __str__(self) -> str:
        return self.title
