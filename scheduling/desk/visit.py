"""One visit at the desk: how it stands, its history, and one button for each legal step."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from clinic.base import ClinicError
from intake.models import ConsultationRequest
from intake.selectors import requests_on_hold
from scheduling.desk.pages import CHANGES, SEES, DeskPage, SeeOther, read_visit, words_of
from scheduling.history import event_words
from scheduling.models import Appointment, VisitOutcome
from scheduling.steps import Seen, call_off, mark_next_step, reissue_visit_link, take_step
from scheduling.transitions import MOVES

Status = Appointment.Status
MARKS = "scheduling.change_visitoutcome"
REASON = 300
# In the order of a visit; cancelling has a form of its own, and undoing belongs to the patient.
STEPS = {
    Status.CONFIRMED: "Confirmed",
    Status.ARRIVED: "Arrived",
    Status.COMPLETED: "Completed",
    Status.NO_SHOW: "Did not come",
}
LISTS = ("/admin/desk/today/", "/admin/desk/next/")
ON_HOLD = "On hold: clinician calls"
MOVABLE = (Status.BOOKED, Status.CONFIRMED)


class VisitPage(DeskPage):
    """What the pages about one visit share."""

    def load(self, visit_id: uuid.UUID) -> Appointment:
        """The visit, its reading written down; 404 when there is none."""
        return read_visit(self, visit_id)

    def back_to(self, visit: Appointment) -> HttpResponse:
        """303 to the list that the button stood on, at this visit, or to the visit's page."""
        back = self.request.POST.get("back", "")
        if back.startswith(LISTS) and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return SeeOther(f"{back}#visit-{visit.pk}")
        return SeeOther(reverse("scheduling:desk_visit", args=[visit.pk]))


class VisitDesk(VisitPage):
    """Read the visit."""

    permission_required = SEES
    template = "visit.html"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """The page."""
        visit = self.load(visit_id)
        outcome = VisitOutcome.objects.filter(appointment=visit).select_related("marked_by").first()
        may_change, may_mark = self.staff.has_perms(CHANGES), self.staff.has_perm(MARKS)
        context = {
            "visit": visit,
            "seen": Seen.of(visit),
            "events": [(row, event_words(row)) for row in visit.events.select_related("made_by").order_by("-id")],
            "steps": legal_steps(visit) if may_change else [],
            "may_change": may_change,
            "is_movable": may_change and visit.status in MOVABLE,
            "outcome": outcome,
            "next_steps": VisitOutcome.NextStep.choices if may_mark and visit.status == Status.COMPLETED else [],
            "follow_up": _caller(visit),
            "on_hold": ON_HOLD if visit.request_id and requests_on_hold([visit.request_id]) else "",
        }
        return self.page(context, title=f"Visit of {visit.patient.name}")


class StepView(VisitPage):
    """POST: one step of the visit, from the state that was seen."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Take it; whatever comes of it, the visit's page says how things stand."""
        visit = self.load(visit_id)
        to = request.POST.get("to", "")
        if to not in set(STEPS):
            messages.error(request, "Choose one of the steps on this page.")
            return self.back_to(visit)
        seen = Seen.read(request.POST.get("seen", ""))
        try:
            take_step(visit=visit, to=Status(to), seen=seen, by=self.staff)
            messages.success(request, f"Marked: {Status(to).label.lower()}.")
        except ClinicError as error:
            messages.warning(request, str(error))
        return self.back_to(visit)


class CancelView(VisitPage):
    """An own page asks why before a visit is called off."""

    template = "cancel.html"
    title = "Cancel a visit"

    def get(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Ask."""
        visit = self.load(visit_id)
        return self.page({"visit": visit, "seen": Seen.of(visit), "reason": "", "asked": ""})

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Cancel, or keep what was typed and say what happened."""
        visit = self.load(visit_id)
        reason, asked = words_of(request, "reason", REASON), request.POST.get("asked", "")
        kept = {"visit": visit, "seen": Seen.of(visit), "reason": reason, "asked": asked}
        if asked not in {"patient", "clinic"}:
            return self.page({**kept, "error": "Say who wants it cancelled"}, status=422)
        try:
            call_off(
                visit=visit,
                seen=Seen.read(request.POST.get("seen", "")),
                by=self.staff,
                reason=reason,
                on_behalf_of_patient=asked == "patient",
            )
        except ClinicError as error:
            return self.page({**kept, "error": str(error)}, status=409)
        messages.success(request, "Cancelled. The time is free again.")
        return self.back_to(visit)


class NextStepView(VisitPage):
    """POST: what comes after a visit that was held. Clinicians may mark it, too."""

    permission_required = (MARKS,)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Write it down."""
        visit = self.load(visit_id)
        chosen = request.POST.get("next_step", "")
        if chosen not in set(VisitOutcome.NextStep):
            messages.error(request, "Choose what comes next.")
            return self.back_to(visit)
        try:
            mark_next_step(
                visit=visit,
                step=VisitOutcome.NextStep(chosen),
                seen_step=request.POST.get("seen_step", ""),
                by=self.staff,
            )
            messages.success(request, f"Next step: {VisitOutcome.NextStep(chosen).label.lower()}.")
        except ClinicError as error:
            messages.warning(request, str(error))
        return self.back_to(visit)


class LinkView(VisitPage):
    """A lost link: the old one dies, the new one is shown once."""

    template = "link.html"
    title = "New private link"

    def get(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Say what will happen."""
        return self.page({"visit": self.load(visit_id)})

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Make it. The address stands on this answer and nowhere else."""
        visit = self.load(visit_id)
        address, letters = reissue_visit_link(visit=visit, by=self.staff, send="send" in request.POST)
        return self.page(
            {"visit": visit, "address": address, "letters": letters, "wants_letter": "send" in request.POST}
        )


def legal_steps(visit: Appointment) -> Sequence[tuple[str, str]]:
    """(state, button) of each step that this page offers from here."""
    has_begun = visit.starts_at <= timezone.now()
    return [
        (to.value, label)
        for to, label in STEPS.items()
        if to in MOVES[Status(visit.status)] and (has_begun or to != Status.NO_SHOW)
    ]


def _caller(visit: Appointment) -> str:
    """With whom the phone page begins when the next visit is booked."""
    request = visit.request
    if request is not None and request.status == ConsultationRequest.Status.OPEN:
        return f"request:{request.pk}"
    return f"patient:{visit.patient_id}"
