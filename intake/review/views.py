"""The clinician's pages. That somebody reads answers is written down before a page is made."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clinic.access import record_access
from clinic.base import ClinicError
from clinic.http import request_id as log_id
from clinic.models import AccessEvent, ClinicProfile, User
from intake import reviews, selectors
from intake.errors import NoPdfError
from intake.models import Review
from intake.review.pdf import pdf_of
from intake.review.sheet import Sheet, VisitLines, request_to_review, sheet_of
from intake.review.worklist import Coming, worklist

READS, SIGNS = "intake.view_screeningresponse", "intake.add_review"
NOTE_LENGTH = 4000


class SignForm(forms.Form):
    """One word for the desk, and a note for clinicians."""

    outcome = forms.ChoiceField(
        label="Outcome",
        choices=Review.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the outcome that the desk is to see."},
    )
    note = forms.CharField(
        label="Note for clinicians",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept encrypted. The desk sees the outcome only.",
    )
    read = forms.CharField(widget=forms.HiddenInput, max_length=64)


@require_safe
@never_cache
@permission_required(READS, raise_exception=True)
def review_list(request: HttpRequest, *, visits: VisitLines, coming: Coming) -> HttpResponse:
    """Who waits to be read, most urgent first, and the coming visits."""
    record_access(
        by=_staff(request), action=AccessEvent.Action.READ, subject_ref="intake.review:list", request_id=log_id(request)
    )
    found = worklist(timezone.now(), visits, coming)
    return TemplateResponse(
        request, "admin/desk/review.html", {**admin.site.each_context(request), "title": "To read", "list": found}
    )


@require_safe
@never_cache
@permission_required(READS, raise_exception=True)
def review_page(request: HttpRequest, request_id: uuid.UUID, *, visits: VisitLines) -> HttpResponse:
    """One person's sheet with the sign-off."""
    return _page(request, _sheet(request, request_id, visits, AccessEvent.Action.READ))


@require_safe
@never_cache
@permission_required(READS, raise_exception=True)
def review_pdf(request: HttpRequest, request_id: uuid.UUID, *, visits: VisitLines) -> HttpResponse:
    """The same content to print or to file."""
    sheet = _sheet(request, request_id, visits, AccessEvent.Action.EXPORT)
    context = {"sheet": sheet, "clinic": ClinicProfile.current(), "printed_by": _staff(request), "now": timezone.now()}
    try:
        made = pdf_of(context)
    except NoPdfError as error:
        messages.error(request, str(error))
        return redirect("review:page", request_id)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="summary.pdf"'
    return response


@require_POST
@never_cache
@permission_required([READS, SIGNS], raise_exception=True)
def sign(request: HttpRequest, request_id: uuid.UUID, *, visits: VisitLines) -> HttpResponse:
    """Sign what the page showed."""
    form = SignForm(request.POST)
    found = request_to_review(request_id)
    if found is None:
        raise Http404
    if form.is_valid():
        typed = form.cleaned_data
        outcome = Review.Outcome(typed["outcome"])
        try:
            reviews.sign_off(request=found, by=_staff(request), outcome=outcome, note=typed["note"], read=typed["read"])
        except ClinicError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Signed: {outcome.label}. The desk sees this word.")
            return redirect("review:page", request_id)
    return _page(request, _sheet(request, request_id, visits, AccessEvent.Action.READ), form=form)


def _sheet(request: HttpRequest, request_id: uuid.UUID, visits: VisitLines, action: AccessEvent.Action) -> Sheet:
    found = request_to_review(request_id)
    if found is None:
        raise Http404
    record_access(
        by=_staff(request), action=action, subject_ref=selectors.subject_of(found), request_id=log_id(request)
    )
    return sheet_of(found, visits)


def _page(request: HttpRequest, sheet: Sheet, form: SignForm | None = None) -> HttpResponse:
    if form is not None:  # what is shown now is what can be signed next
        form.data = {**form.data.dict(), "read": sheet.digest}  # type: ignore[attr-defined]  # a QueryDict
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Summary of {sheet.request.patient.name}",
        "sheet": sheet,
        "printed_by": _staff(request),
        "now": timezone.now(),
        "form": form or SignForm(initial={"read": sheet.digest}),
    }
    return TemplateResponse(request, "admin/desk/review_page.html", context, status=422 if form is not None else 200)


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)
