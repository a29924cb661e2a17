"""One request at the desk: how to call safely, the number, how it ended, and a time, all on one page."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic.access import subject_ref
from clinic.base import ClinicError
from clinic.models import AccessEvent, ClinicProfile
from intake.calling import (
    ENOUGH_TRIES,
    REASONS,
    close_after_calls,
    live_claims,
    record_call,
    send_tried_to_call,
)
from intake.models import ConsultationRequest, ContactAttempt
from intake.selectors import SUBJECT, contact_addresses, promised_call, request_by_id, screening_states
from notifications.consent import may_contact
from notifications.models import Channel
from scheduling import selectors
from scheduling.desk import times
from scheduling.desk.pages import BOOKS, DeskPage, SeeOther, at_clinic
from scheduling.desk.phone import told_words
from scheduling.desk.requests import READS
from scheduling.errors import AlreadyBookedError, NotBookableError, SlotTakenError, WaiverNeededError
from scheduling.forms import StartField
from scheduling.models import OCCUPYING, Appointment, AppointmentType, Clinician, Mode
from scheduling.phone_bookings import Caller, Wish, book_for_caller
from scheduling.waivers import Waiver

WORKS = "intake.change_consultationrequest"
BESIDE = dt.timedelta(hours=12)
BREAKS_RULES = "This time breaks a rule of the schedule. Book it on the phone page, where each rule can be waived."


class CallForm(forms.Form):
    """How a call ended, and when to call again."""

    outcome = forms.ChoiceField(choices=ContactAttempt.Outcome.choices)
    call_key = forms.UUIDField()
    next_day = forms.DateField(required=False)
    next_time = forms.TimeField(required=False)


class BookForm(forms.Form):
    """The time that was chosen."""

    start = StartField()
    booking_key = forms.UUIDField()
    clinician = forms.ModelChoiceField(Clinician.objects.filter(is_bookable=True), required=False)
    mode = forms.ChoiceField(choices=Mode.choices)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A suggested time with the clinician's visits around it."""

    time: times.Suggestion
    before: Appointment | None
    after: Appointment | None


class RequestDesk(DeskPage):
    """GET reads the page; POST writes down a call, sends the text, books or closes."""

    permission_required = READS
    template = "request.html"

    def get(self, request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
        """The page; `?clinician=` and `?mode=` choose whose times stand on it."""
        asker = self._load(request_id)
        return self._show(asker, {name: request.GET.get(name, "") for name in ("clinician", "mode")})

    def post(self, request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
        """Do the one thing whose button was pressed."""
        if not self.staff.has_perm(WORKS):
            raise PermissionDenied
        asker = self._load(request_id)
        acts = {"outcome": self._call, "text": self._text, "close": self._close, "book": self._book}
        act = next((acts[name] for name in acts if name in request.POST), None)
        if act is None:
            messages.warning(request, "Choose what to do.")
            return self._again(asker)
        return act(asker)

    def _load(self, request_id: uuid.UUID) -> ConsultationRequest:
        try:
            asker = request_by_id(request_id)
        except ConsultationRequest.DoesNotExist as error:
            raise Http404 from error
        self.record(AccessEvent.Action.READ, subject_ref(SUBJECT, asker.pk))
        return asker

    def _again(self, asker: ConsultationRequest) -> HttpResponse:
        return SeeOther(reverse("scheduling:desk_request", args=[asker.pk]))

    def _call(self, asker: ConsultationRequest) -> HttpResponse:
        form = CallForm(self.request.POST)
        if not form.is_valid():
            messages.warning(
                self.request, "Nothing was written down. Type the day as 2026-12-31 and the time as 14:30."
            )
            return self._show(asker, self.request.POST, status=422)
        said = form.cleaned_data
        again = None
        if said["next_day"]:
            again = at_clinic(said["next_day"], said["next_time"] or times.MORNING, ClinicProfile.current().zone_info)
            if again is None or again <= timezone.now():
                messages.warning(
                    self.request, "Nothing was written down. Choose a time for the next call that is to come."
                )
                return self._show(asker, self.request.POST, status=422)
        outcome = ContactAttempt.Outcome(said["outcome"])
        record_call(request=asker, by=self.staff, outcome=outcome, call_key=said["call_key"], next_call_at=again)
        messages.success(self.request, f"Written down: {outcome.label.lower()}.")
        if asker.status == ConsultationRequest.Status.CLOSED:
            messages.warning(self.request, f"The request was closed before: {asker.close_reason}")
        return self._again(asker)

    def _text(self, asker: ConsultationRequest) -> HttpResponse:
        if send_tried_to_call(request=asker):
            messages.success(self.request, "The text is on its way: we tried to call. It goes once a day.")
        else:
            messages.warning(self.request, "No text was sent: they did not agree to texts.")
        return self._again(asker)

    def _close(self, asker: ConsultationRequest) -> HttpResponse:
        reason = self.request.POST.get("reason", "")
        if reason not in REASONS:
            messages.warning(self.request, "Choose why it is closed.")
            return self._again(asker)
        was_closed = asker.status == ConsultationRequest.Status.CLOSED
        try:
            closed = close_after_calls(request=asker, reason=reason, by=self.staff)
        except ClinicError as error:
            messages.warning(self.request, str(error))
            return self._again(asker)
        if was_closed or closed.close_reason != reason:
            messages.warning(self.request, f"It was closed before, by {closed.closed_by}: {closed.close_reason}")
            return self._again(asker)
        messages.success(self.request, f"Request {asker.reference} is closed: {reason.lower()}.")
        return SeeOther(reverse("scheduling:desk_requests"))

    def _book(self, asker: ConsultationRequest) -> HttpResponse:
        if not self.staff.has_perms(BOOKS):
            raise PermissionDenied
        form, kind = BookForm(self.request.POST), selectors.consultation_type()
        if not form.is_valid() or kind is None:
            messages.warning(self.request, "Nothing was booked. Choose one of the times.")
            return self._show(asker, self.request.POST, status=422)
        said = form.cleaned_data
        wish = Wish(
            appointment_type=kind,
            clinician=said["clinician"],
            start=said["start"],
            mode=said["mode"],
            booking_key=said["booking_key"],
            waiver=Waiver(rules=frozenset(), reason=""),
        )
        try:
            visit = book_for_caller(Caller(request=asker, said={}, page=self.request.path), wish, by=self.staff)
        except AlreadyBookedError as error:
            messages.warning(self.request, "This request has a visit already: here it is.")
            return SeeOther(reverse("scheduling:desk_visit", args=[error.appointment.pk]))
        except ClinicError as error:
            return self._not_booked(asker, error)
        messages.success(self.request, told_words(visit))
        return SeeOther(reverse("scheduling:desk_visit", args=[visit.pk]))

    def _not_booked(self, asker: ConsultationRequest, error: ClinicError) -> HttpResponse:
        """Say why; the choices stay, and the times are those that are free now."""
        messages.warning(self.request, BREAKS_RULES if isinstance(error, WaiverNeededError) else str(error))
        nearest = error.nearest if isinstance(error, SlotTakenError | NotBookableError) else []
        return self._show(asker, self.request.POST, nearest=nearest, status=409)

    def _show(
        self, asker: ConsultationRequest, said: Any, *, nearest: list[dt.datetime] | None = None, status: int = 200
    ) -> HttpResponse:
        now, kind = timezone.now(), selectors.consultation_type()
        crew = list(kind.clinicians.filter(is_bookable=True).order_by("name")) if kind else []
        clinician = next((one for one in crew if str(one.pk) == said.get("clinician", "")), crew[0] if crew else None)
        claim = live_claims([asker.patient_id], now=now).get(asker.patient_id)
        may_know = self.staff.has_perm("intake.see_call_needed")
        attempts = list(asker.contact_attempts.select_related("made_by").order_by("-id"))
        context = {
            "asker": asker,
            "now": now,
            "claim": claim,
            "call_needed": may_know and screening_states([asker.pk])[asker.pk].call_needed,
            "attempts": attempts,
            "enough": ENOUGH_TRIES,
            "outcomes": ContactAttempt.Outcome.choices,
            "next_call": promised_call(asker),
            "may_text": _may_text(asker),
            "reasons": REASONS,
            "visit": selectors.live_visit_of(asker),
            "crew": crew,
            "clinician": clinician,
            "modes": [(value, Mode(value).label) for value in kind.offered_modes] if kind else [],
            "mode": said.get("mode") or (kind.offered_modes[0].value if kind else ""),
            "offered": _offered(kind, clinician, chosen=said.get("start", ""), nearest=nearest or [], asker=asker),
            "keys": {"call": uuid.uuid4(), "booking": said.get("booking_key") or uuid.uuid4()},
            "typed": {name: said.get(name, "") for name in ("next_day", "next_time")},
            "may_work": self.staff.has_perm(WORKS),
            "may_claim": self.staff.has_perm("clinic.change_desktask"),
            "may_raise": self.staff.has_perm("intake.raise_safetyitem"),
            "here": reverse("scheduling:desk_request", args=[asker.pk]),
        }
        return self.page(context, title=f"Request of {asker.name}", status=status)


def _may_text(asker: ConsultationRequest) -> bool:
    numbers = [address for channel, address in contact_addresses(asker) if channel == Channel.SMS]
    return any(may_contact(channel=Channel.SMS, address=number).allowed for number in numbers)


def _offered(
    kind: AppointmentType | None,
    clinician: Clinician | None,
    *,
    chosen: str,
    nearest: list[dt.datetime],
    asker: ConsultationRequest,
) -> list[Offered]:
    """Three times with what stands before and after each in the clinician's day."""
    shown = times.suggestions({"clinician": clinician}, kind, chosen=chosen, nearest=nearest, patient=asker.patient)
    starts = [dt.datetime.fromisoformat(one.value) for one in shown]
    if not starts:
        return []
    near = Appointment.objects.filter(
        clinician=clinician,
        status__in=OCCUPYING,
        starts_at__gte=min(starts) - BESIDE,
        starts_at__lte=max(starts) + BESIDE,
    )
    visits = list(near.select_related("patient").order_by("starts_at", "pk"))
    return [
        Offered(
            time=one,
            before=next((visit for visit in reversed(visits) if start - BESIDE <= visit.starts_at < start), None),
            after=next((visit for visit in visits if start < visit.starts_at <= start + BESIDE), None),
        )
        for one, start in zip(shown, starts, strict=True)
    ]
