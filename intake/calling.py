"""Calling people about their requests: take somebody, call, write down how it ended, and say when to call again."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.desk_tasks import close_tasks, open_task
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask, User
from intake import messages, selectors
from intake.errors import ClaimedError, TooFewCallsError
from intake.models import CallClaim, ConsultationRequest, ContactAttempt, Patient
from intake.services import close_request
from notifications.models import Message

CLAIM_LASTS = dt.timedelta(minutes=30)
ENOUGH_TRIES = 3
OUT_OF_REACH = "Could not reach them"
REASONS = (OUT_OF_REACH, "They do not want an appointment", "Wrong number", "Sent twice", "Not somebody we can help")
Outcome = ContactAttempt.Outcome


def claim(*, patient: Patient, by: User, now: dt.datetime | None = None) -> CallClaim:
    """Take a person for half an hour; one's own claim begins anew. Raises ClaimedError while a colleague has them."""
    moment = now or timezone.now()
    until = moment + CLAIM_LASTS
    free = Q(held_until__lte=moment) | Q(held_by=by)
    if not CallClaim.objects.filter(free, patient=patient).update(held_by=by, held_until=until, updated_at=moment):
        try:
            with transaction.atomic():
                return CallClaim.objects.create(patient=patient, held_by=by, held_until=until)
        except IntegrityError:  # somebody has them, or took them this instant
            pass
    standing = CallClaim.objects.select_related("held_by").get(patient=patient)
    if standing.held_by_id != by.pk:
        raise ClaimedError(f"{standing.held_by} has taken {patient.name} and is about to call. Choose somebody else.")
    return standing


def release(*, patient: Patient, by: User) -> bool:
    """Give a person back; False when it was not one's own claim."""
    return bool(CallClaim.objects.filter(patient=patient, held_by=by).delete()[0])


def live_claims(patient_ids: Collection[uuid.UUID], *, now: dt.datetime) -> dict[uuid.UUID, CallClaim]:
    """Who has whom now; one query."""
    rows = CallClaim.objects.filter(patient__in=patient_ids, held_until__gt=now).select_related("held_by")
    return {row.patient_id: row for row in rows}


def record_call(
    *,
    request: ConsultationRequest,
    by: User,
    outcome: Outcome,
    call_key: uuid.UUID,
    next_call_at: dt.datetime | None = None,
    now: dt.datetime | None = None,
) -> ContactAttempt:
    """Write down a call, close the calls that were due and open the next. The same page sent twice is one call.

    Nobody reached and no time said: the next call stands where a new promise would. Wrong number: nobody calls it
    again. A request that was closed meanwhile keeps the line and gets no next call.
    """
    moment = now or timezone.now()
    standing = ContactAttempt.objects.filter(call_key=call_key).first()
    if standing is not None:
        return standing
    if next_call_at is None and outcome in {Outcome.VOICEMAIL, Outcome.NO_ANSWER}:
        next_call_at = answer_promised_by(ClinicProfile.current(), now=moment)
    try:
        with transaction.atomic():
            return _keep_call(request, by, outcome, call_key, next_call_at)
    except IntegrityError:
        return ContactAttempt.objects.get(call_key=call_key)


def _keep_call(
    request: ConsultationRequest, by: User, outcome: Outcome, call_key: uuid.UUID, next_call_at: dt.datetime | None
) -> ContactAttempt:
    attempt = ContactAttempt.objects.create(
        request=request, made_by=by, outcome=outcome, next_call_at=next_call_at, call_key=call_key
    )
    subject = selectors.subject_of(request)
    close_tasks(subject_ref=subject, kind=DeskTask.Kind.CALL_BACK, outcome=outcome.label, by=by)
    stands = ConsultationRequest.objects.select_for_update().get(pk=request.pk)
    if next_call_at is not None and stands.status == ConsultationRequest.Status.OPEN:
        open_task(
            kind=DeskTask.Kind.CALL_BACK,
            title=f"Call again about request {request.reference}",
            subject_ref=subject,
            due_at=next_call_at,
            dedupe_key=f"{subject}|call_again|{attempt.pk}",
        )
    CallClaim.objects.filter(patient=request.patient_id, held_by=by).delete()
    return attempt


def close_after_calls(*, request: ConsultationRequest, reason: str, by: User) -> ConsultationRequest:
    """Close a request for one of REASONS. Raises TooFewCallsError when nobody tried ENOUGH_TRIES times to reach them."""
    tries = request.contact_attempts.exclude(outcome=Outcome.REACHED).count()
    if reason == OUT_OF_REACH and tries < ENOUGH_TRIES:
        raise TooFewCallsError(
            f"We try {ENOUGH_TRIES} times before we give up, and {tries} are written down. Call again, or say another reason."
        )
    return close_request(request=request, reason=reason, by=by)


def send_tried_to_call(*, request: ConsultationRequest, now: dt.datetime | None = None) -> list[Message]:
    """Put the text in the outbox where they agreed to texts; nothing otherwise."""
    with transaction.atomic():
        return messages.tried_to_call(request, now=now or timezone.now())
