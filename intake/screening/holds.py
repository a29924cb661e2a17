"""A date of birth under 18: the visit waits until a clinician has decided, and why is kept."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic import desk_tasks
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask, User
from intake import selectors
from intake.errors import ScreeningClosedError
from intake.models import Screening
from intake.screening.sittings import age_on, known_date_of_birth, locked

ADULT = 18


def keep_date_of_birth(*, screening: Screening, born: dt.date, today: dt.date) -> Screening:
    """Keep the date as given. Under 18 the visit is held, and a clinician has a task; a later date lifts neither.

    What a clinician decided stands until another date is given.
    """
    with transaction.atomic():
        row = locked(screening)
        is_another = row.date_of_birth != born
        row.date_of_birth = born
        if age_on(today, born) < ADULT and (row.held_at is None or (row.hold_lifted and is_another)):
            row.held_at = timezone.now()
            row.hold_decided_at, row.hold_decided_by, row.hold_lifted, row.hold_reason = None, None, False, None
            desk_tasks.open_task(
                kind=DeskTask.Kind.SAFETY,
                title=f"Clinician: decide about the visit of {row.request.reference}, the person may be under 18",
                subject_ref=selectors.subject_of(row.request),
                due_at=answer_promised_by(ClinicProfile.current()),
                dedupe_key=_task_key(row),
            )
        row.save()
    return row


def decide(*, screening: Screening, by: User, goes_ahead: bool, reason: str) -> Screening:
    """A clinician lifts the hold, or has the desk cancel the visit; who, when and why are kept.

    Raises ScreeningClosedError when nothing is held.
    """
    with transaction.atomic():
        row = locked(screening)
        if not row.is_held:
            raise ScreeningClosedError("This visit is not on hold.")
        row.hold_decided_at, row.hold_decided_by = timezone.now(), by
        row.hold_lifted, row.hold_reason = goes_ahead, reason
        row.save()
        outcome = "A clinician decided: the visit goes ahead" if goes_ahead else "A clinician decided: cancel the visit"
        desk_tasks.close(DeskTask.objects.filter(dedupe_key=_task_key(row)), outcome=outcome, by=by)
        if not goes_ahead:
            desk_tasks.open_task(
                kind=DeskTask.Kind.CALL_BACK,
                title=f"Call and cancel the visit of {row.request.reference}: a clinician decided so",
                subject_ref=selectors.subject_of(row.request),
                due_at=answer_promised_by(ClinicProfile.current()),
                dedupe_key=f"{_task_key(row)}|cancel",
            )
    return row


def is_under_age(screening: Screening) -> bool:
    """Whether the date that stands now says under 18, and no clinician decided that the visit goes ahead."""
    today = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
    born = known_date_of_birth(screening)
    return screening.is_held and born is not None and age_on(today, born) < ADULT


def _task_key(row: Screening) -> str:
    assert row.held_at is not None  # noqa: S101 - only of what is held
    return f"{selectors.subject_of(row.request)}|under_age|{row.held_at.isoformat()}"
