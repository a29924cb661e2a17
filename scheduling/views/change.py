"""Choosing another time for a visit that stands: the pages of booking, and one POST that moves it."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import ClinicProfile
from clinic.private import SeeOther
from clinic.public import public
from intake.selectors import promised_call
from scheduling import availability, busy, selectors
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError, TooLateToChangeError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.rescheduling import MODE_CHANGED, reschedule
from scheduling.slots import overlaps
from scheduling.views.call_me import call_offer
from scheduling.views.problems import Problem, beside
from scheduling.views.time import NEAREST, TimeView
from scheduling.views.visit_words import VisitWords, visit_words

BUTTON = _("Change to this time")
NO_CHANGE = _("You have this time already. Choose another time, or your own with another way to meet.")


@public
class ChangeView(TimeView):
    """The free times for one visit. Its own time is among them where the way to meet alone can change."""

    purpose = "visit"
    visit: Appointment

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            self.visit = selectors.visit_by_id(object_id)
        except Appointment.DoesNotExist:
            return False
        self.has_kind = True
        self.kind = self.visit.appointment_type
        self.profile = ClinicProfile.current()
        self.theirs = self.visit.starts_at
        return True

    @cached_property
    def words(self) -> VisitWords:
        """The visit that stands, in the language of the page."""
        return visit_words(self.visit, self.profile, timezone.now())

    def person_language(self) -> str:
        return self.visit.letter_language

    def read_language(self, request: HttpRequest) -> None:
        """The language that was asked for when the visit was booked."""
        self.language = self.visit.language

    @property
    def here(self) -> str:
        return reverse("scheduling:change", kwargs={"token": self.token})

    @property
    def back(self) -> str:
        """The visit's page."""
        return reverse("scheduling:visit", kwargs={"token": self.token})

    def _answer_early(self, request: HttpRequest) -> HttpResponse | None:
        """Whose visit is off, over or under way, or too near to be moved here."""
        if not self.words.is_coming or self.visit.status == Appointment.Status.ARRIVED:
            return SeeOther(self.back)
        if not self.words.can_cancel:
            return self._too_late(request, status=409 if request.method == "POST" else 200)
        return None

    def _book(self, request: HttpRequest, chosen: Mapping[str, Any]) -> HttpResponse:
        mode = chosen["mode"]
        try:
            moved = reschedule(
                appointment=self.visit,
                start=chosen["start"],
                mode=mode,
                change_key=chosen["booking_key"],
                source=AppointmentEvent.Source.WEB,
            )
        except TooLateToChangeError:
            return self._too_late(request, status=409)
        except IllegalMoveError:  # cancelled, or moved from another tab: the visit's page explains
            return SeeOther(self.back)
        except SlotTakenError as error:
            kept = gettext("You still have your old time. Choose another one.")
            errors = [Problem(f"{error} {kept}")]
            return self._nearest(request, error.nearest, mode=mode, errors=errors, status=409)
        except NotBookableError as error:
            return self._nearest(request, error.nearest, mode=mode, errors=[Problem(str(error))], status=422)
        return self._done(request, moved, chosen["booking_key"], mode)

    def _done(self, request: HttpRequest, moved: Appointment, change_key: uuid.UUID, mode: str) -> HttpResponse:
        """The visit's page says what changed; a page that changed nothing asks again."""
        event = selectors.event_made_by(change_key)
        if event is None and moved.revision == self.visit.revision:
            return self._nearest(request, self._soonest(), mode=mode, errors=[Problem(str(NO_CHANGE))], status=422)
        note = "mode_changed" if event is not None and event.event == MODE_CHANGED else "moved"
        return SeeOther(f"{self.back}?{note}=1")

    def _starts(self, first: dt.date, last: dt.date) -> Sequence[dt.datetime]:
        length = dt.timedelta(minutes=self.kind.duration)
        others = busy.visits_of_patient(self.visit.patient_id, moving=self.visit)
        starts = availability.free_starts(
            appointment_type=self.kind,
            first_day=first,
            last_day=last,
            now=timezone.now(),
            moving=self.visit,
            language=self.language,
        )
        found = [
            start
            for start in starts
            if start != self.visit.starts_at and not any(overlaps((start, start + length), other) for other in others)
        ]
        day = self.visit.starts_at.astimezone(self.profile.zone_info).date()
        # Theirs whatever the rules say now, so it is not looked up.
        is_offered = first <= day <= last and len(self.kind.offered_modes) > 1 and not self.profile.booking_paused
        return sorted([*found, self.visit.starts_at]) if is_offered else found

    def _soonest(self) -> Sequence[dt.datetime]:
        """The free times nearest to the one they have."""
        starts = availability.nearest_starts(
            appointment_type=self.kind,
            start=self.visit.starts_at,
            now=timezone.now(),
            count=NEAREST + 1,
            patient=self.visit.patient,
            moving=self.visit,
            language=self.language,
        )
        return [start for start in starts if start != self.visit.starts_at][:NEAREST]

    def _form_context(self, page: Any, mode: str) -> dict[str, Any]:
        return super()._form_context(page, mode or self.visit.mode)

    def _too_late(self, request: HttpRequest, status: int) -> HttpResponse:
        return self._page(request, "visit/too_late.html", {}, status=status)

    def _page(self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        if template == "times/none.html":
            template = "visit/no_other_time.html"
        asker = self.visit.request
        call = None
        if asker:
            call = call_offer(asker, self.profile, promised=promised_call(asker), purpose="visit", token=self.token)
        own = {"visit": self.visit, "words": self.words, "back": self.back, "button": BUTTON}
        earlier = reverse("scheduling:visit_earlier", kwargs={"token": self.token}) if asker else ""
        own = {**own, "call": call, "here": self.here, "earlier_path": earlier}
        context = {**context, **beside(context.get("errors", [])), **own}
        return render(request, template, context, status=status)
