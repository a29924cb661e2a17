"""The queue of requests: who was promised an answer by when, how often we tried, and who has taken whom."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic.models import AccessEvent, DeskTask
from intake.calling import live_claims
from intake.models import CallClaim, ConsultationRequest, ContactAttempt
from intake.selectors import SUBJECT, calls_needed
from scheduling.desk.pages import DeskPage
from scheduling.desk.reasons import HAD_VISIT
from scheduling.models import LIVE, Appointment

READS = ("intake.view_consultationrequest", "scheduling.view_appointment")
SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Queued:
    """One open request without a visit. `due_at`: when to call, by the promise or as agreed since.

    Where a visit was missed or called off and no call is agreed, it is now.
    """

    request: ConsultationRequest
    due_at: dt.datetime
    tries: int
    is_agreed: bool
    had_visit: bool
    call_needed: bool
    claim: CallClaim | None


def queue(*, now: dt.datetime, may_know: bool) -> list[Queued]:
    """The open requests that have no visit, who needs a clinician's call first, then by when to call; four queries."""
    visits = Appointment.objects.filter(request=OuterRef("pk"), status__in=(*LIVE, "completed"))
    # Counted for the rows that are left: a join would count for every open request first.
    attempts = ContactAttempt.objects.filter(~Q(outcome="reached"), request=OuterRef("pk")).order_by()
    tries = Coalesce(Subquery(attempts.values("request").annotate(count=Count("pk")).values("count")), 0)
    rows = list(
        ConsultationRequest.objects.filter(~Exists(visits), status=ConsultationRequest.Status.OPEN)
        .select_related("patient")
        .defer("help_with", "message")
        .annotate(had_visit=HAD_VISIT)
        .annotate(tries=tries)
        .order_by("answer_promised_by", "pk")
    )
    calls = DeskTask.objects.filter(
        kind=DeskTask.Kind.CALL_BACK, closed_at=None, subject_ref__startswith=f"{SUBJECT}:"
    ).order_by("-due_at", "-pk")
    agreed = dict(calls.values_list("subject_ref", "due_at"))  # the soonest comes last and stays
    claims = live_claims([row.patient_id for row in rows], now=now)
    needed = {call.patient.pk for call in calls_needed()} if may_know else set()
    found = [
        Queued(
            request=row,
            due_at=agreed.get(f"{SUBJECT}:{row.pk}", now if row.had_visit else row.answer_promised_by),
            had_visit=row.had_visit,
            tries=row.tries,
            is_agreed=f"{SUBJECT}:{row.pk}" in agreed,
            call_needed=row.patient_id in needed,
            claim=claims.get(row.patient_id),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (not one.call_needed, one.due_at))


class RequestsView(DeskPage):
    """The queue."""

    permission_required = READS
    template = "requests.html"
    title = "Requests"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """All of it, the most pressing first."""
        now = timezone.now()
        self.record(AccessEvent.Action.SEARCH, "intake.request:queue")
        rows = queue(now=now, may_know=self.staff.has_perm("intake.see_call_needed"))
        return self.page(
            {
                "rows": rows[:SHOWN],
                "hidden": max(len(rows) - SHOWN, 0),
                "late": sum(row.due_at < now for row in rows),
                "now": now,
                "here": reverse("scheduling:desk_requests"),
                "may_work": self.staff.has_perm("clinic.change_desktask"),
                "may_raise": self.staff.has_perm("intake.raise_safetyitem"),
            }
        )
