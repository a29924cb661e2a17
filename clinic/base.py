"""What every desk builds on: the base record and the base error."""

import uuid

from django.db import models


class ClinicError(Exception):
    """Something a person did cannot be done. The text is safe to show to that person."""


class Record(models.Model):
    """A row with an unguessable id and the times it was made and last changed (UTC)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True
