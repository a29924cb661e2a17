"""The kernel's tables in the admin: staff, the clinic's profile, tasks, and what the system writes down."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic import desk_tasks, subjects
from clinic.admin_base import OwnFiltersAdmin, ReadOnlyAdmin, RecordedAdmin
from clinic.admin_lists import OpenFilter, ReasonActionForm, link_to_subject, reason_given
from clinic.models import (
    AccessEvent,
    ClinicProfile,
    CrisisLine,
    DeskTask,
    Heartbeat,
    OpeningHours,
    PrivateLink,
    RateBucket,
    User,
)

admin.site.unregister(Group)  # the roles are code, see clinic.roles; an edit here would not last


class NewUserForm(BaseUserCreationForm):  # type: ignore[type-arg]  # not subscriptable when running
    """A new member of staff: address and first password."""

    class Meta:
        model = User
        fields = ("email",)
        field_classes: dict[str, Any] = {}


@admin.register(User)
class UserAdmin(OwnFiltersAdmin, StockUserAdmin):  # type: ignore[type-arg]  # not subscriptable when running
    """Staff. Nobody is deleted, because the ledgers name them: untick "active" instead."""

    add_form = NewUserForm
    list_display = ("email", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    filter_horizontal = ("groups",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name")}),
        ("Roles", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "password1", "password2", "is_staff", "groups")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        """Names of the roles, from the prefetched groups."""
        return ", ".join(sorted(group.name for group in user.groups.all())) or "none"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False  # else a manager could set an administrator's password
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, _request: HttpRequest, _obj: User | None = None) -> bool:
        return False


class OpeningHoursInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when running
    """When the desk answers."""

    model = OpeningHours
    extra = 0


class CrisisLineInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when running
    """Where to get help now."""

    model = CrisisLine
    extra = 0


@admin.register(ClinicProfile)
class ClinicProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when running
    """The one row: its list leads straight to it."""

    inlines = (OpeningHoursInline, CrisisLineInline)
    readonly_fields = ("updated_at",)
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "phone", "email", "address", "zone", "licensed_states")}),
        ("Booking", {"fields": ("booking_paused", "booking_paused_message", "live_visits_per_contact")}),
        (
            "Messages",
            {"fields": ("message_brand", "quiet_from", "quiet_until", "answers_at_once", "answer_within_hours")},
        ),
        ("Last change", {"fields": ("updated_at",)}),
    )

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: ClinicProfile | None = None) -> bool:
        return False

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
        closed = desk_tasks.close(queryset, outcome=outcome, by=self._staff(request))
        self.message_user(request, f"{closed} done.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: DeskTask, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if obj.outcome and obj.closed_at is None:
            mine = DeskTask.objects.filter(pk=obj.pk)
            desk_tasks.close(mine, outcome=obj.outcome, by=self._staff(request))

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
