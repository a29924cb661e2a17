"""A visit that staff marked as missed: a friendly word, or a clinician's call where one is needed anyway."""

import datetime as dt

from clinic import desk_tasks
from clinic.models import DeskTask
from intake.selectors import screening_states
from notifications import outbox
from scheduling import reminder_messages
from scheduling.messages import visit_ref
from scheduling.models import Appointment

UNDO_WINDOW = dt.timedelta(minutes=10)  # a slip at the desk is taken back before anybody reads about it


def follow_up(visit: Appointment, *, now: dt.datetime) -> None:
    """Write to the patient in ten minutes. With a safety item open a clinician calls instead, and nobody writes.

    Inside the transaction that marks the visit.
    """
    request = visit.request
    if request is None:
        return
    if screening_states([request.pk])[request.pk].call_needed:
        desk_tasks.open_task(
            kind=DeskTask.Kind.SAFETY,
            title="Clinician call needed: a visit was missed",
            subject_ref=visit_ref(visit),
            due_at=now,
            dedupe_key=f"missed|{visit_ref(visit)}|{now.isoformat()}",
        )
    else:
        reminder_messages.visit_missed(visit, not_before=now + UNDO_WINDOW)


def take_back(visit: Appointment) -> None:
    """The patient came after all, or the mark was a slip: no call about this visit, and no letter that says so."""
    outbox.withdraw(subject_ref=visit_ref(visit), kinds=[reminder_messages.MISSED], reason="Not missed after all")
    desk_tasks.close_tasks(
        subject_ref=visit_ref(visit), kind=DeskTask.Kind.SAFETY, outcome="The patient came after all"
    )


def booked_again(visit: Appointment) -> None:
    """The patient has a new time: a letter that still waits to offer one is taken back.

    Inside the transaction that books `visit`. A clinician's call stays: it is about more than the time.
    """
    for missed in Appointment.objects.filter(patient=visit.patient_id, status=Appointment.Status.NO_SHOW):
        outbox.withdraw(subject_ref=visit_ref(missed), kinds=[reminder_messages.MISSED], reason="A new time was booked")
