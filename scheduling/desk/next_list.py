"""Next: whom to call now. One row a person with every reason, the most pressing first."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic import desk_tasks
from clinic.base import ClinicError
from clinic.models import AccessEvent, DeskTask
from intake.calling import claim, live_claims, release
from intake.models import CallClaim, Patient
from scheduling.desk.pages import DeskPage, SeeOther, words_of
from scheduling.desk.reasons import LABELS, ORDER, Reason, Why, all_reasons

SHOWN = 100
READS = ("clinic.view_desktask", "scheduling.view_appointment")
WORKS = ("clinic.change_desktask",)
OUTCOME_LENGTH = 200
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A person, or a thing that is about nobody, with the reasons in order and who has taken them."""

    key: str
    patient: Patient | None
    reasons: list[Reason]
    claim: CallClaim | None

    @property
    def first(self) -> Reason:
        """The most pressing reason."""
        return self.reasons[0]


def next_rows(*, now: dt.datetime, may_know: bool, only: str = "", hidden: Collection[str] = ()) -> list[Row]:
    """Who is next, in order; `only` keeps the rows that have this reason. Constant queries."""
    people: dict[str, list[Reason]] = {}
    for reason in all_reasons(now=now, may_know=may_know, hidden=hidden):
        people.setdefault(_key(reason), []).append(reason)
    kept = {key: found for key, found in people.items() if not only or any(one.why == only for one in found)}
    claims = live_claims([found[0].patient.pk for found in kept.values() if found[0].patient], now=now)
    rows = [_row(key, found, claims) for key, found in kept.items()]
    return sorted(rows, key=lambda row: _by_visit(row, only) if only == Why.UNDELIVERED else _pressing(row.first))


def _row(key: str, reasons: list[Reason], claims: dict[uuid.UUID, CallClaim]) -> Row:
    patient = reasons[0].patient
    ordered = sorted({(one.why, one.words): one for one in sorted(reasons, key=_pressing)}.values(), key=_pressing)
    return Row(key=key, patient=patient, reasons=ordered, claim=claims.get(patient.pk) if patient else None)


def _key(reason: Reason) -> str:
    if reason.patient is not None:
        return str(reason.patient.pk)
    return f"task-{reason.task.pk}" if reason.task else reason.page


def _pressing(reason: Reason) -> tuple[int, dt.datetime]:
    return ORDER.index(reason.why), reason.at


def _by_visit(row: Row, only: str) -> tuple[int, dt.datetime]:
    """The call list of what did not arrive: the next visit first, who has none after them."""
    ours = [one for one in row.reasons if one.why == only]
    visits = [one.visit_at for one in ours if one.visit_at]
    return (0, min(visits)) if visits else (1, min(one.at for one in ours))


class NextView(DeskPage):
    """The list; `?only=callbacks` and its like narrow it."""

    permission_required = READS
    template = "next.html"
    title = "Next"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who is next."""
        now, only = timezone.now(), request.GET.get("only", "")
        only = only if only in set(Why) else ""
        self.record(AccessEvent.Action.SEARCH, "clinic.desktask:next")
        may_know, hidden = self.staff.has_perm("intake.see_call_needed"), desk_tasks.hidden_from(self.staff)
        rows = next_rows(now=now, may_know=may_know, only=only, hidden=hidden)
        context: dict[str, Any] = {
            "rows": rows[:SHOWN],
            "hidden": max(len(rows) - SHOWN, 0),
            "only": only,
            "only_label": LABELS[Why(only)] if only else "",
            "lists": [(why.value, label) for why, label in LABELS.items()],
            "now": now,
            "here": back_to(only),
            "may_work": self.staff.has_perms(WORKS),
            "may_raise": self.staff.has_perm("intake.raise_safetyitem"),
        }
        return self.page(context)


class ClaimView(DeskPage):
    """POST: take a person, or give them back."""

    permission_required = WORKS
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take them, or say who has them."""
        patient = Patient.objects.filter(pk=_id_of(request.POST.get("patient", ""))).first()
        if patient is None:
            messages.warning(request, "This button is out of date. Choose again from the list.")
        elif "release" in request.POST:
            if release(patient=patient, by=self.staff):
                messages.success(request, f"{patient.name} is free for others again.")
        else:
            try:
                claim(patient=patient, by=self.staff)
                messages.success(request, f"{patient.name} is yours for half an hour.")
            except ClinicError as error:
                messages.warning(request, str(error))
        return SeeOther(_safe_back(request, f"person-{patient.pk}" if patient else ""))


class DoneView(DeskPage):
    """POST: a task is done, with a word on how it ended."""

    permission_required = WORKS
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Close it once; who comes second hears who was first."""
        asked = DeskTask.objects.filter(pk=_id_of(request.POST.get("task", "")))
        task = asked.exclude(kind__in=desk_tasks.WORKED_ELSEWHERE).first()
        outcome = words_of(request, "outcome", OUTCOME_LENGTH)
        if task is None:
            messages.warning(request, "This button is out of date. Choose again from the list.")
        elif not outcome:
            messages.warning(request, "Write how it ended, then choose Done again.")
        elif desk_tasks.close(DeskTask.objects.filter(pk=task.pk), outcome=outcome, by=self.staff):
            messages.success(request, f"Done: {task.title}.")
        else:
            messages.warning(request, desk_tasks.faster(task, outcome))
        return SeeOther(_safe_back(request, ""))


def back_to(only: str) -> str:
    """The address of the list as it is narrowed."""
    return reverse("scheduling:desk_next") + (f"?only={only}" if only else "")


def _safe_back(request: HttpRequest, anchor: str) -> str:
    """Back to the list or the request that the button stood on, and nowhere else."""
    back, queue = request.POST.get("back", ""), reverse("scheduling:desk_requests")
    if back == f"{queue}{_id_of(back.removeprefix(queue).rstrip('/'))}/":
        return back
    known = {queue, *(back_to(why.value) for why in Why)}
    return (back if back in known else back_to("")) + (f"#{anchor}" if anchor else "")


def _id_of(text: str) -> uuid.UUID:
    """The id that was sent; nonsense is nobody's."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return NOBODY
