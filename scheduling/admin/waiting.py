"""The waiting list in the admin: who is on it and what they were offered. Changed through the desk's page only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from clinic.admin_base import RecordedAdmin
from scheduling.models import WaitlistEntry, WaitlistOffer


class _ReadOnly(RecordedAdmin):
    """A list and a page to read."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class LiveFilter(admin.SimpleListFilter):
    """Who waits now comes first."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "On the list"), ("stopped", "Off the list")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "live":
            return queryset.filter(stopped_at=None)
        return queryset.exclude(stopped_at=None) if self.value() == "stopped" else queryset


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(_ReadOnly):
    """Everybody who was ever on the list. The desk works with its own page, /admin/desk/waiting/."""

    change_list_template = "admin/scheduling/waitlist_change_list.html"
    list_display = ("request", "appointment_type", "clinician", "created_at", "stopped_at", "stop_reason")
    list_filter = (LiveFilter, "appointment_type")
    list_select_related = ("request", "appointment_type", "clinician")
    fields: ClassVar = (
        "request",
        "appointment_type",
        "clinician",
        "weekdays",
        "parts_of_day",
        "created_at",
        "asked_at",
        "stopped_at",
        "stop_reason",
    )


@admin.register(WaitlistOffer)
class WaitlistOfferAdmin(_ReadOnly):
    """Which times were offered to whom, by whom, and what came of it."""

    list_display = ("starts_at", "entry", "clinician", "outcome", "expires_at", "offered_by")
    list_filter = ("outcome", "clinician")
    list_select_related = ("entry__request", "clinician", "offered_by")
    fields: ClassVar = (
        "entry",
        "clinician",
        "starts_at",
        "created_at",
        "offered_by",
        "expires_at",
        "outcome",
        "answered_at",
        "visit",
    )
