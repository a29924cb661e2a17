"""The kernel's tables in the admin: staff, the clinic's profile, tasks, and what the system writes down."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic import admin_roster, crisis_review, desk_tasks, subjects  # noqa: F401 - registers the roster's page
from clinic.admin_base import ReadOnlyAdmin, RecordedAdmin
from clinic.admin_history import HistoryAdmin
from clinic.admin_lists import OpenFilter, ReasonActionForm, chosen_rows, link_to_subject, reason_given
from clinic.content import admin as content_admin  # noqa: F401 - registers the public texts
from clinic.models import (
    AccessEvent,
    AuditSeal,
    ClinicProfile,
    CrisisLine,
    DeskTask,
    Heartbeat,
    OpeningHours,
    PageCount,
    PrivateLink,
    PurgeRecord,
    RateBucket,
    User,
)


class OpeningHoursInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when running
    """When the desk answers."""

    model = OpeningHours
    extra = 0


class CrisisLineInline(admin.StackedInline):  # type: ignore[type-arg]  # not subscriptable when running
    """Where to get help now, in English and in Spanish."""

    model = CrisisLine
    extra = 0
    fieldsets = (
        (None, {"fields": (("position", "verified_on"), ("call", "text"))}),
        ("English", {"fields": ("name", "what_to_do")}),
        ("Spanish", {"fields": ("name_es", "what_to_do_es", ("key_es", "word_es"))}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Sentences in boxes wide enough to read them whole."""
        if db_field.name.startswith("what_to_do"):
            kwargs["widget"] = AdminTextInputWidget(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(ClinicProfile)
class ClinicProfileAdmin(HistoryAdmin):
    """The one row: its list leads straight to it."""

    inlines = (OpeningHoursInline, CrisisLineInline)
    readonly_fields = ("updated_at",)
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "phone", "email", "address", "zone", "licensed_states")}),
        (
            "Who reviewed the words about crises",
            {
                "description": "A person of the clinic for each language, after reading the crisis lines below and the"
                " safety page in it. Shown on that page until the lines change.",
                "fields": (("crisis_en_by", "crisis_en_on"), ("crisis_es_by", "crisis_es_on")),
            },
        ),
        ("Look of the public pages", {"fields": ("brand_color", "logo")}),
        ("Screening", {"fields": ("screening_on",)}),
        ("Booking", {"fields": ("booking_paused", "booking_paused_message", "live_visits_per_contact")}),
        (
            "Messages",
            {"fields": ("message_brand", "quiet_from", "quiet_until", "answers_at_once", "answer_within_hours")},
        ),
        ("Reminders", {"fields": ("first_reminder_hours", "second_reminder_hours", "last_reminder_hours")}),
        ("Letters to staff", {"fields": ("desk_email",)}),
        ("Last change", {"fields": ("updated_at",)}),
    )

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: ClinicProfile | None = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """The lines are saved now: a review that was entered holds for them."""
        super().save_related(request, form, formsets, change)
        crisis_review.remember(form.instance, form.changed_data)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; says whose review is missing."""
        if request.method == "GET" and self.has_view_permission(request):
            for text in crisis_review.missing(ClinicProfile.current()):
                messages.warning(request, text)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            response: HttpResponse = super().changelist_view(request, extra_context)
            return response
        return redirect("admin:clinic_clinicprofile_change", ClinicProfile.current().pk)


@admin.register(DeskTask)
class DeskTaskAdmin(RecordedAdmin):
    """What to do, most urgent first. Tasks are opened by the system; writing an outcome closes one."""

    list_display = ("title", "kind", "due_at", "is_late", "claimed_by", "closed_at", "outcome")
    list_filter = (OpenFilter, "kind")
    list_select_related = ("claimed_by",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title", "subject_ref")
    search_help_text = "Words of the task, or the person's name, phone in any format, e-mail or reference"
    action_form = ReasonActionForm
    actions = ("mark_done",)
    fields = ("title", "kind", "about", "due_at", "claimed_by", "outcome", "closed_at", "closed_by")
    readonly_fields = ("title", "kind", "about", "due_at", "closed_at", "closed_by")

    def get_ordering(self, _request: HttpRequest) -> tuple[Any, ...]:
        return (F("closed_at").desc(nulls_first=True), "due_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DeskTask], search_term: str
    ) -> tuple[QuerySet[DeskTask], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        about = Q(subject_ref__in=subjects.matching(search_term)) if search_term.strip() else Q(pk__in=())
        return found | queryset.filter(about), may_repeat

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeskTask]:
        tasks: QuerySet[DeskTask] = super().get_queryset(request)
        return tasks.exclude(kind__in=desk_tasks.hidden_from(cast(User, request.user)))

    def has_change_permission(self, request: HttpRequest, obj: DeskTask | None = None) -> bool:
        if obj is not None and obj.kind == DeskTask.Kind.OPENING:
            return False  # it has a page of its own, where nobody closes what they opened themselves
        return bool(super().has_change_permission(request, obj))

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: DeskTask | None = None) -> bool:
        return False

    @admin.display(description="Late", boolean=True)
    def is_late(self, task: DeskTask) -> bool:
        """Whether an open task is past its time."""
        return task.closed_at is None and task.due_at < timezone.now()

    @admin.display(description="About")
    def about(self, task: DeskTask) -> str | SafeString:
        """A link to what the task is about."""
        return link_to_subject(task.subject_ref)

    @admin.action(description="Mark as done", permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[DeskTask]) -> None:
        """Close the chosen tasks that are still open, with the outcome written beside the action."""
        outcome = reason_given(request)
        if not outcome:
            self.message_user(request, "Write how it ended, then choose Go again.", messages.WARNING)
            return
        closed = 0
        for task in chosen_rows(self, request, queryset).order_by("due_at"):
            if task.kind == DeskTask.Kind.OPENING:  # as for the page of one
                self.message_user(request, f"Not done: {task.title}. It has a page of its own.", messages.WARNING)
            elif desk_tasks.close(DeskTask.objects.filter(pk=task.pk), outcome=outcome, by=self._staff(request)):
                closed += 1
            else:
                text = f"Not done: {task.title}. {desk_tasks.faster(task, outcome)}"
                self.message_user(request, text, messages.WARNING)
        if closed:
            self.message_user(request, f"{closed} done.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: DeskTask, form: Any, change: bool) -> None:  # noqa: FBT001
        """Only what was typed is written: a task that somebody closed meanwhile stays closed, with their outcome."""
        typed = obj.outcome if "outcome" in form.changed_data else ""
        if "claimed_by" in form.changed_data:
            obj.save(update_fields=["claimed_by", "updated_at"])
        mine = DeskTask.objects.filter(pk=obj.pk)
        if typed and not desk_tasks.close(mine, outcome=typed, by=self._staff(request)):
            self.message_user(request, f"Not changed. {desk_tasks.faster(obj, typed)}", messages.WARNING)
            obj.came_second = True  # type: ignore[attr-defined]  # for the answer below, which would say "changed"

    def response_change(self, request: HttpRequest, obj: DeskTask) -> HttpResponse:
        came_second = getattr(obj, "came_second", False)
        return self.response_post_save_change(request, obj) if came_second else super().response_change(request, obj)

    @staticmethod
    def _staff(request: HttpRequest) -> User | None:
        return request.user if isinstance(request.user, User) else None


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    """Who looked at what."""

    list_display = ("at", "by", "action", "subject_ref", "reason")
    list_filter = ("action", "at")
    list_select_related = ("by",)
    search_fields = ("subject_ref", "=request_id", "by__email")
    ordering = ("-id",)


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    """The seals over the ledgers; `manage.py verify_audit` checks them."""

    list_display = ("sealed_at", "table", "first_id", "last_id", "rows", "digest")
    list_filter = ("table",)
    ordering = ("-id",)


@admin.register(PrivateLink)
class PrivateLinkAdmin(ReadOnlyAdmin):
    """That a link exists, never the link."""

    list_display = ("purpose", "object_id", "generation", "created_at")
    list_filter = ("purpose",)
    exclude = ("token_digest",)
    ordering = ("-created_at",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When the parts of the system were last alive."""

    list_display = ("name", "seen_at")


@admin.register(RateBucket)
class RateBucketAdmin(ReadOnlyAdmin):
    """How often somebody acted lately. Keys name nobody."""

    list_display = ("key", "count", "expires_at")
    ordering = ("-expires_at",)


@admin.register(PurgeRecord)
class PurgeRecordAdmin(ReadOnlyAdmin):
    """What was removed because it was old."""

    list_display = ("at", "rule", "older_than", "count")
    ordering = ("-id",)


@admin.register(PageCount)
class PageCountAdmin(ReadOnlyAdmin):
    """How often public pages were served; the reports add them up."""

    list_display = ("day", "step", "language", "count")
    ordering = ("-day", "step", "language")
