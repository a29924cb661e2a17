"""Today: who comes when to whom, one button for the next step, and half a minute to take it back."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from clinic import clock
from clinic.base import ClinicError
from clinic.models import AccessEvent, ClinicProfile
from clinic.numbers import whole_number
from scheduling.desk import board
from scheduling.desk.pages import SEES, DeskPage
from scheduling.desk.visit import VisitPage
from scheduling.models import Clinician, Mode
from scheduling.undoing import take_back

ROWS = "rows"  # the name in the address that asks for the rows alone


class TodayView(DeskPage):
    """The board of a day: `?day=2026-12-01&clinician=<id>&mode=video`, today and everybody unless told."""

    permission_required = SEES
    template = "today.html"
    title = "Today"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or its rows alone when the page refreshes itself."""
        profile = ClinicProfile.current()
        request.clinic_profile = profile  # type: ignore[attr-defined]  # for the context processor
        now = timezone.now()
        today = now.astimezone(profile.zone_info).date()
        filters = filters_of(request.GET, today)
        is_refresh = ROWS in request.GET
        if not is_refresh:
            self.record(AccessEvent.Action.SEARCH, "scheduling.appointment:day")
        rows = board.rows_of(filters, by=self.staff, now=now, profile=profile)
        shown = {
            "rows": rows,
            "counts": board.counts(rows),
            "filters": filters,
            "now": now,
            "zone_name": clock.zone_name(profile.zone_info),
            "here": address_of(filters, today),
            "may_change": self.staff.has_perm("scheduling.change_appointment"),
            "may_raise": self.staff.has_perm("intake.raise_safetyitem"),
        }
        if is_refresh:
            with timezone.override(profile.zone_info):
                answer = render(request, "admin/desk/_today_rows.html", shown)
            answer["Cache-Control"] = "no-store"
            return answer
        return self.page({**shown, **_around(filters, today)}, title=_title(filters.day, today))


class UndoStepView(VisitPage):
    """POST: take back the step that was just taken."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Undo it, or say what happened meanwhile."""
        visit = self.load(visit_id)
        try:
            event_id = whole_number(request.POST.get("event", ""))
            moved = take_back(visit=visit, event_id=event_id or 0, by=self.staff)
            messages.success(
                request, f"Taken back: {moved.patient.name} is marked {moved.get_status_display().lower()}."
            )
        except ClinicError as error:
            messages.warning(request, str(error))
        return self.back_to(visit)


def filters_of(said: QueryDict, today: dt.date) -> board.Filters:
    """What the address asks for; nonsense counts as nothing."""
    try:
        day = dt.date.fromisoformat(said.get("day", ""))
        day + dt.timedelta(days=2), day - dt.timedelta(days=2)  # the last days of the calendar have no zone
    except (ValueError, OverflowError):
        day = today
    try:
        clinician = uuid.UUID(said.get("clinician", ""))
    except ValueError:
        clinician = None
    mode = said.get("mode", "")
    return board.Filters(day=day, clinician=clinician, mode=mode if mode in Mode.values else "")


def address_of(filters: board.Filters, today: dt.date, *, days: int = 0) -> str:
    """The address of this board, or of the same so many days on."""
    said = QueryDict(mutable=True)
    day = filters.day + dt.timedelta(days=days)
    if day != today:
        said["day"] = day.isoformat()
    if filters.clinician:
        said["clinician"] = str(filters.clinician)
    if filters.mode:
        said["mode"] = filters.mode
    query = said.urlencode()
    return reverse("scheduling:desk_today") + (f"?{query}" if query else "")


def _around(filters: board.Filters, today: dt.date) -> dict[str, object]:
    here = address_of(filters, today)
    return {
        "today_address": reverse("scheduling:desk_today"),
        "previous": address_of(filters, today, days=-1),
        "next": address_of(filters, today, days=1),
        "rows_address": f"{here}{'&' if '?' in here else '?'}{ROWS}=1",
        "is_today": filters.day == today,
        "crew": Clinician.objects.order_by("name"),
        "modes": Mode.choices,
    }


def _title(day: dt.date, today: dt.date) -> str:
    return f"{'Today, ' if day == today else ''}{clock.day_text(day)}"
