"""What exists only in English and is not put to somebody who speaks another language: marked, flagged, given to the desk.

It is marked the moment the sitting begins in that language, so that who goes away is not silently skipped either; the
first answer takes the mark off (`saving`).
"""

import datetime as dt

from django.db.models import QuerySet

from clinic import desk_tasks
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask, User
from intake import selectors
from intake.models import Screening, ScreeningResponse
from intake.screening import rules
from intake.screening.findings import find
from intake.screening.standing_flags import bring_flags

Status = ScreeningResponse.Status


def is_foreign(screening: Screening, response: ScreeningResponse) -> bool:
    """Whether a questionnaire speaks another language than the person."""
    return bool(response.questionnaire.language != screening.language)


def mark(screening: Screening, response: ScreeningResponse, *, now: dt.datetime, facts: rules.Facts | None) -> None:
    """Not asked: needs an interpreter. What was answered already stays, with its flags. Inside a transaction only."""
    response.status = Status.NOT_SCREENED
    response.save(update_fields=["status", "updated_at"])
    found = find(response, response.answers, finished=False, facts=facts)
    bring_flags(screening, response, found, now=now)


def mark_untouched(screening: Screening, *, now: dt.datetime) -> None:
    """The same for whatever speaks another language and has no answer yet, unless the person takes it in English."""
    if screening.asks_english:
        return
    waiting = screening.responses.filter(status=Status.IN_PROGRESS, revision=0).select_related("questionnaire")
    foreign = [one for one in waiting if is_foreign(screening, one)]
    for response in foreign:
        mark(screening, response, now=now, facts=None)
    if foreign:
        ask_for_interpreter(screening)


def ask_for_interpreter(screening: Screening) -> None:
    """A task for the desk, without a word about what is asked; one at a time."""
    tasks = _tasks(screening)
    if not tasks.filter(closed_at=None).exists():
        desk_tasks.open_task(
            kind=DeskTask.Kind.INTERPRETER,
            title=f"Arrange an interpreter ({screening.language}) for the visit of {screening.request.reference}",
            subject_ref=selectors.subject_of(screening.request),
            due_at=answer_promised_by(ClinicProfile.current()),
            dedupe_key=f"{_key(screening)}|{tasks.count() + 1}",
        )


def ask_for_interpreter_again(screening: Screening) -> None:
    """After a change back from English: a task that nobody of the staff closed is on the desk again."""
    newest = _tasks(screening).order_by("-created_at", "-pk").first()
    if screening.asks_english or (newest is not None and newest.closed_by_id is not None):
        return
    if screening.responses.filter(status=Status.NOT_SCREENED).exists():
        ask_for_interpreter(screening)


def no_interpreter(screening: Screening, *, outcome: str, by: User | None = None) -> None:
    """Close that task."""
    desk_tasks.close(_tasks(screening), outcome=outcome, by=by)


def _tasks(screening: Screening) -> QuerySet[DeskTask]:
    return DeskTask.objects.filter(dedupe_key__startswith=f"{_key(screening)}|")


def _key(screening: Screening) -> str:
    return f"interpreter|{screening.pk}"
