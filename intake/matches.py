"""New people who may be known: what points it out, and what the desk decides."""

from django.db import transaction

from clinic.desk_tasks import close_tasks, open_task
from clinic.models import DeskTask, User
from intake import selectors
from intake.models import ConsultationRequest, Patient, PossibleMatch
from intake.search_keys import email_key


def decide_match(*, match: PossibleMatch, verdict: PossibleMatch.Verdict, by: User) -> PossibleMatch:
    """Write down what the desk found out; when nothing is left to decide, the task is done.

    Nobody's records are joined here.
    """
    is_open = verdict == PossibleMatch.Verdict.OPEN
    with transaction.atomic():
        match.verdict = verdict
        match.decided_by = None if is_open else by
        match.save(update_fields=["verdict", "decided_by", "updated_at"])
        if not match.request.possible_matches.filter(verdict=PossibleMatch.Verdict.OPEN).exists():
            close_tasks(
                subject_ref=selectors.subject_of(match.request),
                kind=DeskTask.Kind.POSSIBLE_DUPLICATE,
                outcome="Decided",
                by=by,
            )
    return match


def tell_apart(near: list[Patient], request: ConsultationRequest, by: User) -> None:
    """Staff saw these people on the screen and said that the caller is somebody else."""
    for patient in near:
        PossibleMatch.objects.create(
            request=request,
            patient=patient,
            shares=_shares(patient, request),
            verdict=PossibleMatch.Verdict.DIFFERENT,
            decided_by=by,
        )


def point_out(near: list[Patient], request: ConsultationRequest) -> None:
    """Ask the desk whether a new person is one of these."""
    for patient in near:
        PossibleMatch.objects.create(request=request, patient=patient, shares=_shares(patient, request))
    open_task(
        kind=DeskTask.Kind.POSSIBLE_DUPLICATE,
        title=f"Is request {request.reference} from someone we know?",
        subject_ref=selectors.subject_of(request),
        due_at=request.answer_promised_by,
        dedupe_key=f"{selectors.subject_of(request)}|possible_duplicate",
    )


def _shares(patient: Patient, request: ConsultationRequest) -> str:
    same = (
        ("phone", bool(request.phone) and patient.phone == request.phone),
        ("e-mail", bool(request.email) and email_key(patient.email) == email_key(request.email)),
    )
    return ", ".join(word for word, is_shared in same if is_shared)
