"""Visits in the admin: nothing is typed here, booking and cancelling go through the services."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic.admin_base import RecordedAdmin
from clinic.admin_lists import DefaultFilter
from clinic.base import ClinicError
from clinic.models import ClinicProfile, User
from scheduling import selectors, services
from scheduling.models import Appointment, AppointmentEvent, Mode, VisitOutcome
from scheduling.visit_actions import VISIT_ACTIONS

LIST_PAGE = 50


def _in_clinic_zone(answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Show every time of an admin page in the clinic's zone; rendered here, while the zone holds."""
    with timezone.override(ClinicProfile.current().zone_info):
        response = answer()
        return response.render() if isinstance(response, TemplateResponse) else response


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


class VisitOutcomeInline(admin.TabularInline):  # type: ignore[type-arg]
    """What comes next. Marked on the desk's page of the visit."""

    model = VisitOutcome
    fields = readonly_fields = ("next_step", "marked_by", "updated_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NextStepFilter(admin.SimpleListFilter):
    """What comes after a visit that was held, or that nobody has said yet."""

    title = "next step"
    parameter_name = "next_step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Not marked yet"), *((str(value), str(text)) for value, text in VisitOutcome.NextStep.choices)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() == "open":
            return queryset.filter(status=Appointment.Status.COMPLETED, outcome=None)
        return queryset.filter(outcome__next_step=self.value()) if self.value() else queryset


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
    list_filter = (DayFilter, "status", NextStepFilter, "is_overbooked", "clinician", "appointment_type", "mode")
    list_select_related = ("clinician", "patient", "appointment_type", "request")
    list_per_page = LIST_PAGE
    show_full_result_count = False
    search_fields = ("request__reference",)  # shows the box; get_search_results() does the work
    search_help_text = "Reference, name, phone in any format, or e-mail"
    inlines = (VisitOutcomeInline, AppointmentEventInline)
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
        "room",
        "language",
        "location",
        "is_overbooked",
        "is_outside_hours",
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

    @admin.display(description="Video link")
    def room(self, visit: Appointment) -> str:
        """The link with the way to change it; only for visits by video."""
        if visit.mode != Mode.VIDEO:
            return "Not by video"
        path = reverse("scheduling:video_link", args=[visit.pk])
        return format_html('{} <a href="{}">Change</a>', visit.video_link or "None yet.", path)

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
