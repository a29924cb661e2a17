"""The schedule in the admin: rules are edited here, visits only through the services."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from clinic.admin_base import OwnFiltersAdmin, RecordedAdmin
from clinic.admin_lists import DefaultFilter
from clinic.base import ClinicError
from clinic.models import ClinicProfile, User
from scheduling import selectors, services
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Clinician,
    Location,
    ScheduleException,
    WorkingHours,
)
from scheduling.rule_forms import (
    AppointmentTypeForm,
    ScheduleExceptionForm,
    WorkingHoursForm,
    WorkingHoursFormSet,
)
from scheduling.visit_actions import VISIT_ACTIONS

LIST_PAGE = 50


def _in_clinic_zone(answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Show every time of an admin page in the clinic's zone; rendered here, while the zone holds."""
    with timezone.override(ClinicProfile.current().zone_info):
        response = answer()
        return response.render() if isinstance(response, TemplateResponse) else response


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
class ClinicianAdmin(OwnFiltersAdmin):
    """Who can be booked, and when they work."""

    list_display = ("name", "user", "is_bookable", "zone")
    list_filter = ("is_bookable",)
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    inlines = (WorkingHoursInline, ScheduleExceptionInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Their visits need them: switch off `is_bookable` instead."""
        return False


@admin.register(Location)
class LocationAdmin(OwnFiltersAdmin):
    """Where visits are held."""

    list_display = ("name", "address")
    search_fields = ("name", "address")


@admin.register(AppointmentType)
class AppointmentTypeAdmin(OwnFiltersAdmin):
    """Kinds of visit and their booking rules."""

    form = AppointmentTypeForm
    list_display = ("name", "duration", "buffer_after", "minimum_notice", "horizon_days", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    filter_horizontal = ("clinicians",)


@admin.register(ScheduleException)
class ScheduleExceptionAdmin(OwnFiltersAdmin):
    """Closures of the clinic and of single clinicians."""

    form = ScheduleExceptionForm
    list_display = ("date", "clinician", "effect", "starts", "ends", "reason")
    list_filter = ("effect", "clinician")
    list_select_related = ("clinician",)
    search_fields = ("reason", "clinician__name")
    ordering = ("-date",)


class AppointmentEventInline(admin.TabularInline):  # type: ignore[type-arg]
    """What happened to the visit. Only grows, and only through the services."""

    model = AppointmentEvent
    fields = readonly_fields = ("at", "event", "source", "made_by", "reason", "starts_at")
    ordering = ("-id",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        return super().get_queryset(request).select_related("made_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DayFilter(DefaultFilter):
    """Days in the clinic's zone. Without a choice: from today on, or every day while searching."""

    title = "day"
    parameter_name = "day"
    default_label = "From today on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("tomorrow", "Tomorrow"), ("week", "Next 7 days"), ("past", "Past"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        chosen = self.chosen(request)
        days = {"today": (0, 1), "tomorrow": (1, 2), "week": (0, 7)}.get(chosen)
        if days:
            begin, end = (midnight + dt.timedelta(days=count) for count in days)
            return queryset.filter(starts_at__gte=begin, starts_at__lt=end)
        if chosen == "past":
            return queryset.filter(starts_at__lt=midnight)
        return queryset if chosen == "all" else queryset.filter(starts_at__gte=midnight)


@admin.register(Appointment)
class AppointmentAdmin(RecordedAdmin):
    """Visits by day. Nothing is typed here: booking and cancelling go through the services."""

    list_display = ("starts", "clinician", "patient", "appointment_type", "mode", "status", "reference")
    list_filter = (DayFilter, "status", "clinician", "appointment_type", "mode")
    list_select_related = ("clinician", "patient", "appointment_type", "request")
    list_per_page = LIST_PAGE
    show_full_result_count = False
    search_fields = ("request__reference",)  # shows the box; get_search_results() does the work
    search_help_text = "Reference, name, phone in any format, or e-mail"
    inlines = (AppointmentEventInline,)
    actions = (*VISIT_ACTIONS, "cancel_by_clinic")
    fields = readonly_fields = (
        "starts",
        "ends_at",
        "status",
        "clinician",
        "patient",
        "request",
        "appointment_type",
        "mode",
        "location",
        "is_overbooked",
        "is_late_cancel",
        "held_until",
        "revision",
        "occupied_from",
        "occupied_until",
        "created_at",
        "updated_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Starts", ordering="starts_at")
    def starts(self, visit: Appointment) -> str:
        """In the clinic's zone, which the page switches on."""
        return f"{timezone.localtime(visit.starts_at):%a %b %d %Y, %I:%M %p %Z}"

    @admin.display(description="Reference", ordering="request__reference")
    def reference(self, visit: Appointment) -> str:
        """What the person says on the phone."""
        return visit.request.reference if visit.request else ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(selectors.visit_search(term)) if term else queryset), False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """In order of time; what is past begins with yesterday."""
        return ("-starts_at",) if request.GET.get("day") == "past" else ("starts_at",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return _in_clinic_zone(lambda: super(AppointmentAdmin, self).changelist_view(request, extra_context))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"show_save": False, "show_save_and_continue": False, **(extra_context or {})}
        return _in_clinic_zone(lambda: super(AppointmentAdmin, self).change_view(request, object_id, form_url, context))

    @admin.action(description="Cancel (by the clinic)", permissions=["change"])
    def cancel_by_clinic(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        """Cancel each chosen visit that still stands; say what was done and what not."""
        assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
        cancelled = 0
        for visit in queryset.select_related(None).select_related("patient"):
            problem = _cancel(visit, by=request.user)
            if problem:
                self.message_user(request, f"Not cancelled: {_label(visit)}. {problem}", messages.WARNING)
            else:
                cancelled += 1
        if cancelled:
            self.message_user(request, f"Cancelled by the clinic: {cancelled}.", messages.SUCCESS)


def _cancel(visit: Appointment, *, by: User) -> str:
    """Cancel one visit; the reason why not, or an empty text."""
    if not visit.is_live:
        return f"It is {visit.get_status_display().lower()} already."
    try:
        services.cancel(appointment=visit, source=AppointmentEvent.Source.STAFF, by=by, reason="Cancelled in the admin")
    except ClinicError as error:
        return str(error)
    return ""


def _label(visit: Appointment) -> str:
    return f"{visit.patient}, {timezone.localtime(visit.starts_at):%a %b %d, %I:%M %p %Z}"
