"""What the desk's pages share: the admin's head, the clinic's zone, who is at work, and what was read is written down."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Mapping
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from clinic import clock
from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, ClinicProfile, User
from clinic.private import SeeOther
from scheduling import selectors
from scheduling.desk.counts import desk_counts
from scheduling.models import Appointment

__all__ = ("DeskPage", "SeeOther", "at_clinic", "read_visit", "when")

BOOKS = ("scheduling.add_appointment", "scheduling.change_appointment", "intake.change_consultationrequest")
SEES = ("scheduling.view_appointment",)
CHANGES = ("scheduling.change_appointment",)


class DeskPage(PermissionRequiredMixin, View):
    """A page of the desk: 403 without the rights, times in the clinic's zone, the stock admin around it."""

    raise_exception = True
    http_method_names = ["get", "head", "post"]
    permission_required: tuple[str, ...] = CHANGES
    template = ""
    title = ""

    @property
    def staff(self) -> User:
        """Who is at work; the middleware lets nobody else in."""
        return cast(User, self.request.user)

    def page(self, context: Mapping[str, Any], *, status: int = 200, title: str = "") -> HttpResponse:
        """The page with the admin's head."""
        profile = ClinicProfile.current()
        whole = {
            **admin.site.each_context(self.request),
            "is_nav_sidebar_enabled": False,  # the desk has its own way about, and needs the width
            "title": title or self.title,
            "profile": profile,
            "desk_counts": desk_counts(profile, by=self.staff, now=timezone.now()),
            "zone_name": clock.zone_name(profile.zone_info),
            **context,
        }
        with timezone.override(profile.zone_info):
            response = render(self.request, f"admin/desk/{self.template}", whole, status=status)
        response["Cache-Control"] = "no-store"
        return response

    def record(self, action: AccessEvent.Action, subject: str) -> None:
        """Write down who looked, before the page is made."""
        record_access(by=self.staff, action=action, subject_ref=subject, request_id=request_id(self.request))


def read_visit(page: DeskPage, visit_id: uuid.UUID) -> Appointment:
    """The visit, its reading written down. Raises Http404."""
    try:
        visit = selectors.visit_by_id(visit_id)
    except Appointment.DoesNotExist as error:
        raise Http404 from error
    page.record(AccessEvent.Action.READ, subject_ref("scheduling.appointment", visit.pk))
    return visit


def at_clinic(day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime | None:
    """A wall time of the clinic as an instant (UTC), the first of a repeated hour; None inside the spring gap."""
    try:
        local = dt.datetime.combine(day, time, zone)
        moment = local.astimezone(dt.UTC)
    except OverflowError:
        return None
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def when(moment: dt.datetime, zone: zoneinfo.ZoneInfo | None = None) -> str:
    """Tuesday, December 1, 10:00 AM, wall time of the clinic; the page says which zone. Lists hand the zone over."""
    zone = zone or ClinicProfile.current().zone_info
    return f"{clock.day_text(moment.astimezone(zone).date())}, {clock.time_text(moment, zone)}"


def words_of(request: HttpRequest, name: str, longest: int) -> str:
    """A typed line, cut to its column."""
    return request.POST.get(name, "").strip()[:longest]
