"""The rules of the schedule in the admin."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic.admin_history import HistoryAdmin
from scheduling.admin.asking import AsksBeforeStranding
from scheduling.models import AppointmentType, Clinician, Location, ScheduleException, WorkingHours
from scheduling.rule_forms import (
    AppointmentTypeForm,
    ClinicianForm,
    ScheduleExceptionForm,
    WorkingHoursForm,
    WorkingHoursFormSet,
)


class WorkingHoursInline(admin.TabularInline):  # type: ignore[type-arg]
    """The week of a clinician."""

    model = WorkingHours
    form = WorkingHoursForm
    formset = WorkingHoursFormSet
    extra = 1


class ScheduleExceptionInline(admin.TabularInline):  # type: ignore[type-arg]
    """Days off and extra days of a clinician."""

    model = ScheduleException
    form = ScheduleExceptionForm
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduleException]:
        return super().get_queryset(request).filter(date__gte=timezone.now().date() - dt.timedelta(days=1))


@admin.register(Clinician)
class ClinicianAdmin(AsksBeforeStranding):
    """Who can be booked, and when they work."""

    form = ClinicianForm
    list_display = ("name", "user", "is_bookable", "zone")
    list_filter = ("is_bookable",)
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    readonly_fields = ("calendar",)
    inlines = (WorkingHoursInline, ScheduleExceptionInline)

    @admin.display(description="Calendar to subscribe to")
    def calendar(self, clinician: Clinician) -> str:
        """Leads to the page that gives a new address, once."""
        if clinician._state.adding:  # noqa: SLF001 - Django's documented way to ask
            return "Save first"
        address = reverse("scheduling:calendar_address", args=[clinician.pk])
        return format_html('<a href="{}">Make a new address, or switch it off</a>', address)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Their visits need them: switch off `is_bookable` instead."""
        return False


@admin.register(Location)
class LocationAdmin(HistoryAdmin):
    """Where visits are held."""

    list_display = ("name", "address")
    search_fields = ("name", "address")


@admin.register(AppointmentType)
class AppointmentTypeAdmin(AsksBeforeStranding):
    """Kinds of visit and their booking rules."""

    form = AppointmentTypeForm
    list_display = ("name", "duration", "buffer_after", "minimum_notice", "horizon_days", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    filter_horizontal = ("clinicians",)


@admin.register(ScheduleException)
class ScheduleExceptionAdmin(AsksBeforeStranding):
    """Closures of the clinic and of single clinicians."""

    change_list_template = "admin/scheduling/exceptions_change_list.html"
    form = ScheduleExceptionForm
    list_display = ("date", "clinician", "effect", "starts", "ends", "reason")
    list_filter = ("effect", "clinician")
    list_select_related = ("clinician",)
    search_fields = ("reason", "clinician__name")
    ordering = ("-date",)
