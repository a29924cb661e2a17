"""Tell me if an earlier time comes up: asked from the times and from a visit, and stopped by the same link."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.http import keeps_typed, switches_language
from clinic.models import ClinicProfile, OpeningHours
from clinic.private import PrivatePage, SeeOther
from clinic.public import public
from intake.models import ConsultationRequest
from intake.selectors import contact_addresses, request_by_id
from notifications import consent
from notifications.kinds import kind_named
from notifications.rendering import travels_by
from scheduling import selectors
from scheduling.models import Appointment, AppointmentType, Clinician, WaitlistEntry
from scheduling.views.numbers import number_of
from scheduling.views.visit_words import masked, visit_words
from scheduling.waiting.messages import OFFER
from scheduling.waiting.selectors import live_entry_of
from scheduling.waiting.services import ask_for_earlier, stop_asking
from scheduling.waiting.wishes import Wish

PAGES = {"time": "scheduling:earlier", "visit": "scheduling:visit_earlier"}
STOPPED = "The person does not want to be told any more"
ANYONE = "any"
WISHES = [("ask", "Ask"), ("stop", "Stop")]


class EarlierForm(forms.Form):
    """Days, parts of the day and clinician; nothing ticked means that it does not matter."""

    wish = forms.ChoiceField(choices=WISHES, error_messages={"required": _("Press one of the buttons")})
    weekdays = forms.TypedMultipleChoiceField(
        choices=OpeningHours.Weekday.choices,
        coerce=int,
        required=False,
        error_messages={"invalid_choice": _("Tick the days from the list")},
    )
    parts_of_day = forms.MultipleChoiceField(
        choices=WaitlistEntry.PartOfDay.choices,
        required=False,
        error_messages={"invalid_choice": _("Tick the times of day from the list")},
    )
    clinician = forms.ChoiceField(
        choices=(), required=False, error_messages={"invalid_choice": _("Choose somebody from the list")}
    )

    def __init__(self, *args: object, clinicians: Sequence[Clinician], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.people = {str(one.pk): one for one in clinicians}
        field = self.fields["clinician"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(ANYONE, _("Anyone")), *((key, one.name) for key, one in self.people.items())]

    def to_wish(self) -> Wish:
        """What was ticked, once the form is valid."""
        said = self.cleaned_data
        return Wish(
            weekdays=said["weekdays"],
            parts_of_day=said["parts_of_day"],
            clinician=self.people.get(said["clinician"]),
        )


@dataclass(frozen=True, kw_only=True)
class _Ticked:
    """What is ticked on the page, as the form names it."""

    weekdays: Sequence[str]
    parts: Sequence[str]
    clinician: str


@public
@keeps_typed
class EarlierView(PrivatePage):
    """GET shows how things stand. POST asks, changes the wish, or stops."""

    asker: ConsultationRequest
    kind: AppointmentType | None
    visit: Appointment | None

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            visit = selectors.visit_by_id(object_id) if self.purpose == "visit" else None
            asker = visit.request if visit else request_by_id(object_id)
        except (Appointment.DoesNotExist, ConsultationRequest.DoesNotExist):
            return False
        if asker is None:  # brought in from elsewhere: nobody consented to our messages about it
            return False
        self.asker = asker
        self.visit = selectors.live_visit_of(asker)
        self.kind = self.visit.appointment_type if self.visit else selectors.consultation_type()
        return True

    def person_language(self) -> str:
        return self.asker.language

    def get(self, request: HttpRequest) -> HttpResponse:
        """The wish as it stands."""
        return self._page(request, _ticked_by(live_entry_of(self.asker)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Once or twice, the same."""
        if switches_language(request):
            return self._page(request, _ticked_in(request))
        if request.POST.get("wish") == "stop":
            stop_asking(request=self.asker, reason=STOPPED)
            return SeeOther(f"{self._here()}?saved=1")
        form = EarlierForm(request.POST, clinicians=self._clinicians())
        if self.kind is None or not form.is_valid():
            errors = list(dict.fromkeys(str(text) for texts in form.errors.values() for text in texts))
            return self._page(request, _ticked_in(request), errors=errors, status=422)
        ask_for_earlier(request=self.asker, appointment_type=self.kind, wish=form.to_wish())
        return SeeOther(f"{self._here()}?saved=1")

    def _here(self) -> str:
        return reverse(PAGES[self.purpose], kwargs={"token": self.token})

    def _clinicians(self) -> list[Clinician]:
        """Whom one can wish for; nobody where there is no choice."""
        if self.kind is None:
            return []
        people = list(self.kind.clinicians.filter(is_bookable=True).order_by("name"))
        return people if len(people) > 1 else []

    def _page(
        self, request: HttpRequest, ticked: _Ticked, *, errors: Sequence[str] = (), status: int = 200
    ) -> HttpResponse:
        profile = ClinicProfile.current()
        people = [(ANYONE, _("Anyone")), *((str(one.pk), one.name) for one in self._clinicians())]
        context = {
            "visit": self.visit,
            "words": visit_words(self.visit, profile, timezone.now()) if self.visit else None,
            "entry": live_entry_of(self.asker),
            "saved": "saved" in request.GET and request.method == "GET",
            "errors": errors,
            "days": [
                (value, capfirst(name), str(value) in ticked.weekdays) for value, name in enumerate(clock.WEEKDAYS)
            ],
            "parts": [(value, label, value in ticked.parts) for value, label in WaitlistEntry.PartOfDay.choices],
            "clinicians": [(key, name, key == ticked.clinician) for key, name in people] if people[1:] else [],
            "zone": clock.zone_name(profile.zone_info),
            "whither": _whither(self.asker),
            "number": number_of(self.asker),
            "back": reverse(f"scheduling:{self.purpose}", kwargs={"token": self.token}),
        }
        return render(request, "waiting/earlier.html", context, status=status)


def _ticked_in(request: HttpRequest) -> _Ticked:
    return _Ticked(
        weekdays=request.POST.getlist("weekdays"),
        parts=request.POST.getlist("parts_of_day"),
        clinician=request.POST.get("clinician", ANYONE),
    )


def _ticked_by(entry: WaitlistEntry | None) -> _Ticked:
    if entry is None:
        return _Ticked(weekdays=(), parts=(), clinician=ANYONE)
    clinician = str(entry.clinician_id) if entry.clinician_id else ANYONE
    return _Ticked(weekdays=[str(day) for day in entry.weekdays], parts=entry.parts_of_day, clinician=clinician)


def _whither(asker: ConsultationRequest) -> list[str]:
    """Where an offer would go, masked: the link may be opened where others look on. No number twice."""
    shown = [
        masked(channel, address)
        for channel, address in contact_addresses(asker)
        if travels_by(kind_named(OFFER), channel) and consent.may_contact(channel=channel, address=address).allowed
    ]
    return list(dict.fromkeys(shown))
