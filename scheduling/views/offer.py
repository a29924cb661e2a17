"""One offered time: take it, or say no. GET only shows; what is over explains itself and leads on."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import clock, links
from clinic.base import ClinicError
from clinic.http import keeps_typed, switches_language
from clinic.models import ClinicProfile
from clinic.private import PrivatePage, SeeOther
from clinic.public import public
from scheduling import availability, selectors
from scheduling.errors import AlreadyBookedError, NotBookableError, SlotTakenError
from scheduling.models import Appointment, WaitlistOffer
from scheduling.views.nearest import nearest_times, ways_to_meet
from scheduling.views.visit_words import visit_words
from scheduling.waiting.errors import OfferOverError
from scheduling.waiting.selectors import live_entry_of, offer_by_id
from scheduling.waiting.services import accept_offer, decline_offer

Outcome = WaitlistOffer.Outcome
GONE = _("Somebody else has taken this time, or it is not free any more.")
EXPLANATIONS = {
    Outcome.OPEN: _("The time to take it is over."),
    Outcome.DECLINED: _("You said that you do not want this time. Nothing has changed."),
    Outcome.LOST: GONE,
    Outcome.WITHDRAWN: _("You asked us not to offer you times any more, or took another one."),
}


@public
@keeps_typed
class OfferView(PrivatePage):
    """The offer as it stands now; POST answers it once."""

    purpose = "offer"
    offer: WaitlistOffer
    visit: Appointment | None

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            self.offer = offer_by_id(object_id)
        except WaitlistOffer.DoesNotExist:
            return False
        self.visit = selectors.live_visit_of(self.offer.entry.request)
        return True

    def person_language(self) -> str:
        return self.offer.entry.request.language

    def get(self, request: HttpRequest) -> HttpResponse:
        """The time, or why it cannot be taken any more; who took it is led to their visit."""
        if self.offer.visit is not None:
            return SeeOther(links.path_for("visit", self.offer.visit.pk))
        if self.offer.is_open(timezone.now()):
            return self._open(request) if self._is_free() else self._over(request, GONE)
        return self._over(request, EXPLANATIONS[Outcome(self.offer.outcome)])

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it or not. Late or lost is answered kindly, with the nearest times."""
        if switches_language(request):
            return self.get(request)
        if request.POST.get("answer") == "decline":
            decline_offer(offer=self.offer)
            return SeeOther(self._here())
        mode = request.POST.get("mode", "")
        try:
            visit = accept_offer(
                offer=self.offer, mode=mode if mode in self.offer.entry.appointment_type.offered_modes else None
            )
        except AlreadyBookedError as error:
            return SeeOther(links.path_for("visit", error.appointment.pk) + "?already=1")
        except (SlotTakenError, NotBookableError):
            return self._over(request, GONE, status=409)
        except OfferOverError:
            self.offer = offer_by_id(self.offer.pk)
            return self._over(request, EXPLANATIONS[Outcome(self.offer.outcome)], status=409)
        except ClinicError as error:  # too near to move, or as many visits as the clinic allows
            return self._over(request, str(error), status=409)
        note = "?moved=1" if self.visit is not None and visit.pk == self.visit.pk else ""
        return SeeOther(links.path_for("visit", visit.pk) + note)

    def _here(self) -> str:
        return reverse("scheduling:offer", kwargs={"token": self.token})

    def _is_free(self) -> bool:
        return availability.bookable(
            appointment_type=self.offer.entry.appointment_type,
            clinician=self.offer.clinician,
            start=self.offer.starts_at,
            now=timezone.now(),
            moving=self.visit,
        )

    def _open(self, request: HttpRequest) -> HttpResponse:
        kind = self.offer.entry.appointment_type
        modes = [] if self.visit else ways_to_meet(kind, request.POST.get("mode", ""))
        heading = gettext("An earlier time is free") if self.visit else gettext("A time is free")
        return self._page(request, {"heading": heading, "is_open": True, "modes": modes})

    def _over(self, request: HttpRequest, explanation: str | Promise, status: int = 200) -> HttpResponse:
        entry = self.offer.entry
        nearest = None
        if self.visit is None or timezone.now() < self.visit.change_ends_at:
            nearest = nearest_times(entry.request, entry.appointment_type, self.offer.starts_at, visit=self.visit)
        heading = (
            gettext("You said no to this time")
            if self.offer.outcome == Outcome.DECLINED
            else gettext("This time is gone")
        )
        context = {"heading": heading, "explanation": explanation, "nearest": nearest, "is_open": False}
        return self._page(request, context, status=status)

    def _page(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        profile = ClinicProfile.current()
        asker = self.offer.entry.request
        own = {
            "offer": self.offer,
            "when": clock.moment_text(self.offer.starts_at, profile.zone_info),
            "until": clock.moment_text(self.offer.expires_at, profile.zone_info),
            "words": visit_words(self.visit, profile, timezone.now()) if self.visit else None,
            "visit_path": links.path_for("visit", self.visit.pk) if self.visit else "",
            "is_waiting": live_entry_of(asker) is not None,
            "earlier_path": links.path_for("time", asker.pk) + "earlier/",
        }
        return render(request, "waiting/offer.html", {**own, **context}, status=status)
