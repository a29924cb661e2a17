"""None of these work: call me. Asked from the times and from a visit that is too near to change."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic import clock
from clinic.hours import answer_promised_by
from clinic.http import as_typed, keeps_typed, switches_language
from clinic.models import ClinicProfile
from clinic.private import PrivatePage, SeeOther
from clinic.public import public
from intake.errors import PhoneKnownError
from intake.models import ConsultationRequest
from intake.selectors import promised_call, request_by_id
from intake.services import add_phone, ask_for_call
from scheduling import selectors
from scheduling.forms import CallMeForm
from scheduling.models import Appointment
from scheduling.views.numbers import number_of

PAGES = {"time": "scheduling:call_me", "visit": "scheduling:visit_call_me"}


@dataclass(frozen=True, kw_only=True)
class CallOffer:
    """What a page says about being called: by when, on which number, whether it was promised already."""

    action: str
    by: str
    needs_phone: bool
    phone: str
    is_promised: bool


def call_offer(
    request: ConsultationRequest, profile: ClinicProfile, *, promised: dt.datetime | None, purpose: str, token: str
) -> CallOffer:
    """The call that is `promised` (UTC); else by when we would call if asked now."""
    return CallOffer(
        action=reverse(PAGES[purpose], kwargs={"token": token}),
        by=clock.moment_text(promised or answer_promised_by(profile), profile.zone_info),
        needs_phone=not request.phone,
        phone=number_of(request),
        is_promised=promised is not None,
    )


@public
@keeps_typed
class CallMeView(PrivatePage):
    """GET says whether a call is promised and offers one; POST asks for it, with a number where we have none."""

    request_row: ConsultationRequest | None
    language: str

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            if self.purpose == "visit":
                visit = selectors.visit_by_id(object_id)
                self.request_row, self.language = visit.request, visit.letter_language
            else:
                self.request_row = request_by_id(object_id)
                self.language = self.request_row.language
        except (ConsultationRequest.DoesNotExist, Appointment.DoesNotExist):
            return False
        return True

    def person_language(self) -> str:
        return self.language

    def get(self, request: HttpRequest) -> HttpResponse:
        """The promise, or the offer."""
        return self._page(request, CallMeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the number if one was needed, put the call on the desk, then show the promise."""
        asker = self.request_row
        if switches_language(request):
            return self._page(request, as_typed(CallMeForm(request.POST)))
        if asker is None:  # a visit brought in from elsewhere: the page gives our number
            return self._page(request, CallMeForm())
        if not asker.phone:
            form = CallMeForm(request.POST)
            if not form.is_valid():
                return self._page(request, form, status=422)
            try:
                asker = add_phone(request=asker, phone=form.cleaned_data["phone"])
            except PhoneKnownError:  # given meanwhile in another tab: that one is called
                asker.refresh_from_db()
        ask_for_call(request=asker)
        return SeeOther(reverse(PAGES[self.purpose], kwargs={"token": self.token}))

    def _page(self, request: HttpRequest, form: CallMeForm, status: int = 200) -> HttpResponse:
        offer = None
        if self.request_row is not None:
            profile = ClinicProfile.current()
            promised = promised_call(self.request_row)
            offer = call_offer(self.request_row, profile, promised=promised, purpose=self.purpose, token=self.token)
        back = reverse(f"scheduling:{self.purpose}", kwargs={"token": self.token})
        context = {"form": form, "call": offer, "back": back, "purpose": self.purpose}
        return render(request, "times/call_me.html", context, status=status)
