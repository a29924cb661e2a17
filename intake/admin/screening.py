"""That there are answers, flags and safety items: to read, without what was said. The clinician's page shows that."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from clinic.admin_base import OwnFiltersAdmin, ReadOnlyAdmin, RecordedAdmin
from clinic.crypto import EncryptedField
from clinic.models import User
from intake.models import (
    Flag,
    ResponseRevision,
    Review,
    SafetyClock,
    SafetyEvent,
    SafetyItem,
    Screening,
    ScreeningResponse,
)


class SealedAdmin(ReadOnlyAdmin, RecordedAdmin):
    """Rows without their encrypted columns; who opened one is written down."""

    def get_exclude(self, _request: HttpRequest, _obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields if isinstance(field, EncryptedField)]

    def get_readonly_fields(self, request: HttpRequest, _obj: Any = None) -> list[str]:
        sealed = self.get_exclude(request)
        return [field.name for field in self.opts.fields if field.name not in sealed]


@admin.register(Screening)
class ScreeningAdmin(SealedAdmin):
    """Sittings and how far they got."""

    list_display = ("request", "pack", "status", "mode", "sent_at", "last_saved_at", "completed_at")
    list_filter = ("status", "pack", "mode")
    list_select_related = ("request",)


@admin.register(ScreeningResponse)
class ScreeningResponseAdmin(SealedAdmin):
    """Which questionnaire was answered, in which version."""

    list_display = ("questionnaire", "screening", "status", "revision", "updated_at")
    list_filter = ("status",)
    list_select_related = ("questionnaire", "screening")
    ordering = ("-created_at",)


@admin.register(ResponseRevision)
class ResponseRevisionAdmin(SealedAdmin):
    """When answers were saved, and by whom."""

    list_display = ("response", "revision", "saved_by", "created_at")
    list_select_related = ("response", "saved_by")
    ordering = ("-created_at",)


@admin.register(Flag)
class FlagAdmin(SealedAdmin):
    """What a clinician must look at, by level."""

    list_display = ("screening", "level", "is_live", "raised_at")
    list_filter = ("level", "is_live")
    list_select_related = ("screening",)


@admin.register(SafetyItem)
class SafetyItemAdmin(SealedAdmin):
    """Who must be called."""

    list_display = ("patient", "level", "state", "owner", "raised_at", "contact_due_at", "closed_at")
    list_filter = ("state", "level")
    list_select_related = ("patient", "owner")


@admin.register(SafetyEvent)
class SafetyEventAdmin(SealedAdmin):
    """What was done about it."""

    list_display = ("item", "kind", "at", "by", "to")
    list_filter = ("kind",)
    list_select_related = ("item", "by", "to")
    ordering = ("-id",)


@admin.register(SafetyClock)
class SafetyClockAdmin(OwnFiltersAdmin):
    """The clocks of the safety net. The medical director changes them, and signs by saving."""

    list_display = ("level", "contact_within", "repeat_every", "day_and_night", "signed_by", "signed_at")
    list_select_related = ("signed_by",)
    readonly_fields = ("level", "signed_by", "signed_at")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SafetyClock, form: Any, change: bool) -> None:  # noqa: FBT001
        obj.signed_by, obj.signed_at = cast(User, request.user), timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Review)
class ReviewAdmin(SealedAdmin):
    """Who reviewed, and the word for the desk."""

    list_display = ("request", "outcome", "reviewed_by", "at", "is_current")
    list_filter = ("outcome", "is_current")
    list_select_related = ("request", "reviewed_by")
