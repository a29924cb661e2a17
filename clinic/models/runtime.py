"""Small tables the running system keeps for itself."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the system was last seen alive (`beat`, through the sweep it orders)."""

    name = models.CharField(max_length=30, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class RateBucket(models.Model):
    """How often one key (an HMAC, never an address) acted in one window. See `clinic.limits`."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class PurgeRecord(models.Model):
    """That old content was removed: when, by which rule, how many rows. Append-only. See `clinic.purging`."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    rule = models.CharField(max_length=60)
    older_than = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.rule}: {self.count}"


class PageCount(models.Model):
    """How often a public page was served on one day, in one language. Numbers, no persons. See `clinic.footfall`."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    step = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "step", "language"], name="page_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.step} {self.language}: {self.count}"
