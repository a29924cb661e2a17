"""Opens and closes what a person at the desk must do."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from clinic.models import DeskTask, User

LOOKS_INTO_OPENINGS = "clinic.look_into_openings"
KNOWS_OF_CALLS = "intake.see_call_needed"  # that a clinician must call somebody
WORKED_ELSEWHERE = (DeskTask.Kind.SAFETY, DeskTask.Kind.OPENING)  # closed on pages of their own, not from a list


def hidden_from(user: User) -> set[DeskTask.Kind]:
    """Kinds of tasks that are not for this member of staff.

    Who opened answers does not also settle why; that somebody must be called is not for every reader.
    """
    needed = {DeskTask.Kind.OPENING: LOOKS_INTO_OPENINGS, DeskTask.Kind.SAFETY: KNOWS_OF_CALLS}
    return {kind for kind, permission in needed.items() if not user.has_perm(permission)}


def open_task(*, kind: DeskTask.Kind, title: str, subject_ref: str, due_at: dt.datetime, dedupe_key: str) -> DeskTask:
    """Put a task on the desk, once per `dedupe_key`. The title holds no clinical content."""
    task, _made = DeskTask.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={"kind": kind, "title": title, "subject_ref": subject_ref, "due_at": due_at},
    )
    return task


def close(tasks: QuerySet[DeskTask], *, outcome: str, by: User | None = None) -> int:
    """Close those of the tasks that are still open; returns how many. Who closed first stays on record."""
    return (
        tasks.order_by()
        .filter(closed_at=None)
        .update(closed_at=timezone.now(), closed_by=by, outcome=outcome, updated_at=timezone.now())
    )


def faster(task: DeskTask, typed: str) -> str:
    """What to tell who comes second: who closed it and how, and what they typed, so that it is not lost."""
    now = DeskTask.objects.select_related("closed_by").get(pk=task.pk)
    return f"{now.closed_by or 'The system'} was faster: {now.outcome}. What you wrote was: {typed}"


def close_tasks(*, subject_ref: str, kind: DeskTask.Kind, outcome: str, by: User | None = None) -> int:
    """Close the open tasks of one kind about one subject; returns how many."""
    return close(DeskTask.objects.filter(subject_ref=subject_ref, kind=kind), outcome=outcome, by=by)
