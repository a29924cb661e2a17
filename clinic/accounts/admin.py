"""Members of staff in the admin, and the log of who tried to get in."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from clinic.access import record_access
from clinic.accounts import sessions
from clinic.accounts.invitations import invite
from clinic.admin_base import ReadOnlyAdmin
from clinic.admin_history import HistoryAdmin
from clinic.base import ClinicError
from clinic.http import request_id
from clinic.models import AccessEvent, StaffInvitation, StaffSession, User

admin.site.unregister(Group)  # the roles are code, see clinic.roles; an edit here would not last
for table in (EmailAddress, Authenticator):  # allauth's own: the first stays empty, the second holds secrets
    admin.site.unregister(table)


class NewUserForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable when running
    """A new member of staff. They choose their password themselves, by the invitation."""

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name")


@admin.register(User)
class UserAdmin(HistoryAdmin, StockUserAdmin):  # type: ignore[type-arg]  # not subscriptable when running
    """Staff. Nobody is deleted, because the ledgers name them: untick "active" instead."""

    add_form = NewUserForm
    list_display = ("email", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    change_form_template = "admin/clinic/user/change_form.html"
    actions = ("send_invitation", "send_invitation_without_second_factor")
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name")}),
        ("Roles", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("email", "first_name", "last_name", "is_staff", "groups"),
                "description": "They get an e-mail with a link to choose a password.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Few roles, so boxes: two lists with arrows between them need a mouse and a label that the admin lacks."""
        if db_field.name == "groups":
            kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

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

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.sessions_view)
        return [path("<path:object_id>/sessions/", page, name="clinic_user_sessions"), *super().get_urls()]

    def sessions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where somebody is logged in; a manager ends all of it, as for a lost laptop. Both are written down."""
        user = self.get_object(request, object_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404
        if request.method == "POST":
            return self._end_sessions(request, user)
        self._record(request, user, "Where they are logged in")
        here = request.session.session_key
        context = {
            **self.admin_site.each_context(request),
            "title": f"Where {user} is logged in",
            "opts": self.opts,
            "original": user,
            "sessions": sessions.open_sessions(user, here=here),
        }
        return TemplateResponse(request, "admin/clinic/user/sessions.html", context)

    def _end_sessions(self, request: HttpRequest, user: User) -> HttpResponse:
        """All but the one that asks."""
        here = request.session.session_key
        found = [one.row for one in sessions.open_sessions(user, here=here) if not one.is_here]
        self._record(request, user, f"Logged them out everywhere: {len(found)}")
        ended = sessions.end(found)
        self.message_user(request, f"{user}: {sessions.ended_words(ended)}", messages.SUCCESS)
        return redirect("admin:clinic_user_change", user.pk)

    @staticmethod
    def _record(request: HttpRequest, user: User, reason: str) -> None:
        record_access(
            by=cast(User, request.user),
            action=AccessEvent.Action.READ,
            subject_ref=f"clinic.user:{user.pk}",
            reason=reason,
            request_id=request_id(request),
        )

    def user_change_password(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Nobody chooses somebody else's password: who has to help sends a link."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            invite(user=obj, by=self._staff(request))
            self.message_user(request, f"An invitation goes to {obj.email}.", messages.SUCCESS)

    @admin.action(description="Send a link to choose a new password", permissions=["change"])
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a new member of staff, or a forgotten password."""
        self._invite(request, queryset)

    @admin.action(description="Lost phone: take away the second step and send a link", permissions=["change"])
    def send_invitation_without_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """After seeing who asks: it is what stands between a stolen password and the patients."""
        self._invite(request, queryset, without_second_factor=True)

    def _invite(self, request: HttpRequest, users: QuerySet[User], *, without_second_factor: bool = False) -> None:
        sent = []
        for user in users:
            problem = self._no_link(request, user)
            if not problem:
                try:
                    invite(user=user, by=self._staff(request), without_second_factor=without_second_factor)
                except ClinicError as error:  # one bad address; the others get theirs
                    problem = str(error)
            if problem:
                self.message_user(request, f"No link for {user.email}: {problem}", messages.WARNING)
            else:
                sent.append(user.email)
        if sent:
            self.message_user(request, f"A link goes to {', '.join(sent)}.", messages.SUCCESS)

    def _no_link(self, request: HttpRequest, user: User) -> str:
        """Why somebody gets no link; empty when they do."""
        if not user.is_active:
            return "the account is not active."
        return "" if self.has_change_permission(request, user) else "an administrator helps administrators."

    @staticmethod
    def _staff(request: HttpRequest) -> User | None:
        return request.user if isinstance(request.user, User) else None


@admin.register(StaffInvitation)
class StaffInvitationAdmin(ReadOnlyAdmin):
    """That somebody was invited, never the link."""

    list_display = ("user", "invited_by", "created_at", "expires_at", "used_at")
    list_select_related = ("user", "invited_by")
    search_fields = ("user__email",)
    ordering = ("-created_at",)


@admin.register(StaffSession)
class StaffSessionAdmin(ReadOnlyAdmin):
    """Who is logged in where, never the key. Ending is on the page of the person."""

    list_display = ("user", "device", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("session_key",)
    ordering = ("-created_at",)

    @admin.display(description="Device")
    def device(self, row: StaffSession) -> str:
        """As `Chrome on Windows`."""
        return sessions.device_words(row.user_agent)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Logins that failed lately, counted by account and network."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    """Logins that worked."""

    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "logout_time")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
