"""The safety pages: who must be called, what was done, and raising a concern.

Who may not see answers (the front desk) sees that a call is needed and how far it is, and no word of why.
"""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import F, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import crisis_review, roster
from clinic.access import record_access
from clinic.base import ClinicError
from clinic.http import request_id
from clinic.models import AccessEvent, ClinicProfile, User
from intake import safety
from intake.desk import ack_times, timeline
from intake.desk.safety_forms import AttemptForm, CloseForm, ConcernForm, HandOverForm
from intake.models import Patient, SafetyEvent, SafetyItem
from intake.safety import alerts
from intake.safety.raising import CONCERN
from intake.selectors import newest_request_of

SEES, SETTLES, RAISES = "intake.see_call_needed", "intake.settle_safetyitem", "intake.raise_safetyitem"
SEES_TIMES = "clinic.view_oncallshift"  # clinicians, the medical director and managers
SHOWN_CLOSED = 20


@require_safe
@permission_required(SEES, raise_exception=True)
def safety_list(request: HttpRequest) -> HttpResponse:
    """Everything that nobody has closed, most urgent first; then what was closed lately."""
    now, profile = timezone.now(), ClinicProfile.current()
    rows = _with_names()
    context = {
        "items": list(rows.exclude(state=SafetyItem.State.CLOSED).order_by("-level", "raised_at", "pk")),
        "closed": list(rows.filter(state=SafetyItem.State.CLOSED).order_by("-closed_at", "-pk")[:SHOWN_CLOSED]),
        "on_call": roster.on_call(now),
        "now": now,
    }
    if request.user.has_perm(SEES_TIMES):
        weeks = ack_times.weeks(now, profile.zone_info)
        context |= {"weeks": weeks, "chart": ack_times.chart(weeks), "unreviewed": crisis_review.missing(profile)}
    return _page(request, "safety", "Clinician calls needed", context)


@require_safe
@permission_required(SEES, raise_exception=True)
def safety_item(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """One item: how far it is, and for clinicians why, where the person is, and what to do next."""
    return _item_page(request, get_object_or_404(_with_names(), pk=item_id))


@require_POST
@permission_required(SETTLES, raise_exception=True)
def acknowledge(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Take it."""
    item = get_object_or_404(_with_names(), pk=item_id)
    return _done(request, item, lambda: safety.acknowledge(item=item, by=_staff(request)), "It is yours now.")


@require_POST
@permission_required(SETTLES, raise_exception=True)
def record_attempt(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Write down a try."""
    item, form = get_object_or_404(_with_names(), pk=item_id), AttemptForm(request.POST, prefix="attempt")
    if not form.is_valid():
        return _item_page(request, item, attempt=form)
    outcome = safety.Attempt(form.cleaned_data["outcome"])
    note = form.cleaned_data["note"]
    return _done(
        request,
        item,
        lambda: safety.record_attempt(item=item, by=_staff(request), outcome=outcome, note=note),
        "Written down.",
        attempt=form,
    )


@require_POST
@permission_required(SETTLES, raise_exception=True)
def hand_over(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Give it to a colleague."""
    item = get_object_or_404(_with_names(), pk=item_id)
    form = HandOverForm(request.POST, prefix="hand", by=_staff(request))
    if not form.is_valid():
        return _item_page(request, item, hand=form)
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]
    return _done(
        request,
        item,
        lambda: safety.hand_over(item=item, to=to, by=_staff(request), note=note),
        f"{to} is told now. It goes on alerting until they acknowledge.",
        hand=form,
    )


@require_POST
@permission_required(SETTLES, raise_exception=True)
def close(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """End it with a disposition."""
    item, form = get_object_or_404(_with_names(), pk=item_id), CloseForm(request.POST, prefix="close")
    if not form.is_valid():
        return _item_page(request, item, close=form)
    typed = form.cleaned_data
    return _done(
        request,
        item,
        lambda: safety.close(
            item=item,
            by=_staff(request),
            disposition=safety.Disposition(typed["disposition"]),
            note=typed["note"],
            seen=typed["seen"],
        ),
        "Closed.",
        close=form,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(RAISES, raise_exception=True)
def raise_concern(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Anybody of the staff may have a clinician call somebody."""
    patient = get_object_or_404(Patient, pk=patient_id)
    form = ConcernForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        item = safety.raise_item(
            patient=patient,
            request=newest_request_of(patient),
            level=form.level,
            trigger=CONCERN,
            detail=form.cleaned_data["words"],
            by=_staff(request),
        )
        messages.success(request, "Whoever is on call is told now. If the danger is immediate, call 911 yourself.")
        return redirect("intake:safety_item", item.pk)
    context = {"patient": patient, "form": form, "on_call": roster.on_call(timezone.now())}
    return _page(request, "raise_concern", "Raise a safety concern", context)


def _item_page(request: HttpRequest, item: SafetyItem, **sent: forms.Form) -> HttpResponse:
    """Who opens it is written down first."""
    by = _staff(request)
    record_access(
        by=by, action=AccessEvent.Action.READ, subject_ref=alerts.subject_of(item), request_id=request_id(request)
    )
    may_settle = by.has_perm(SETTLES)
    lines = timeline.lines(item, with_notes=may_settle)
    context: dict[str, Any] = {"item": item, "lines": lines, "may_settle": may_settle}
    if may_settle:
        last = max((line.event_id for line in lines), default=0)
        context |= {
            "reasons": timeline.reasons(item),
            "contact": timeline.contact(item),
            "attempt": AttemptForm(prefix="attempt"),
            "hand": HandOverForm(prefix="hand", by=by),
            "close": CloseForm(prefix="close", initial={"seen": last}),
            **sent,
        }
    return _page(request, "safety_item", f"Call for {item.patient.name}", context, status=422 if sent else 200)


def _done(request: HttpRequest, item: SafetyItem, step: Any, words: str, **sent: forms.Form) -> HttpResponse:
    """Do it, or say why not, with what was typed still there."""
    try:
        step()
    except ClinicError as error:
        messages.error(request, str(error))
        item.refresh_from_db()
        return _item_page(request, item, **sent) if sent else redirect("intake:safety_item", item.pk)
    messages.success(request, words)
    return redirect("intake:safety_item", item.pk)


def _with_names() -> QuerySet[SafetyItem]:
    alerted = Max("events__at", filter=Q(events__kind=SafetyEvent.Kind.ALERTED))
    failed = Max("events__at", filter=Q(events__kind=SafetyEvent.Kind.ALERT_FAILED))
    return (
        SafetyItem.objects.select_related("patient", "request", "screening", "owner", "raised_by", "closed_by")
        .annotate(alerted_at=alerted, failed_at=failed)
        .annotate(due=F("contact_due_at"))
    )


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    everything = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/desk/{template}.html", everything, status=status)


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)
