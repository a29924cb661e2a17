"""Who looked at what, and the private links of patients."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class AccessEvent(models.Model):
    """Append-only: somebody read, searched or exported. Database triggers refuse change and removal."""

    class Action(models.TextChoices):
        READ = "read", "Read"
        SEARCH = "search", "Searched"
        EXPORT = "export", "Exported"
        BREAK_GLASS = "break_glass", "Broke the glass"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=20, choices=Action.choices)
    subject_ref = models.CharField(max_length=120, help_text="app.model:id, never a value")
    reason = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_ref", "-at"], name="access_by_subject"),
            models.Index(fields=["by", "-at"], name="access_by_user"),
            models.Index(fields=["-id"], condition=Q(action="break_glass"), name="access_openings"),
        ]
        permissions: ClassVar = [
            ("break_glass", "Can open one person's answers in an emergency"),
            ("look_into_openings", "Can look into why answers were opened in an emergency"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.subject_ref}"


class PrivateLink(models.Model):
    """One purpose of one object; see `clinic.links`. Only the digest of the token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=20)
    object_id = models.UUIDField()
    generation = models.PositiveIntegerField(default=1)
    # NULL and not "": a revoked link has none, and the column is unique.
    token_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "object_id"], name="link_one_per_purpose_and_object")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} link, generation {self.generation}"
