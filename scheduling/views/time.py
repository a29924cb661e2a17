"""Choosing a time: days first, then times. The POST books."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from clinic import links
from clinic.http import keeps_typed, switches_language
from clinic.models import ClinicProfile
from clinic.numbers import page_number
from clinic.private import PrivatePage, SeeOther
from clinic.public import public
from intake.models import ConsultationRequest
from scheduling import availability, selectors, services
from scheduling.errors import AlreadyBookedError, NotBookableError, SlotTakenError, TooManyVisitsError
from scheduling.forms import BookTimeForm
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Language
from scheduling.rulebook import Crew
from scheduling.views import offers
from scheduling.views.call_me import call_offer
from scheduling.views.problems import DAY, Problem, beside, problems

NEAREST = offers.CHOICES_A_PAGE - 2


def read_day(text: str) -> dt.date | None:
    """An ISO date from the address; anything else is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def visit_path(visit: Appointment, *, already: bool) -> str:
    """The visit's page; `already` has it explain why somebody who chose a time is there."""
    return links.path_for("visit", visit.pk) + ("?already=1" if already else "")


@public
@keeps_typed
class TimeView(PrivatePage):
    """The free times of the consultation for one request."""

    purpose = "time"
    asker: ConsultationRequest
    has_visit: bool  # when the page was asked for
    call_by: dt.datetime | None
    kind: AppointmentType
    has_kind: bool
    profile: ClinicProfile
    theirs: dt.datetime | None = None  # the time they have already, where one is being changed
    crew: Crew | None = None
    language = ""  # the code that was chosen; empty: any
    languages: Sequence[Language] = ()  # to choose from; none when all clinicians speak the same one

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            found = selectors.asker_by_id(object_id)
        except ConsultationRequest.DoesNotExist:
            return False
        self.asker, self.has_visit, self.call_by = found.request, found.has_visit, found.call_by
        kind = selectors.consultation_type()
        self.has_kind = kind is not None
        self.kind = kind or AppointmentType()
        self.profile = ClinicProfile.with_opening_hours()
        return True

    def person_language(self) -> str:
        return self.asker.language

    def read_language(self, request: HttpRequest) -> None:
        """What the page narrows to: a language of the clinic, from the form or the address; anything else is none."""
        if not self.has_kind:
            return
        self.crew = availability.crew_of(self.kind)
        spoken = selectors.languages_of(self.crew.clinicians)
        self.languages = spoken if len(spoken) > 1 else []
        asked = request.POST.get("language", "") or request.GET.get("language", "")
        self.language = asked if asked in {one.value for one in self.languages} else ""

    @property
    def here(self) -> str:
        """The path of this page."""
        return reverse("scheduling:time", kwargs={"token": self.token})

    def get(self, request: HttpRequest) -> HttpResponse:
        """Days, or with `?day=` the times of one; who has a visit is led there."""
        early = self._answer_early(request)
        if early:
            return early
        self.read_language(request)
        return self._choices(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Book the chosen time. Whatever goes wrong ends in a page with free times and all that was chosen."""
        if not self.has_kind:
            return self._answer_early(request) or self._page(request, "times/none.html", {})
        self.read_language(request)
        if switches_language(request):
            return self._answer_early(request) or self._in_other_language(request)
        if "turn_to" in request.POST:
            return self._turn(request)
        form = BookTimeForm(request.POST, modes=self.kind.offered_modes)
        if not form.is_valid():
            return self._answer_early(request) or self._refused(request, form)
        return self._book(request, form.cleaned_data)

    def _in_other_language(self, request: HttpRequest) -> HttpResponse:
        """The same times with the same choices and the same key: nothing is booked, nothing is wrong."""
        day = read_day(request.GET.get("day", ""))
        starts = self._starts(day, day) if day is not None else []
        if day is not None and starts:
            return self._times(request, day, starts, sent=request.POST)
        said = {name: request.POST.get(name, "") for name in ("mode", "start")}
        return self._nearest(request, self._soonest(), mode=said["mode"], errors=[], status=200, chosen=said["start"])

    def _turn(self, request: HttpRequest) -> HttpResponse:
        """Lead to other times of the day; the chosen way to meet goes along in the address."""
        kept = {
            "day": request.GET.get("day", ""), "page": request.POST["turn_to"], "mode": request.POST.get("mode", ""),
            "language": self.language,
        }  # fmt: skip
        return SeeOther(f"{self.here}?{urlencode(kept)}")

    def _book(self, request: HttpRequest, chosen: Mapping[str, Any]) -> HttpResponse:
        mode, another = chosen["mode"], _("Choose another time.")
        try:
            visit = services.book(
                request=self.asker,
                appointment_type=self.kind,
                start=chosen["start"],
                mode=mode,
                booking_key=chosen["booking_key"],
                source=AppointmentEvent.Source.WEB,
                language=self.language,
            )
        except AlreadyBookedError as error:
            return SeeOther(visit_path(error.appointment, already=True))
        except TooManyVisitsError as error:
            return self._page(request, "times/too_many.html", {"reason": str(error)}, status=409)
        except SlotTakenError as error:
            return self._answer_early(request) or self._nearest(
                request, error.nearest, mode=mode, errors=[Problem(f"{error} {another}")], status=409
            )
        except NotBookableError as error:
            return self._answer_early(request) or self._nearest(
                request, error.nearest, mode=mode, errors=[Problem(str(error))], status=422
            )
        return SeeOther(visit_path(visit, already=False))

    def _answer_early(self, request: HttpRequest) -> HttpResponse | None:
        """Who cannot choose: booked already, request closed, booking paused."""
        # A form that was refused may have lost to another tab: then what stood before does not count.
        must_look = self.has_visit or request.method == "POST"
        visit = selectors.live_visit_of(self.asker) if must_look else None
        if visit is not None:
            return SeeOther(visit_path(visit, already=True))
        if self.asker.status == ConsultationRequest.Status.CLOSED:
            return render(request, "times/closed.html", status=410)
        if self.profile.booking_paused:
            return self._page(request, "times/paused.html", {"message": self.profile.booking_paused_message})
        return None

    def _choices(self, request: HttpRequest) -> HttpResponse:
        if not self.has_kind:
            return self._page(request, "times/none.html", {})
        zone = self.profile.zone_info
        # The language button on the page of days: what was ticked comes along, and nothing is chosen yet.
        is_turned = {"lang", "shown"} <= request.GET.keys()
        picked = request.GET.get("day", "")
        day = None if is_turned else read_day(picked)
        if day is not None:
            starts = self._starts(day, day)
            if starts:
                return self._times(request, day, starts)
        today = timezone.now().astimezone(zone).date()
        days = offers.by_day(self._starts(today, today + dt.timedelta(days=self.kind.horizon_days)), zone)
        if not days:
            return self._page(request, "times/none.html", {})
        if len(days) == 1 and day is None:
            only, starts = next(iter(days.items()))
            return self._times(request, only, starts)
        shown = request.GET.get("shown", "")  # the page on which Continue was pressed
        begin = read_day(request.GET.get("from", shown))
        page = offers.day_page(days, begin=begin, chosen=picked if is_turned else request.GET.get("chosen", ""))
        if not page.days:
            page = offers.day_page(days, begin=None, chosen="")
        errors = [Problem(_("Select a day"), DAY)] if shown and "day" not in request.GET and not is_turned else []
        return self._page(request, "times/days.html", {"page": page, "day_is_full": day is not None, "errors": errors})

    def _starts(self, first: dt.date, last: dt.date) -> Sequence[dt.datetime]:
        return list(
            availability.free_starts(
                appointment_type=self.kind,
                first_day=first,
                last_day=last,
                now=timezone.now(),
                language=self.language,
                profile=self.profile,
                crew=self.crew,
            )
        )

    def _soonest(self) -> Sequence[dt.datetime]:
        """What is offered to somebody whose day is not known."""
        now = timezone.now()
        return availability.nearest_starts(
            appointment_type=self.kind, start=now, now=now, count=NEAREST, language=self.language
        )

    def _times(
        self,
        request: HttpRequest,
        day: dt.date,
        starts: Sequence[dt.datetime],
        *,
        sent: Mapping[str, Any] = MappingProxyType({}),
        errors: Sequence[Problem] = (),
    ) -> HttpResponse:
        """The times of one day; with what was `sent` from this page before, and what is wrong with it."""
        zone, chosen = self.profile.zone_info, sent.get("start", "")
        number = page_number(request.GET.get("page", ""))
        page = offers.time_page(starts, page=number, chosen=chosen, zone=zone, theirs=self.theirs)
        context = self._form_context(page, sent.get("mode", "") or request.GET.get("mode", ""))
        context = {**context, "day": day, "errors": errors}
        return self._page(request, "times/times.html", context, status=422 if errors else 200)

    def _refused(self, request: HttpRequest, form: BookTimeForm) -> HttpResponse:
        """Nothing chosen, or nonsense: the same day again where it was known, else the nearest times."""
        day = read_day(request.GET.get("day", ""))
        starts = self._starts(day, day) if day is not None else []
        if day is not None and starts:
            return self._times(request, day, starts, sent=form.data, errors=problems(form))
        chosen = form.data.get("start", "")
        return self._nearest(
            request, self._soonest(), mode=form.data.get("mode", ""), errors=problems(form), status=422, chosen=chosen
        )

    def _nearest(
        self,
        request: HttpRequest,
        starts: Sequence[dt.datetime],
        *,
        mode: str,
        errors: Sequence[Problem],
        status: int,
        chosen: str = "",
    ) -> HttpResponse:
        page = offers.nearest_page(starts, chosen=chosen, zone=self.profile.zone_info)
        context = {**self._form_context(page, mode), "errors": errors, "day": None}
        template = "times/times.html" if page.total else "times/none.html"
        return self._page(request, template, context, status=status)

    def _form_context(self, page: offers.TimePage, mode: str) -> dict[str, Any]:
        modes = self.kind.offered_modes
        # The clinic's first way to meet is ticked: the one question here is the time, and the visit page names the way.
        chosen = mode or (modes[0].value if modes else "")
        return {
            "page": page,
            "modes": [(one.value, one.label, one.value == chosen) for one in modes] if len(modes) > 1 else [],
            "only_mode": modes[0] if len(modes) == 1 else None,
            "booking_key": self._key(),
            "kind": self.kind,
        }

    def _key(self) -> uuid.UUID:
        """Each shown page has a key of its own; in another language it is still the same page."""
        typed = self.request.POST.get("booking_key", "") if switches_language(self.request) else ""
        try:
            return uuid.UUID(typed)
        except ValueError:
            return uuid.uuid4()

    def _page(self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Every page of this room offers the call."""
        call = call_offer(self.asker, self.profile, promised=self.call_by, purpose="time", token=self.token)
        earlier = reverse("scheduling:earlier", kwargs={"token": self.token})
        own = {
            "call": call,
            "here": self.here,
            "earlier_path": earlier,
            "languages": self.languages,
            "language": self.language,
        }
        context = {**context, **beside(context.get("errors", [])), **own}
        request.clinic_profile = self.profile  # type: ignore[attr-defined]  # read once: see clinic.frame
        return render(request, template, context, status=status)
