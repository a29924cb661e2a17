"""Who answers when somebody may be in danger."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from phonenumber_field.modelfields import PhoneNumberField

from clinic.base import Record
from clinic.history import kept


class OnCallShift(Record):
    """A member of staff is on call from one instant to another, reached at these addresses."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="on_call_shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    phone = PhoneNumberField(blank=True, region="US", help_text="Where alerts are texted")
    email = models.EmailField("e-mail address", blank=True, help_text="Where alerts are mailed")
    by_voice = models.BooleanField("call by voice, too", default=False)

    history = kept()

    class Meta:
        ordering = ("starts_at",)
        verbose_name = "on-call shift"
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="on_call_by_end")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="on_call_starts_before_end"),
            models.CheckConstraint(condition=~Q(phone="") | ~Q(email=""), name="on_call_can_be_reached"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M} UTC"
