"""What the desk does with chosen visits in the admin list: confirm, arrived, completed, did not come."""

from collections.abc import Callable
from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clinic.base import ClinicError
from clinic.models import User
from scheduling.models import Appointment, AppointmentEvent
from scheduling.transitions import transition

Status = Appointment.Status
Action = Callable[[admin.ModelAdmin, HttpRequest, QuerySet[Appointment]], None]  # type: ignore[type-arg]


def label_of(visit: Appointment) -> str:
    """Whose visit, and when, in the zone the page switched on."""
    return f"{visit.patient}, {timezone.localtime(visit.starts_at):%a %b %d, %I:%M %p %Z}"


def _mark(to: Status, description: str) -> Action:
    """An action that moves each chosen visit to one state, and says what was done and what not."""

    @admin.action(description=description, permissions=["change"])
    def mark(
        model_admin: admin.ModelAdmin,  # type: ignore[type-arg]
        request: HttpRequest,
        queryset: QuerySet[Appointment],
    ) -> None:
        done = 0
        for visit in queryset.select_related(None).select_related("patient", "request"):
            problem = _move(visit, to, cast(User, request.user))
            if problem:
                model_admin.message_user(request, f"Not changed: {label_of(visit)}. {problem}", messages.WARNING)
            else:
                done += 1
        if done:
            model_admin.message_user(request, f"{to.label}: {done}.", messages.SUCCESS)

    mark.__name__ = f"mark_{to.value}"
    return mark


def _move(visit: Appointment, to: Status, by: User) -> str:
    """Move one visit; the reason why not, or an empty text."""
    if visit.status == to:
        return f"It is marked {to.label.lower()} already."
    try:
        transition(appointment=visit, to=to, source=AppointmentEvent.Source.STAFF, by=by)
    except ClinicError as error:
        return str(error)
    return ""


mark_confirmed = _mark(Status.CONFIRMED, "Confirmed")
mark_arrived = _mark(Status.ARRIVED, "Arrived")
mark_completed = _mark(Status.COMPLETED, "Completed")
mark_no_show = _mark(Status.NO_SHOW, "Did not come")
VISIT_ACTIONS = (mark_confirmed, mark_arrived, mark_completed, mark_no_show)
