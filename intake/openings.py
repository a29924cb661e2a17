"""Breaking the glass: somebody without the right opens one person's answers in an emergency, for half an hour.

The opening is a row of the access ledger, with the reason, so nobody can open without leaving it there. It holds
for the session that asked and for one person at a time; `intake.review.emergency` keeps which.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clinic import desk_tasks
from clinic.access import record_access, subject_ref
from clinic.models import AccessEvent, DeskTask, User
from clinic.roles import Role
from intake.models import Patient
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Channel

HOLDS_FOR = dt.timedelta(minutes=30)
LOOK_INTO_WITHIN = dt.timedelta(hours=24)
USEFUL_FOR = dt.timedelta(days=7)
SUBJECT, PERSON = "clinic.opening", "intake.patient"
TOLD = (Role.MANAGER.value, Role.MEDICAL_DIRECTOR.value)
OPENED = Kind(
    name="intake.answers_opened",
    label="Staff: answers were opened in an emergency",
    template="answers_opened",
    basis="staff",
    when="At once, to managers and the medical director, when somebody opens answers in an emergency",
    sample={"who": "Dana Desk", "staff_link": "https://book.clinic.example/admin/desk/openings/"},
)


@transaction.atomic
def open_answers(*, patient: Patient, by: User, reason: str, request_id: str, page: str) -> AccessEvent:
    """Write the opening down and tell who looks into it. `page` is the path of the list of openings.

    Whether this person may was asked by the page; here it stands that they did.
    """
    event = record_access(
        by=by,
        action=AccessEvent.Action.BREAK_GLASS,
        subject_ref=subject_ref(PERSON, patient.pk),
        reason=reason,
        request_id=request_id,
    )
    now = timezone.now()
    desk_tasks.open_task(
        kind=DeskTask.Kind.OPENING,
        title="Answers were opened in an emergency: look into why",
        subject_ref=task_ref(event),
        due_at=now + LOOK_INTO_WITHIN,
        dedupe_key=task_ref(event),
    )
    for user in _looks_into(by):
        outbox.enqueue_staff(
            kind=OPENED.name,
            addresses=[(Channel.EMAIL, user.email)],
            subject_ref=task_ref(event),
            occurrence=f"to {user.pk}",
            context={"who": str(by), "staff_link": settings.PUBLIC_BASE_URL + page},
            useless_after=now + USEFUL_FOR,
            user=user,
        )
    return event


def standing(*, event_id: int, patient: Patient, by: User) -> AccessEvent | None:
    """The opening, while it holds: this person's own, of this patient, not older than half an hour."""
    return openings().filter(
        pk=event_id, by=by, subject_ref=subject_ref(PERSON, patient.pk), at__gt=timezone.now() - HOLDS_FOR
    ).first()  # fmt: skip


def openings() -> QuerySet[AccessEvent]:
    """Every opening of somebody's answers, newest first."""
    rows = AccessEvent.objects.filter(action=AccessEvent.Action.BREAK_GLASS, subject_ref__startswith=f"{PERSON}:")
    return rows.select_related("by").order_by("-id")


def task_ref(event: AccessEvent) -> str:
    """How the task and the letters about an opening name it: not by the patient, whose history the desk reads."""
    return f"{SUBJECT}:{event.pk}"


def _looks_into(opener: User) -> QuerySet[User]:
    """Managers and the medical director, whoever opened left out."""
    found = User.objects.filter(is_active=True, groups__name__in=TOLD).exclude(pk=opener.pk)
    return found.order_by("pk").distinct()
