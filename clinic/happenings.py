"""One line of somebody's history, as every desk writes it, and the lines the kernel itself knows: tasks and looks."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from clinic import subjects
from clinic.models import AccessEvent, DeskTask


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What happened, when (UTC), who did it, and why. `page` is where to read on, `key` keeps the order of equals."""

    at: dt.datetime
    topic: str
    words: str
    by: str = ""
    why: str = ""
    page: str = ""
    key: str = ""


def tasks_about(refs: Collection[str], *, newest: int) -> list[Happening]:
    """Tasks opened and closed about these subjects, newest first; at most `newest` tasks of each, two queries."""
    about = DeskTask.objects.filter(subject_ref__in=refs)
    closed = about.filter(closed_at__isnull=False).select_related("closed_by").order_by("-closed_at", "-pk")[:newest]
    return [
        *(
            Happening(at=task.created_at, topic="Task", words=task.title, key=f"task {task.pk}")
            for task in about.order_by("-created_at", "-pk")[:newest]
        ),
        *(
            Happening(
                at=task.closed_at,
                topic="Task",
                words=f"Done: {task.title}",
                by=str(task.closed_by or "System"),
                why=task.outcome,
                key=f"task {task.pk} closed",
            )
            for task in closed
            if task.closed_at
        ),
    ]


def looks_at(refs: Collection[str], *, newest: int) -> list[Happening]:
    """Who read or exported something of these subjects, newest first; one query."""
    events = AccessEvent.objects.filter(subject_ref__in=refs).select_related("by").order_by("-at", "-pk")[:newest]
    return [
        Happening(
            at=event.at,
            topic="Looked",
            words=f"{event.get_action_display()}: {subject_words(event.subject_ref)}",
            by=str(event.by or "System"),
            why=event.reason,
            page=subjects.page_of(event.subject_ref),
            key=f"look {event.pk:020}",
        )
        for event in events
    ]


def subject_words(ref: str) -> str:
    """`intake.safetyitem:<uuid>` as staff say it."""
    kind, _, rest = ref.partition(":")
    words = WORDS.get(kind, kind.rpartition(".")[2])
    return f"{words} (search)" if rest == "search" else words


WORDS = {
    "intake.patient": "patient",
    "intake.request": "request",
    "intake.safetyitem": "call needed",
    "intake.screening": "questions",
    "intake.possiblematch": "possible match",
    "scheduling.appointment": "visit",
    "scheduling.clinician": "calendar of a clinician",
    "scheduling.reports": "reports",
    "notifications.inbound": "conversation",
    "notifications.message": "message",
    "clinic.accessevent": "who looked at what",
}
