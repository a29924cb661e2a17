"""Pages about a clinician's whole day: off sick, cancel a day, hand visits over, block time."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from clinic.models import AccessEvent, ClinicProfile
from scheduling.day_changes import (
    Away,
    block_time,
    call_off_visits,
    hand_over,
    nearest_times,
    plan_hand_over,
    visits_between,
)
from scheduling.desk.pages import DeskPage, when
from scheduling.forms import YEARS
from scheduling.models import Appointment, Clinician
from scheduling.rulebook import clinician_zone

END_OF_DAY = dt.time(23, 59, 59)
MOST_DAYS = 92
READ = "scheduling.appointment:day"


class DayForm(forms.Form):
    """A clinician and a day, from a time on where one is given."""

    use_required_attribute = False

    clinician = forms.ModelChoiceField(
        label="Clinician",
        queryset=Clinician.objects.all(),
        empty_label="Choose",
        error_messages={"required": "Choose the clinician"},
    )
    day = forms.DateField(
        label="Day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day", "invalid": "Enter the day as 2026-12-31"},
    )
    starts = forms.TimeField(
        label="From (empty: the whole day)",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter the time as 14:30"},
    )
    reason = forms.CharField(label="Why (kept in the history, not sent)", required=False, max_length=120)

    def clean_day(self) -> dt.date:
        """A day that is over cannot be changed."""
        day: dt.date = self.cleaned_data["day"]
        if day < timezone.now().astimezone(ClinicProfile.current().zone_info).date():
            raise forms.ValidationError("That day is over. Choose today or a later day")
        if day.year not in YEARS:
            raise forms.ValidationError("Check the year")
        return day

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """The instants that were chosen, wall time of the clinician."""
        said = self.cleaned_data
        zone = clinician_zone(said["clinician"], ClinicProfile.current().zone_info)
        first = dt.datetime.combine(said["day"], said.get("starts") or dt.time(), zone)
        until = said.get("ends")
        last = (
            dt.datetime.combine(said["day"], until, zone)
            if until
            else dt.datetime.combine(said["day"] + dt.timedelta(days=1), dt.time(), zone)
        )
        return first.astimezone(dt.UTC), last.astimezone(dt.UTC)


class BlockForm(DayForm):
    """Time that is not offered any more."""

    ends = forms.TimeField(
        label="Until (empty: the end of the day)",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter the time as 14:30"},
    )
    field_order = ("clinician", "day", "starts", "ends", "reason")

    def clean(self) -> dict[str, Any]:
        """An end needs a start before it."""
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        if ends and not starts:
            self.add_error("starts", "Enter from when, or leave both empty for the whole day")
        elif starts and ends and ends <= starts:
            self.add_error("ends", "Enter an end after the start")
        return self.cleaned_data


class HandOverForm(DayForm):
    """All visits of one clinician to another, over some days."""

    to = forms.ModelChoiceField(
        label="To",
        queryset=Clinician.objects.filter(is_bookable=True),
        empty_label="Choose",
        error_messages={"required": "Choose who takes them"},
    )
    until = forms.DateField(
        label="Last day (empty: only that day)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter the day as 2026-12-31"},
    )
    field_order = ("clinician", "to", "day", "until", "starts", "reason")

    def clean(self) -> dict[str, Any]:
        """Two people, and days in order."""
        said = self.cleaned_data
        if said.get("to") is not None and said.get("to") == said.get("clinician"):
            self.add_error("to", "Choose somebody else")
        day, until = said.get("day"), said.get("until")
        if day and until and not day <= until <= day + dt.timedelta(days=MOST_DAYS):
            self.add_error("until", f"Enter a day after the first, at most {MOST_DAYS} days later")
        return said

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        first, last = super().span()
        until = self.cleaned_data.get("until") or self.cleaned_data["day"]
        return first, last + (until - self.cleaned_data["day"])


class DayPage(DeskPage):
    """Ask, show the visits, then act on those that stay ticked."""

    form_class: type[DayForm] = DayForm
    first_reason = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The questions; with a clinician in the address the visits, too."""
        if "clinician" not in request.GET:
            today = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
            return self.page({"form": self.form_class(initial={"day": today, "reason": self.first_reason})})
        form = self.form_class(request.GET)
        if not form.is_valid():
            return self.page({"form": form}, status=422)
        return self.page({"form": form, **self.preview(form, self.visits(form))})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Act, and say row by row what was done."""
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.page({"form": form}, status=422)
        return self.act(form, self._chosen(request.POST))

    def visits(self, form: DayForm) -> list[Appointment]:
        """The live visits of the span; that they were read is written down."""
        self.record(AccessEvent.Action.READ, READ)
        first, last = form.span()
        return visits_between(form.cleaned_data["clinician"], max(first, timezone.now()), last)

    def preview(self, form: DayForm, visits: list[Appointment]) -> dict[str, Any]:
        """What the page shows before anything is done."""
        raise NotImplementedError

    def act(self, form: Any, chosen: Sequence[Appointment]) -> HttpResponse:
        """Do it."""
        raise NotImplementedError

    def _chosen(self, sent: QueryDict) -> list[Appointment]:
        """The ticked visits as they were seen: `<id>:<revision>`; an id that is none of ours falls out."""
        seen = dict(_read_tick(text) for text in sent.getlist("visit"))
        rows = Appointment.objects.filter(pk__in=[pk for pk in seen if pk is not None])
        named = rows.select_related("patient", "clinician", "appointment_type", "request", "location")
        chosen = list(named.order_by("starts_at", "pk"))
        for visit in chosen:
            visit.revision = seen[visit.pk]
        return chosen


class OffSickView(DayPage):
    """Called at 7:40: each patient gets the nearest times or a call, and nothing is booked there any more."""

    template = "off_sick.html"
    title = "Clinician off sick"
    first_reason = "Off sick"

    def preview(self, form: DayForm, visits: list[Appointment]) -> dict[str, Any]:
        nearest = nearest_times(visits, away=_away(form), now=timezone.now())
        zone = ClinicProfile.current().zone_info
        rows = [(visit, [when(start, zone) for start in nearest[visit.pk]]) for visit in visits]
        return {"rows": rows, "asked": True, "blocks": True}

    def act(self, form: DayForm, chosen: Sequence[Appointment]) -> HttpResponse:
        said = form.cleaned_data
        if "block" in self.request.POST:
            starts = said["starts"]
            block_time(
                clinician=said["clinician"],
                day=said["day"],
                starts=starts,
                ends=END_OF_DAY if starts else None,
                reason=said["reason"],
            )
        mine = [visit for visit in chosen if visit.clinician_id == said["clinician"].pk]
        done = call_off_visits(mine, away=_away(form), reason=said["reason"], by=self.staff)
        return self.page({"form": form, "done": done, "left": self.visits(form)})


class HandOverView(DayPage):
    """All visits from one clinician to another, after a preview of which fit."""

    template = "hand_over.html"
    title = "Hand visits over"
    form_class = HandOverForm

    def preview(self, form: DayForm, visits: list[Appointment]) -> dict[str, Any]:
        return {"plan": plan_hand_over(visits, form.cleaned_data["to"], now=timezone.now()), "asked": True}

    def act(self, form: DayForm, chosen: Sequence[Appointment]) -> HttpResponse:
        said = form.cleaned_data
        mine = [visit for visit in chosen if visit.clinician_id == said["clinician"].pk]
        done = hand_over(mine, said["to"], reason=said["reason"], by=self.staff)
        return self.page({"form": form, "done": done, "left": self.visits(form)})


class BlockView(DayPage):
    """Block time; visits in it are listed first, and stay until somebody moves them."""

    template = "block.html"
    title = "Block time"
    form_class = BlockForm

    def preview(self, form: DayForm, visits: list[Appointment]) -> dict[str, Any]:
        return {"visits": visits, "asked": True}

    def act(self, form: DayForm, chosen: Sequence[Appointment]) -> HttpResponse:
        said: Mapping[str, Any] = form.cleaned_data
        visits = self.visits(form)
        if {visit.pk for visit in visits} - {visit.pk for visit in chosen}:
            return self.page({"form": form, "visits": visits, "asked": True, "is_new": True}, status=409)
        starts = said["starts"]
        ends = (said["ends"] or END_OF_DAY) if starts else None
        row = block_time(clinician=said["clinician"], day=said["day"], starts=starts, ends=ends, reason=said["reason"])
        return self.page({"form": form, "blocked": row, "visits": visits})


def _away(form: DayForm) -> Away:
    first, last = form.span()
    return Away(clinician=form.cleaned_data["clinician"], first=first, last=last)


def _read_tick(text: str) -> tuple[uuid.UUID | None, int]:
    object_id, _, revision = text.partition(":")
    try:
        return uuid.UUID(object_id), int(revision[:6])
    except ValueError:
        return None, 0
