"""The waiting list of the desk: free times that somebody waits for, and one click that offers one."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.base import ClinicError
from clinic.clock import moment_text
from clinic.models import ClinicProfile, User
from scheduling.forms import StartField
from scheduling.models import Clinician, WaitlistEntry
from scheduling.views.offers import value_of
from scheduling.waiting.selectors import Asked, WantedTime, people_waiting, wanted_times
from scheduling.waiting.services import offer_time


class OfferForm(forms.Form):
    """Which time to offer to whom, as the page's buttons say it."""

    entry = forms.ModelChoiceField(WaitlistEntry.objects.select_related("request__patient", "appointment_type"))
    clinician = forms.ModelChoiceField(Clinician.objects.all())
    start = StartField()


@require_safe
@permission_required("scheduling.view_waitlistentry", raise_exception=True)
def waiting_list(request: HttpRequest) -> HttpResponse:
    """The soonest wanted times with who waits for each, then everybody who waits."""
    now = timezone.now()
    with timezone.override(ClinicProfile.current().zone_info):
        context = {
            **admin.site.each_context(request),
            "title": "Waiting list",
            "times": [_time(one) for one in wanted_times(now=now)],
            "people": people_waiting(now=now),
            "may_offer": _may_offer(request),
        }
        return render(request, "admin/desk/waiting.html", context)


@require_POST
@permission_required("scheduling.change_appointment", raise_exception=True)
def make_offer(request: HttpRequest) -> HttpResponse:
    """Offer one time to one person; whatever comes of it, the list says so."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "This button is out of date. Choose again from the list.")
        return _back()
    said = form.cleaned_data
    person = said["entry"].request.patient
    try:
        offer = offer_time(
            entry=said["entry"], clinician=said["clinician"], start=said["start"], by=cast(User, request.user)
        )
    except ClinicError as error:
        messages.warning(request, f"Not offered to {person}. {error}")
        return _back()
    until = moment_text(offer.expires_at, ClinicProfile.current().zone_info)
    messages.success(request, f"Offered to {person}. They can take it until {until}.")
    return _back()


def _back() -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("scheduling:waiting"))
    response.status_code = 303
    return response


def _may_offer(request: HttpRequest) -> bool:
    return bool(cast(User, request.user).has_perm("scheduling.change_appointment"))


def _time(wanted: WantedTime) -> dict[str, Any]:
    return {
        "start": wanted.start,
        "value": value_of(wanted.start),
        "clinician": wanted.clinician,
        "freed_at": wanted.freed_at,
        "people": [_person(asked) for asked in wanted.people],
    }


def _person(asked: Asked) -> dict[str, Any]:
    entry = asked.waiting.entry
    return {
        "entry": entry,
        "visit": asked.waiting.visit,
        "offer": asked.offer,
        "is_open": asked.offer is not None and asked.offer.is_open(timezone.now()),
        "page": reverse("admin:intake_consultationrequest_change", args=[entry.request_id]),
    }
