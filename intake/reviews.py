"""A clinician's sign-off: what was read, and the desk's one word. An answer changed later opens it again.

The saving of answers marks the review as no longer current, in its own transaction; `tell_reviewers()` finds
that and tells the clinician who signed, without a name and without a word of what changed.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from clinic.access import subject_ref
from clinic.models import User
from intake.errors import ReviewOutdatedError, SafetyOpenError
from intake.models import ConsultationRequest, Review, SafetyItem, Screening, ScreeningResponse
from intake.safety.policy import require_clinician
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Channel

logger = logging.getLogger(__name__)
AGAIN = Kind(
    name="intake.review_again",
    label="Staff: an intake changed after it was read",
    template="review_again",
    basis="staff",
    when="Once for each change of answers that somebody has signed, to who signed",
    sample={"staff_link": "https://book.clinic.example/admin/desk/review/"},
)
LOOKED_BACK = dt.timedelta(days=7)
Versions = Iterable[tuple[uuid.UUID, int]]


def digest_of(versions: Versions) -> str:
    """The mark of what is read: each response with its revision."""
    text = "|".join(sorted(f"{pk}:{revision}" for pk, revision in versions))
    return salted_hmac("intake.review", text, algorithm="sha256").hexdigest()


def sign_off(
    *,
    request: ConsultationRequest,
    by: User,
    outcome: Review.Outcome,
    note: str,
    read: str,
    now: dt.datetime | None = None,
) -> Review:
    """Sign what was read (`read` is its digest, as the page showed it). The newest sign-off counts.

    Raises NotAClinicianError; ReviewOutdatedError when answers changed since the page was made;
    SafetyOpenError for "proceed" while somebody must still be called.
    """
    require_clinician(by)
    moment = now or timezone.now()
    with transaction.atomic():
        ConsultationRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        responses = ScreeningResponse.objects.filter(screening__patient=request.patient_id)
        digest = digest_of(responses.values_list("pk", "revision"))
        if not constant_time_compare(digest, read):
            raise ReviewOutdatedError("Answers changed while you were reading. Read the page again, then sign.")
        live = SafetyItem.objects.filter(patient=request.patient_id).exclude(state=SafetyItem.State.CLOSED)
        if outcome == Review.Outcome.PROCEED and live.exists():
            raise SafetyOpenError("Somebody must still call this person. Close that first, or choose another outcome.")
        Review.objects.filter(request=request, is_current=True).update(is_current=False, updated_at=moment)
        return Review.objects.create(
            request=request,
            screening=Screening.objects.filter(request=request).order_by("-created_at", "-pk").first(),
            reviewed_by=by,
            at=moment,
            outcome=outcome,
            note=note or None,
            content_digest=digest,
        )


def tell_reviewers(now: dt.datetime) -> None:
    """Tell who signed that the answers changed since; once for each review, however often this runs.

    One that cannot be written (a bad address, say) is logged, and the others go.
    """
    newer = Review.objects.filter(request=OuterRef("request"), at__gt=OuterRef("at"))
    opened = Review.objects.filter(is_current=False, updated_at__gte=now - LOOKED_BACK).exclude(Exists(newer))
    for review in opened.select_related("reviewed_by"):
        try:
            with transaction.atomic():
                _tell_reviewer(review, now)
        except Exception:
            logger.exception("letter to staff cannot be written", extra={"subject_ref": _ref(review)})


def _tell_reviewer(review: Review, now: dt.datetime) -> None:
    outbox.enqueue_staff(
        kind=AGAIN.name,
        addresses=[(Channel.EMAIL, review.reviewed_by.email)],
        subject_ref=_ref(review),
        occurrence="again",
        context={"staff_link": settings.PUBLIC_BASE_URL + reverse("review:list")},
        useless_after=now + LOOKED_BACK,
        user=review.reviewed_by,
    )


def _ref(review: Review) -> str:
    return subject_ref("intake.review", review.pk)
