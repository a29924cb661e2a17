"""Calls in the admin, to read: the desk's own pages write them."""

from django.contrib import admin

from clinic.admin_base import ReadOnlyAdmin
from intake.models import CallClaim, ContactAttempt


@admin.register(ContactAttempt)
class ContactAttemptAdmin(ReadOnlyAdmin):
    """Who called when, and how it ended."""

    list_display = ("at", "request", "outcome", "next_call_at", "made_by")
    list_filter = ("outcome",)
    list_select_related = ("request", "made_by")
    ordering = ("-id",)


@admin.register(CallClaim)
class CallClaimAdmin(ReadOnlyAdmin):
    """Who is about to call whom."""

    list_display = ("patient", "held_by", "held_until")
    list_select_related = ("patient", "held_by")
