"""The on-call roster in the admin: shifts in the clinic's time, and the gaps between them."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from clinic import roster
from clinic.admin_history import HistoryAdmin
from clinic.models import ClinicProfile, OnCallShift, User

LOOKED_AHEAD = dt.timedelta(days=14)


@admin.register(OnCallShift)
class OnCallShiftAdmin(HistoryAdmin):
    """Who is called when somebody may be in danger. Shifts may overlap; times are the clinic's."""

    list_display = ("user", "starts_at", "ends_at", "phone", "email", "by_voice")
    list_filter = ("ends_at",)
    list_select_related = ("user",)
    ordering = ("-starts_at",)
    change_list_template = "admin/desk/roster.html"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_active=True, is_staff=True).order_by("last_name", "email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        now, profile = timezone.now(), ClinicProfile.current()
        until = now + LOOKED_AHEAD
        covered = [(shift.starts_at, shift.ends_at) for shift in roster.shifts_between(now, until)]
        found = {"gaps": roster.gaps(covered, since=now, until=until), "screening_on": profile.screening_on}
        with timezone.override(profile.zone_info):
            return _rendered(super().changelist_view(request, {**(extra_context or {}), **found}))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(ClinicProfile.current().zone_info):
            return _rendered(super().changeform_view(request, *args, **kwargs))


def _rendered(response: HttpResponse) -> HttpResponse:
    """The page made now, while the clinic's zone is set."""
    return response.render() if isinstance(response, TemplateResponse) else response
