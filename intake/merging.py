"""What the desk decided about two records: apart, linked as one person, or settled because they became one."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from clinic.desk_tasks import close_tasks
from clinic.models import DeskTask, User
from intake import selectors
from intake.errors import MatchDecidedError
from intake.matches import decide_match
from intake.models import ConsultationRequest, Patient, PatientMerge, PossibleMatch

Verdict = PossibleMatch.Verdict
SETTLED = "Two records became one"


def decide_seen(*, match: PossibleMatch, verdict: PossibleMatch.Verdict, seen: str, by: User) -> PossibleMatch:
    """The desk's word about two records, unless a colleague gave another one after the page was shown.

    Raises MatchDecidedError. The same word twice is no conflict.
    """
    with transaction.atomic():
        standing = (
            PossibleMatch.objects.select_for_update(of=("self",))
            .select_related("request", "decided_by")
            .get(pk=match.pk)
        )
        if standing.verdict == verdict:
            return standing
        if standing.verdict != seen:
            words = f"{standing.get_verdict_display()}, by {standing.decided_by or 'somebody'}"
            raise MatchDecidedError(f"Nothing was changed: a colleague was faster. {words}.")
        return decide_match(match=standing, verdict=verdict, by=by)


def open_matches() -> QuerySet[PossibleMatch]:
    """What the desk has to decide, oldest first; records that became one are left out."""
    return _pairs().filter(verdict=Verdict.OPEN).order_by("created_at", "pk")


def linked_matches() -> QuerySet[PossibleMatch]:
    """Pairs that were found to be one person and still are two records, oldest first."""
    return _pairs().filter(verdict=Verdict.SAME).order_by("created_at", "pk")


def linked_people(patient: Patient) -> list[Patient]:
    """Other records of the same person, as the desk found out; one query."""
    pairs = linked_matches().filter(Q(patient=patient) | Q(request__patient=patient))
    found = {one for pair in pairs for one in (pair.patient, pair.request.patient) if one.pk != patient.pk}
    return sorted(found, key=lambda one: (one.created_at, one.pk))


def pair_by_id(match_id: Any) -> PossibleMatch | None:
    """One pair that still is two records, whatever was decided about it."""
    return _pairs().filter(pk=match_id).first()


def settle_matches(*, kept: Patient, absorbed: Patient, by: User) -> dict[str, Any]:
    """What waits for a decision between two records that become one is decided. Returns what `unsettle()` needs."""
    both = [kept.pk, absorbed.pk]
    between = PossibleMatch.objects.filter(request__patient__in=both, patient__in=both).select_related("request")
    settled: dict[str, Any] = {"matches": {}, "tasks": []}
    for match in between.exclude(verdict=Verdict.SAME):
        settled["matches"][str(match.pk)] = [match.verdict, match.decided_by_id and str(match.decided_by_id)]
        PossibleMatch.objects.filter(pk=match.pk).update(verdict=Verdict.SAME, decided_by=by)
        settled["tasks"] += _close_task(match.request, by)
    return settled


def unsettle(settled: dict[str, Any]) -> None:
    """Bring back what `settle_matches()` decided, and open its tasks again."""
    for pk, (verdict, decided_by) in settled.get("matches", {}).items():
        PossibleMatch.objects.filter(pk=pk).update(verdict=verdict, decided_by=decided_by)
    DeskTask.objects.filter(pk__in=settled.get("tasks", ()), outcome=SETTLED).update(
        closed_at=None, closed_by=None, outcome=""
    )


def standing_merges() -> QuerySet[PatientMerge]:
    """Merges that were not undone, newest first."""
    rows = PatientMerge.objects.filter(undone_at=None).select_related("kept", "absorbed", "merged_by")
    return rows.order_by("-created_at", "-pk")


def _pairs() -> QuerySet[PossibleMatch]:
    rows = PossibleMatch.objects.select_related("request__patient", "patient", "decided_by")
    return rows.filter(patient__merged_into=None, request__patient__merged_into=None).exclude(
        patient=F("request__patient")
    )


def _close_task(request: ConsultationRequest, by: User) -> list[str]:
    if request.possible_matches.filter(verdict=Verdict.OPEN).exists():
        return []
    subject = selectors.subject_of(request)
    kind = DeskTask.Kind.POSSIBLE_DUPLICATE
    waiting = DeskTask.objects.filter(subject_ref=subject, kind=kind, closed_at=None).values_list("pk", flat=True)
    keys = [str(pk) for pk in waiting]
    close_tasks(subject_ref=subject, kind=kind, outcome=SETTLED, by=by)
    return keys
