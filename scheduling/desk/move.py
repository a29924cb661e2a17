"""Move one visit: another time, another clinician, or both; rules are warnings, only overlap is overbooking."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from clinic.base import ClinicError
from clinic.models import ClinicProfile
from scheduling.desk import times
from scheduling.desk.pages import when
from scheduling.desk.phone_form import FREE, TimeFields
from scheduling.desk.visit import MOVABLE, VisitPage
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError, WaiverNeededError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.rescheduling import reschedule
from scheduling.steps import Seen, what_happened
from scheduling.waivers import OVERLAPS, warnings


class MoveForm(TimeFields):
    """Where it goes, and whether the patient knows."""

    knows = forms.BooleanField(label="The patient asked for this, or knows already", required=False)
    change_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A time is a must."""
        self.find_time()
        return self.cleaned_data


class MoveView(VisitPage):
    """The page and its POST. Without a named clinician the visit stays with its own."""

    template = "move.html"
    title = "Move a visit"

    def get(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Three times near the one it has."""
        visit = self.load(visit_id)
        if visit.status not in MOVABLE:
            messages.warning(request, f"It is marked {visit.get_status_display().lower()}, so it cannot be moved.")
            return self.back_to(visit)
        return self._show(visit, self._fresh(visit, {}), {})

    def post(self, request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
        """Show other times, or move."""
        visit = self.load(visit_id)
        sent = MoveForm(request.POST, profile=ClinicProfile.current())
        is_complete = sent.is_valid()
        if "move" not in request.POST:
            typed = {name: request.POST[name] for name in sent.fields if name in request.POST}
            return self._show(visit, self._fresh(visit, typed), sent.cleaned_data)
        if not is_complete:
            return self._show(visit, sent, sent.cleaned_data, status=422)
        try:
            moved = self._move(visit, sent)
        except IllegalMoveError as error:
            now_stands = Appointment.objects.get(pk=visit.pk)
            sent.add_error(None, f"{error} {what_happened(now_stands)}. It stands on {when(now_stands.starts_at)} now.")
            return self._show(visit, sent, sent.cleaned_data, status=409)
        except WaiverNeededError as error:
            sent.add_error(None, str(error))
            return self._show(visit, sent, sent.cleaned_data, broken=error.broken, status=409)
        except (SlotTakenError, NotBookableError, ClinicError) as error:
            sent.add_error(None, str(error))
            return self._show(visit, sent, sent.cleaned_data, status=409)
        messages.success(request, f"Moved to {when(moved.starts_at)} with {moved.clinician}.")
        return self.back_to(moved)

    def _move(self, visit: Appointment, sent: MoveForm) -> Appointment:
        said = sent.cleaned_data
        start = sent.wanted()
        assert start is not None  # noqa: S101 - the page offers no walk-in
        return reschedule(
            appointment=visit,
            start=start,
            mode=said["mode"] or visit.mode,
            clinician=said["clinician"] or visit.clinician,
            change_key=said["change_key"] or uuid.uuid4(),
            source=AppointmentEvent.Source.STAFF,
            by=self.staff,
            on_behalf_of_patient=said["knows"],
            waiver=sent.waiver(),
            seen_revision=Seen.read(said["seen"]).revision,
        )

    def _fresh(self, visit: Appointment, typed: dict[str, Any]) -> MoveForm:
        begin = {
            "change_key": uuid.uuid4(),
            "seen": str(Seen.of(visit)),
            "clinician": visit.clinician_id,
            "mode": visit.mode,
        }
        return MoveForm(profile=ClinicProfile.current(), initial={**begin, **typed})

    def _show(
        self,
        visit: Appointment,
        form: MoveForm,
        said: dict[str, Any],
        *,
        broken: Iterable[str] = (),
        status: int = 200,
    ) -> HttpResponse:
        start = str(form["start"].value() or "")
        around = {**said, "clinician": said.get("clinician") or visit.clinician}
        offered = times.suggestions(around, visit.appointment_type, chosen=start, patient=visit.patient, moving=visit)
        context = {
            "form": form,
            "visit": visit,
            "times": offered,
            "start": start,
            "free": FREE,
            "warnings": warnings(broken),
            "is_overbooking": bool(OVERLAPS.intersection(broken)),
            "confirmed": form["waive"].value() or [],
        }
        return self.page(context, status=status)
