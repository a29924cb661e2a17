"""On the phone: search or new person, the words to read aloud, and the time, on one screen."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from clinic.access import subject_ref
from clinic.base import ClinicError
from clinic.models import AccessEvent, ClinicProfile
from intake.errors import FormUsedError
from intake.selectors import request_sent_with
from notifications.consent import is_stopped, spoken_wording_for
from notifications.models import Channel, Message
from notifications.selectors import history_for
from scheduling import selectors
from scheduling.desk import people, times
from scheduling.desk.answers import answers
from scheduling.desk.pages import BOOKS, DeskPage, SeeOther, when
from scheduling.desk.phone_form import FREE, NOW, PhoneForm
from scheduling.errors import (
    AlreadyBookedError,
    NotBookableError,
    SlotTakenError,
    TooManyVisitsError,
    WaiverNeededError,
)
from scheduling.messages import visit_ref
from scheduling.models import Appointment, AppointmentType
from scheduling.phone_bookings import Caller, Wish, book_for_caller, keep_caller
from scheduling.waivers import OVERLAPS, warnings

LOOKS = ("find", "use", "times")  # buttons that only look something up
TOO_MANY = (
    "This number or address holds as many coming visits as the clinic allows. Cancel one of them first, "
    "or have a manager raise the number in the clinic profile."
)


class PhoneView(DeskPage):
    """One form with several buttons. Looking up keeps all that was typed; only the last two write."""

    permission_required = (BOOKS[0], BOOKS[2])
    template = "phone.html"
    title = "On the phone"

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty page; `?person=request:<id>` begins with somebody."""
        form = self._fresh({"person": request.GET.get("person", "")[:60]})
        self._use(form)
        return self._show(form, {})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look up, keep the request, or book."""
        step = next((name for name in (*LOOKS, "keep", "book") if name in request.POST), "find")
        form = PhoneForm(request.POST, profile=ClinicProfile.current(), step=step)
        is_complete = form.is_valid()
        if step in LOOKS:
            return self._look(form, step)
        if not is_complete:
            return self._show(form, form.cleaned_data, status=422)
        key = form.cleaned_data["form_key"]
        is_replay = key is not None and request_sent_with(key) is not None
        if not form.cleaned_data["person"] and not is_replay:
            alike = self._alike(form)
            if alike:
                form.add_error("person", "We may know this person. Say who it is, or that it is somebody new")
                return self._show(form, form.cleaned_data, found=alike, status=409)
        return self._keep(form) if step == "keep" else self._book(form)

    def _fresh(self, typed: dict[str, Any]) -> PhoneForm:
        """The same answers in a form that finds no fault with them yet."""
        kind = selectors.consultation_type()
        begin = {
            "form_key": uuid.uuid4(),
            "booking_key": uuid.uuid4(),
            "kind": kind.pk if kind else None,
            "mode": kind.offered_modes[0] if kind else None,
        }
        return PhoneForm(profile=ClinicProfile.current(), initial={**begin, **typed})

    def _look(self, sent: PhoneForm, step: str) -> HttpResponse:
        form = self._fresh({name: self.request.POST[name] for name in sent.fields if name in self.request.POST})
        found = []
        term = str(form.initial.get("term", ""))
        if term.strip():
            self.record(AccessEvent.Action.SEARCH, "intake.patient:search")
            found = people.found_by(term)
        if step == "use":
            self._use(form)
        return self._show(form, sent.cleaned_data, found=found, searched=step == "find" and bool(term.strip()))

    def _use(self, form: PhoneForm) -> None:
        """Write the contacts of the chosen person into the boxes that are still empty."""
        try:
            form.cleaned_data = {"person": form.initial.get("person", "")}
            form.clean_person()
        except ValidationError:
            return
        row = form.request or form.patient
        if row is None:
            return
        kind = "intake.request" if form.request else "intake.patient"
        self.record(AccessEvent.Action.READ, subject_ref(kind, row.pk))
        for name in ("name", "phone", "email"):
            if not form.initial.get(name):
                form.initial[name] = str(getattr(row, name))

    def _alike(self, form: PhoneForm) -> list[people.Person]:
        said = form.cleaned_data
        self.record(AccessEvent.Action.SEARCH, "intake.patient:search")
        phone = said["phone"]
        return people.alike(name=said["name"], phone=phone.number if phone else "", email=said["email"])

    def _caller(self, form: PhoneForm) -> Caller:
        return Caller(
            request=form.request,
            consultation=None if form.request else form.to_consultation(),
            patient=form.patient,
            said=form.said(),
            page=self.request.path,
        )

    def _keep(self, form: PhoneForm) -> HttpResponse:
        try:
            kept = keep_caller(self._caller(form), by=self.staff)
        except FormUsedError as error:
            return self._used(form, error)
        messages.success(self.request, f"Request {kept.reference} is kept, without a time.")
        return SeeOther(reverse("admin:intake_consultationrequest_change", args=[kept.pk]))

    def _book(self, form: PhoneForm) -> HttpResponse:
        said = form.cleaned_data
        kind: AppointmentType | None = said["kind"] or selectors.consultation_type()
        if kind is None:
            return self._refused(form, ClinicError("No kind of visit is active. A manager can switch one on."))
        wish = Wish(
            appointment_type=kind,
            clinician=said["clinician"],
            start=form.wanted(),
            mode=said["mode"] or kind.offered_modes[0],
            booking_key=said["booking_key"] or uuid.uuid4(),
            waiver=form.waiver(),
        )
        try:
            visit = book_for_caller(self._caller(form), wish, by=self.staff)
        except FormUsedError as error:
            return self._used(form, error)
        except AlreadyBookedError as error:
            messages.warning(
                self.request, "This request has a visit already: here it is. Move it if they want another time."
            )
            return SeeOther(reverse("scheduling:desk_visit", args=[error.appointment.pk]))
        except ClinicError as error:
            return self._refused(form, error)
        messages.success(self.request, told_words(visit))
        return SeeOther(reverse("scheduling:desk_visit", args=[visit.pk]))

    def _refused(self, form: PhoneForm, error: ClinicError) -> HttpResponse:
        """What went wrong, with everything kept; nothing was written."""
        if isinstance(error, WaiverNeededError):
            form.add_error(None, str(error))
            return self._show(form, form.cleaned_data, broken=error.broken, status=409)
        nearest = error.nearest if isinstance(error, SlotTakenError | NotBookableError) else ()
        text = TOO_MANY if isinstance(error, TooManyVisitsError) else str(error)
        if isinstance(error, NotBookableError) and not form.cleaned_data["clinician"]:
            text += " Choose one of the times below, or name the clinician to book it all the same."
        form.add_error(None, text)
        return self._show(form, form.cleaned_data, nearest=nearest, status=409)

    def _used(self, form: PhoneForm, error: FormUsedError) -> HttpResponse:
        text = f"This call was kept before, with other answers, as request {error.request.reference}. Search for it to go on."
        form.add_error(None, text)
        return self._show(form, form.cleaned_data, status=409)

    def _show(
        self,
        form: PhoneForm,
        said: dict[str, Any],
        *,
        found: Sequence[people.Person] = (),
        searched: bool = False,
        broken: Iterable[str] = (),
        nearest: Sequence[dt.datetime] = (),
        status: int = 200,
    ) -> HttpResponse:
        chosen = str(form["person"].value() or "")
        known = None if chosen in {one.value for one in found} else people.person_of(chosen)
        start = str(form["start"].value() or "")
        kind = said.get("kind") or selectors.consultation_type()
        context = {
            "form": form,
            "found": [*([known] if known else []), *found],
            "searched": searched,
            "chosen": chosen,
            "start": start,
            "times": times.suggestions(said, kind, chosen=start, nearest=nearest),
            "warnings": warnings(broken),
            "is_overbooking": bool(OVERLAPS.intersection(broken)),
            "confirmed": form["waive"].value() or [],
            "scripts": {name: spoken_wording_for(Channel(name), form.profile) for name in ("sms", "email")},
            "is_stopped": _is_stopped(said),
            "answers": answers(form.profile),
            "free": FREE,
            "now": NOW,
        }
        return self.page(context, status=status)


def told_words(visit: Appointment) -> str:
    """What to tell the caller now: the time, the reference, and whether a confirmation goes out."""
    waiting = history_for(visit_ref(visit)).filter(state=Message.State.QUEUED)
    channels = sorted({str(Channel(one.channel).label).lower() for one in waiting})
    reference = f" Reference {visit.request.reference}." if visit.request else ""
    goes = (
        f"A confirmation goes by {' and '.join(channels)}."
        if channels
        else "No message goes out: tell them the time now."
    )
    return f"Booked: {when(visit.starts_at)}, {visit.clinician}.{reference} {goes}"


def _is_stopped(said: dict[str, Any]) -> bool:
    """Whether that phone once answered STOP: no yes on the phone lifts it."""
    phone = said.get("phone")
    return bool(phone and not phone.extension and is_stopped(channel=Channel.SMS, address=phone.number))
