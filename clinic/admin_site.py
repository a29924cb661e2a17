"""The staff's side: the stock admin under our name, its login counted."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from clinic.accounts import failed, locking, sessions
from clinic.accounts.forms import TOO_MANY, WINDOW, LoginForm
from clinic.accounts.views import StaffLoginView
from clinic.limits import take
from clinic.models import User


class ClinicAdminSite(AdminSite):
    """Titles of the staff pages. The desk's own pages hang here."""

    site_header = "Clinic desk"
    site_title = "Clinic desk"
    index_title = "Desk"
    login_form = LoginForm

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, and after how long an unused page is covered."""
        return {**super().each_context(request), "idle_minutes": settings.STAFF_IDLE_MINUTES}

    @method_decorator(never_cache)
    def index(  # type: ignore[override]  # a redirect is an answer, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever works at the desk lands on the day; `?lists=1` shows every list, as Django's own page does."""
        if "lists" not in request.GET and request.user.has_perm("scheduling.view_appointment"):
            return redirect("scheduling:desk_today")
        return cast(HttpResponse, super().index(request, extra_context))

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's, led on to the second step, and 429 for too many tries."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        request.current_app = self.name
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index", current_app=self.name)
        view = StaffLoginView.as_view(
            authentication_form=LoginForm, template_name="admin/login.html", extra_context=context
        )
        response = cast(HttpResponse, view(request))
        form = (response.context_data or {}).get("form") if isinstance(response, TemplateResponse) else None
        if form is not None and form.has_error(NON_FIELD_ERRORS, TOO_MANY):
            response.status_code = 429
            response["Retry-After"] = str(int(WINDOW.total_seconds()))
        return response

    @method_decorator(never_cache)
    def password_change(  # type: ignore[override]  # a redirect is an answer, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's, which ends every other session by the new password; here their list is brought up to date.

        The old password is asked for, and counted with those at the idle lock.
        """
        if request.method == "POST" and not take(locking.TRIES, str(request.user.pk)):
            failed.note("password", "too_many")
            messages.error(request, "There were too many tries. Wait 15 minutes, then change your password.")
            return redirect("admin:password_change")
        before = request.session.session_key
        response = cast(HttpResponse, super().password_change(request, extra_context))
        if isinstance(request.user, User) and request.session.session_key != before:
            ended = sessions.end_others(request, request.user, was=before)
            if ended:
                messages.success(request, sessions.ended_words(ended))
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No field of ours searches while one types; open, it would be a search for patients that nobody records."""
        raise Http404
