"""Two records side by side: keep them apart, link them, or (a manager, with a reason) make them one, with undo."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic.access import subject_ref
from clinic.base import ClinicError
from clinic.models import AccessEvent
from intake import merging
from intake.models import Patient, PatientMerge, PossibleMatch
from scheduling.desk.pages import DeskPage, SeeOther, words_of
from scheduling.models import LIVE, Appointment
from scheduling.records.merge import UNDO_FOR, merge_patients, undo_merge

PAGE = 25
DECIDES, MERGES = "intake.change_possiblematch", "intake.merge_patient"
REASON = 300
VERDICTS = {"different": "Kept apart.", "same": "Linked: the same person.", "open": "To be decided again."}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two records."""

    title: str
    patient: Patient
    requests: int
    visit: Appointment | None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Old and new, and what was found out so far."""

    match: PossibleMatch
    sides: tuple[Side, Side]


def pairs_of(matches: Iterable[PossibleMatch]) -> list[Pair]:
    """The pairs with the number of requests and the next visit of both; two queries."""
    found = list(matches)
    ids = {pk for match in found for pk in (match.patient_id, match.request.patient_id)}
    live = Appointment.objects.filter(patient__in=ids, status__in=LIVE).select_related("clinician")
    visits = {visit.patient_id: visit for visit in live.order_by("-starts_at", "-pk")}
    counted = Patient.objects.filter(pk__in=ids).order_by().annotate(count=Count("requests"))
    counts: dict[uuid.UUID, int] = dict(counted.values_list("pk", "count"))

    def side(title: str, patient: Patient) -> Side:
        return Side(title=title, patient=patient, requests=counts.get(patient.pk, 0), visit=visits.get(patient.pk))

    return [
        Pair(match=match, sides=(side("Known", match.patient), side("New", match.request.patient))) for match in found
    ]


class DuplicatesDesk(DeskPage):
    """The queue: what is to be decided, what is linked, and what was merged lately."""

    permission_required = ("intake.view_possiblematch",)
    template = "duplicates.html"
    title = "Possibly the same person"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        may_merge = self.staff.has_perm(MERGES)
        self.record(AccessEvent.Action.READ, "intake.possiblematch:queue")
        since = timezone.now() - UNDO_FOR
        merges = list(merging.standing_merges().filter(created_at__gte=since)[:PAGE]) if may_merge else []
        context = {
            "pairs": pairs_of(merging.open_matches()[:PAGE]),
            "linked": pairs_of(merging.linked_matches()[:PAGE]),
            "merges": merges,
            "may_decide": self.staff.has_perm(DECIDES),
            "may_merge": may_merge,
        }
        return self.page(context)


class DecideMatch(DeskPage):
    """POST: keep apart, link, or open again."""

    permission_required = (DECIDES,)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, match_id: uuid.UUID) -> HttpResponse:
        """Write it down; the queue says what came of it."""
        match = pair_or_404(match_id)
        verdict = request.POST.get("verdict", "")
        if verdict not in VERDICTS:
            messages.error(request, "Choose one of the buttons on this page.")
            return to_queue()
        try:
            merging.decide_seen(
                match=match,
                verdict=PossibleMatch.Verdict(verdict),
                seen=request.POST.get("seen", ""),
                by=self.staff,
            )
            messages.success(request, VERDICTS[verdict])
        except ClinicError as error:
            messages.warning(request, str(error))
        return to_queue()


class MergeDesk(DeskPage):
    """An own page asks which record stays and how one knows."""

    permission_required = (MERGES,)
    template = "merge.html"
    title = "Make two records one"

    def get(self, request: HttpRequest, match_id: uuid.UUID) -> HttpResponse:
        """Ask."""
        pair = self.load(match_id)
        return self.show(pair, {"keep": str(pair.match.patient_id), "reason": ""})

    def post(self, request: HttpRequest, match_id: uuid.UUID) -> HttpResponse:
        """Merge, or say why not with what was typed still there."""
        pair = self.load(match_id)
        one, other = pair.match.patient, pair.match.request.patient
        typed = {"keep": request.POST.get("keep", ""), "reason": words_of(request, "reason", REASON)}
        if typed["keep"] not in {str(one.pk), str(other.pk)}:
            return self.show(pair, {**typed, "error": "Choose which record stays"}, status=422)
        kept, absorbed = (one, other) if typed["keep"] == str(one.pk) else (other, one)
        if not typed["reason"]:
            return self.show(pair, {**typed, "error": "Write how you know that this is one person"}, status=422)
        try:
            merge_patients(kept=kept, absorbed=absorbed, by=self.staff, reason=typed["reason"])
        except ClinicError as error:
            return self.show(pair, {**typed, "error": str(error)}, status=409)
        messages.success(request, f"One record now: {kept.name}. This can be undone for seven days.")
        return SeeOther(reverse("scheduling:desk_patient", args=[kept.pk]))

    def load(self, match_id: uuid.UUID) -> Pair:
        """The pair, its reading written down; 404 when there is none, or no longer two records."""
        match = pair_or_404(match_id)
        for patient in (match.patient, match.request.patient):
            self.record(AccessEvent.Action.READ, subject_ref("intake.patient", patient.pk))
        return pairs_of([match])[0]

    def show(self, pair: Pair, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page({"pair": pair, **context}, status=status)


class UndoMerge(DeskPage):
    """POST: part them again."""

    permission_required = (MERGES,)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, merge_id: uuid.UUID) -> HttpResponse:
        """Undo; the queue says what came of it."""
        merge = PatientMerge.objects.filter(pk=merge_id).first()
        if merge is None:
            raise Http404
        try:
            undo_merge(merge=merge, by=self.staff)
            messages.success(request, "Two records again, each with what it had.")
        except ClinicError as error:
            messages.warning(request, str(error))
        return to_queue()


def pair_or_404(match_id: uuid.UUID) -> PossibleMatch:
    """Two records that somebody thinks may be one person."""
    match = merging.pair_by_id(match_id)
    if match is None:
        raise Http404
    return match


def to_queue() -> HttpResponse:
    """303 to the queue."""
    return SeeOther(reverse("scheduling:desk_duplicates"))
