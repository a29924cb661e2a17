"""Seals over the ledgers."""

from typing import ClassVar

from django.db import models


class AuditSeal(models.Model):
    """Append-only: the rows `first_id` to `last_id` of one ledger, as they stood when they were sealed.

    `digest` is SHA-256 over the earlier seal's digest and every row; `signature` is an HMAC of it, so that
    who can write the database but does not hold SECRET_KEY cannot make a seal.
    """

    id = models.BigAutoField(primary_key=True)
    sealed_at = models.DateTimeField(auto_now_add=True, editable=False)
    table = models.CharField(max_length=63)
    first_id = models.PositiveBigIntegerField(help_text="The row after the earlier seal's last one, or 1")
    last_id = models.PositiveBigIntegerField()
    rows = models.PositiveIntegerField()
    columns = models.JSONField(help_text="What was sealed of each row; encrypted columns are left out")
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["table", "first_id"], name="audit_seal_once")]

    def __str__(self) -> str:
        return f"{self.table} up to {self.last_id}"
