"""Emergency access: the answers of one person, for who may not read answers. With a reason, for half an hour.

A page of its own beside the clinician's, so that reading answers elsewhere keeps its one right. Only the sheet
stands here: no sign-off, no note of a clinician, no file to take away, no list.
"""

import uuid
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access import record_access
from clinic.http import request_id
from clinic.models import AccessEvent, ClinicProfile, User
from intake import openings, selectors, typed_text
from intake.models import ConsultationRequest, Patient
from intake.review.sheet import VisitLines, request_to_review, sheet_of

BREAKS = "clinic.break_glass"
OPENING = "emergency_opening"  # in the session: the row of the ledger; the ledger says of whom and since when
Confirm = Callable[[HttpRequest], HttpResponseBase | None]
ENDED = "Emergency access has ended, or was not opened from here. Give a reason to open the answers."


class ReasonForm(forms.Form):
    """Why now, in a sentence."""

    SHORTEST, SENTENCE = 15, "Say in a sentence why you must read the answers now."

    reason = forms.CharField(
        label="Why you must read the answers now",
        min_length=SHORTEST,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example who asked for what, and why nobody with access can be reached. Nothing from the answers.",
        error_messages={"min_length": SENTENCE},
    )

    def clean_reason(self) -> str:
        """A sentence that can be read: rows of spaces and letters that nobody sees do not count."""
        text = " ".join(str(self.cleaned_data["reason"]).split())
        if sum(letter == " " or typed_text.is_visible(letter) for letter in text) < self.SHORTEST:
            raise forms.ValidationError(self.SENTENCE)
        return text


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permission_required(BREAKS, raise_exception=True)
def open_page(
    request: HttpRequest, patient_id: uuid.UUID, *, confirm: Confirm, told_page: str
) -> HttpResponseBase:  # fmt: skip
    """Ask for the reason, behind a fresh second step, and open. `confirm` gives the page that asks for that step."""
    patient = _person(patient_id)
    asked = confirm(request)
    if asked is not None:
        return asked
    if _standing(request, patient) is not None:
        return redirect("review:emergency_answers", patient.pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        event = openings.open_answers(
            patient=patient,
            by=_staff(request),
            reason=form.cleaned_data["reason"],
            request_id=request_id(request),
            page=reverse(told_page),
        )
        request.session[OPENING] = event.pk  # one at a time: the next person's takes its place
        return redirect("review:emergency_answers", patient.pk)
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,
        "title": "Open answers in an emergency",
        "patient": patient,
        "form": form,
        "minutes": int(openings.HOLDS_FOR.total_seconds() // 60),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/desk/emergency.html", context, status=status)


@require_safe
@never_cache
@permission_required(BREAKS, raise_exception=True)
def answers(request: HttpRequest, patient_id: uuid.UUID, *, visits: VisitLines) -> HttpResponse:
    """The sheet, while the opening holds; each time it is shown is written down. It leaves the screen by itself."""
    patient = _person(patient_id)
    opening = _standing(request, patient)
    if opening is None:
        messages.warning(request, ENDED)
        return redirect("review:emergency", patient.pk)
    newest = cast(ConsultationRequest, selectors.newest_request_of(patient))
    record_access(
        by=_staff(request),
        action=AccessEvent.Action.READ,
        subject_ref=selectors.subject_of(newest),
        reason=f"Emergency access {opening.pk}",
        request_id=request_id(request),
    )
    ends_at = opening.at + openings.HOLDS_FOR
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,
        "title": f"Emergency access: {patient.name}",
        "sheet": sheet_of(request_to_review(newest.pk), visits),
        "is_emergency": True,
        "patient": patient,
        "ends_at": ends_at,
        "printed_by": _staff(request),
        "now": timezone.now(),
        "clinic": ClinicProfile.current(),
    }
    response = TemplateResponse(request, "admin/desk/emergency_answers.html", context)
    response["Refresh"] = str(max(int((ends_at - timezone.now()).total_seconds()), 0) + 1)
    return response


@require_POST
@permission_required(BREAKS, raise_exception=True)
def close(request: HttpRequest) -> HttpResponse:
    """End it now."""
    if request.session.pop(OPENING, None) is not None:
        messages.success(request, "Emergency access is closed.")
    return redirect("admin:index")


def _person(patient_id: uuid.UUID) -> Patient:
    """Who has something to open: 404 for who never asked for a consultation, the kept record for a merged one."""
    found = Patient.objects.select_related("merged_into").filter(pk=patient_id).first()
    patient = (found.merged_into or found) if found else None
    if patient is None or selectors.newest_request_of(patient) is None:
        raise Http404
    return patient


def _standing(request: HttpRequest, patient: Patient) -> AccessEvent | None:
    event_id = request.session.get(OPENING)
    return openings.standing(event_id=event_id, patient=patient, by=_staff(request)) if event_id else None


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)
