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
