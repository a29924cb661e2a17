"""The page of one visit, its cancelling, and its calendar entry."""

import uuid
from collections.abc import Mapping
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import clock, links
from clinic.http import as_typed, keeps_typed, switches_language
from clinic.models import ClinicProfile
from clinic.private import PrivatePage, SeeOther
from clinic.public import public
from intake.models import ConsultationRequest
from intake.selectors import promised_call
from intake.services import ScreeningOffer, screening_offers
from notifications.selectors import history_for
from scheduling import selectors, services
from scheduling.errors import TooLateToChangeError
from scheduling.forms import CancelForm
from scheduling.invites import invite
from scheduling.messages import visit_ref
from scheduling.models import Appointment, AppointmentEvent
from scheduling.views.call_me import call_offer
from scheduling.views.nearest import nearest_times
from scheduling.views.numbers import number_of
from scheduling.views.visit_words import VisitWords, confirmation_lines, visit_words
from scheduling.waiting.selectors import live_entry_of

NOTES = {
    "already": _("You have this appointment already, so we booked nothing else. It is below."),
    "moved": _("Your appointment has a new time. We have given the old one back."),
    "mode_changed": _("You meet us in another way now. The time is as before."),
    "undone": _("You did not cancel. Your appointment stands as before."),
}
UNDO_LATE = _("It could not be undone any more. You are welcome to choose a new time.")


class VisitPage(PrivatePage):
    """What the pages of a visit share."""

    purpose = "visit"
    visit: Appointment
    profile: ClinicProfile

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            self.visit = selectors.visit_by_id(object_id)
        except Appointment.DoesNotExist:
            return False
        self.profile = ClinicProfile.current()
        return True

    @cached_property
    def words(self) -> VisitWords:
        """The visit in the language of the page."""
        return visit_words(self.visit, self.profile, timezone.now())

    def person_language(self) -> str:
        return self.visit.letter_language

    def address_of(self, name: str) -> str:
        """The path of a page of this visit."""
        return reverse(f"scheduling:{name}", kwargs={"token": self.token})


@public
class VisitView(VisitPage):
    """Says truthfully how things stand: coming, cancelled, over. Reads only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The visit, bookmarked or fresh."""
        context = {
            "visit": self.visit,
            "words": self.words,
            "confirmations": confirmation_lines(history_for(visit_ref(self.visit))),
            "call": self._promised_call(),
            "notes": [text for name, text in self._notes().items() if name in request.GET],
            "change_path": self.address_of("change"),
            "undo_path": self.address_of("undo"),
            "call_path": self.address_of("visit_call_me"),
            "messages_path": self.address_of("messages"),
            "earlier_path": self.address_of("visit_earlier"),
            "cancel_path": self.address_of("cancel"),
            "invite_path": self.address_of("invite"),
            "is_waiting": self._is_waiting(),
            "screenings": self._screenings(),
            **self._way_on(),
        }
        return render(request, "visit/visit.html", context)

    def _screenings(self) -> list[ScreeningOffer]:
        """The questions that go with the visit."""
        asker = self.visit.request
        return screening_offers(asker) if asker is not None and self.words.is_coming else []

    def _promised_call(self) -> str:
        """The call about this visit that is promised, in a sentence with number and time, or nothing."""
        asker = self.visit.request
        by = promised_call(asker) if asker is not None and self.words.is_coming else None
        if asker is None or by is None:
            return ""
        return gettext("We also call you at %(number)s by %(time)s, as promised.") % {
            "number": number_of(asker),
            "time": clock.moment_text(by, self.profile.zone_info),
        }

    def _is_waiting(self) -> bool:
        """Whether they asked to be told of an earlier time."""
        asker = self.visit.request
        return asker is not None and self.words.can_cancel and live_entry_of(asker) is not None

    def _notes(self) -> Mapping[str, Promise]:
        """What a page that led here may say first, under its name in the address; only what is true now."""
        return NOTES if self.words.is_coming else {"undo_late": UNDO_LATE}

    def _way_on(self) -> dict[str, object]:
        """Where somebody whose visit is off goes next: their other visit, or new times while the request is open.

        The nearest ones are shown once it cannot be undone any more.
        """
        asker = self.visit.request
        if asker is None or not self.words.is_cancelled:
            return {}
        other = selectors.live_visit_of(asker)
        if other is not None:
            return {"other_visit_path": links.path_for("visit", other.pk)}
        if asker.status != ConsultationRequest.Status.OPEN:
            return {}
        kind = None if self.words.undo_until else selectors.consultation_type()  # what its time page books
        nearest = nearest_times(asker, kind, self.visit.starts_at, visit=None) if kind else None
        return {"time_path": links.path_for("time", asker.pk), "nearest": nearest}


@public
@keeps_typed
class CancelView(VisitPage):
    """GET explains and asks; POST cancels. Inside the cut-off the page gives our phone and a call."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """What cancelling means, or why it cannot be done here."""
        if not self.words.is_coming:
            return SeeOther(self.address_of("visit"))
        return self._page(request, CancelForm()) if self.words.can_cancel else self._too_late(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Cancel once; a replay ends on the same page."""
        if switches_language(request) and self.words.is_coming and self.words.can_cancel:
            return self._page(request, as_typed(CancelForm(request.POST)))
        if switches_language(request):
            return self.get(request)
        form = CancelForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        if not self.words.is_coming:  # cancelled already, or over: the visit's page explains
            return SeeOther(self.address_of("visit"))
        try:
            services.cancel(
                appointment=self.visit, source=AppointmentEvent.Source.WEB, reason=form.cleaned_data["reason"]
            )
        except TooLateToChangeError:
            return self._too_late(request, status=409)
        return SeeOther(self.address_of("visit"))

    def _page(self, request: HttpRequest, form: CancelForm, status: int = 200) -> HttpResponse:
        context = {"visit": self.visit, "words": self.words, "form": form, "back": self.address_of("visit")}
        return render(request, "visit/cancel.html", context, status=status)

    def _too_late(self, request: HttpRequest, status: int = 200) -> HttpResponse:
        asker = self.visit.request
        call = None
        if asker:
            call = call_offer(asker, self.profile, promised=promised_call(asker), purpose="visit", token=self.token)
        context = {"visit": self.visit, "words": self.words, "call": call, "back": self.address_of("visit")}
        return render(request, "visit/too_late.html", context, status=status)


@public
class InviteView(VisitPage):
    """The calendar entry of the visit as it stands now."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """A cancelled visit takes its entry out of the calendar."""
        method = "CANCEL" if self.words.is_cancelled else "REQUEST"
        return HttpResponse(
            invite(self.visit, method),
            content_type=f"text/calendar; charset=utf-8; method={method}",
            headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
        )
