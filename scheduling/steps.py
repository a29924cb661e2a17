"""What staff do with one visit they look at: a step, a cancelling, the next step, a new private link.

Each says what it saw. When somebody else was faster, nothing is overwritten: the second hears what happened.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from clinic import links
from clinic.models import User
from clinic.numbers import whole_number
from scheduling import link_messages, selectors
from scheduling.cancelling import cancel
from scheduling.errors import ChangedMeanwhileError, IllegalMoveError
from scheduling.history import event_words, write_event
from scheduling.models import Appointment, AppointmentEvent, VisitOutcome
from scheduling.transitions import attempt, transition

STAFF = AppointmentEvent.Source.STAFF
NEXT_STEP, NEW_LINK = "next_step", "new_link"  # names of events


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How the visit stood on the page that staff looked at."""

    status: str
    revision: int

    @classmethod
    def of(cls, visit: Appointment) -> "Seen":
        """How it stands now."""
        return cls(status=visit.status, revision=visit.revision)

    @classmethod
    def read(cls, text: str) -> "Seen":
        """Undo `str()`; nonsense fits no visit."""
        status, _, revision = text.partition(":")
        number = whole_number(revision, digits=6)
        return cls(status=status, revision=-1 if number is None else number)

    def __str__(self) -> str:
        return f"{self.status}:{self.revision}"

    def check(self, visit: Appointment) -> None:
        """Raises ChangedMeanwhileError."""
        if self != Seen.of(visit):
            raise ChangedMeanwhileError(what_happened(visit))


def what_happened(visit: Appointment) -> str:
    """The last line of the history, in words: Completed, by pat@clinic.example."""
    last = visit.events.select_related("made_by").order_by("-id").first()
    if last is None:
        return visit.get_status_display()
    who = str(last.made_by) if last.made_by else last.get_source_display().lower()
    return f"{event_words(last)}, by {who}"


def take_step(
    *,
    visit: Appointment,
    to: Appointment.Status,
    seen: Seen,
    by: User,
    reason: str = "",
    now: dt.datetime | None = None,
) -> Appointment:
    """Move the visit one state on, from the state that was seen. There already: fine.

    Raises ChangedMeanwhileError, IllegalMoveError, SlotTakenError and AlreadyBookedError.
    """
    moment = now or timezone.now()
    only = Q(status=seen.status, revision=seen.revision)
    moved, changed = attempt(appointment=visit, to=to, source=STAFF, by=by, reason=reason, now=moment, only=only)
    if changed or moved.status == to:
        return moved
    seen.check(moved)
    return transition(appointment=moved, to=to, source=STAFF, by=by, reason=reason, now=moment)  # says why not


def call_off(
    *,
    visit: Appointment,
    seen: Seen,
    by: User,
    reason: str,
    on_behalf_of_patient: bool,
    now: dt.datetime | None = None,
) -> Appointment:
    """Cancel the visit as it was seen; twice by the same person is once. Raises ChangedMeanwhileError and TooLateToChangeError."""
    with transaction.atomic():
        stands = Appointment.objects.select_for_update().get(pk=visit.pk)
        if not (stands.is_cancelled and _was_last(stands, by)):
            seen.check(stands)
        return cancel(
            appointment=selectors.visit_by_id(visit.pk),
            source=STAFF,
            by=by,
            reason=reason,
            on_behalf_of_patient=on_behalf_of_patient,
            new_times=None if on_behalf_of_patient else (),
            now=now,
        )


def _was_last(visit: Appointment, by: User) -> bool:
    """Whether this member of staff made the newest line of the history."""
    last = visit.events.order_by("-id").first()
    return last is not None and last.made_by_id == by.pk


def mark_next_step(*, visit: Appointment, step: VisitOutcome.NextStep, seen_step: str, by: User) -> VisitOutcome:
    """Write down what comes after a visit that was held; `seen_step` is what stood there, or empty.

    Raises IllegalMoveError before the visit is completed, ChangedMeanwhileError.
    """
    with transaction.atomic():
        stands = selectors.visit_by_id(visit.pk)
        if stands.status != Appointment.Status.COMPLETED:
            raise IllegalMoveError("Mark the visit completed first, then its next step.")
        changed = _write_step(stands, step, seen_step, by)
        outcome = VisitOutcome.objects.get(appointment=stands)
        if changed:
            write_event(stands, NEXT_STEP, source=STAFF, by=by, reason=step.label)
        elif outcome.next_step != step:
            raise ChangedMeanwhileError(f"{outcome.get_next_step_display()}, by {outcome.marked_by}")
    return outcome


def _write_step(visit: Appointment, step: VisitOutcome.NextStep, seen_step: str, by: User) -> bool:
    if seen_step:
        rows = VisitOutcome.objects.filter(appointment=visit, next_step=seen_step).exclude(next_step=step)
        return bool(rows.update(next_step=step, marked_by=by, updated_at=timezone.now()))
    try:
        with transaction.atomic():
            VisitOutcome.objects.create(appointment=visit, next_step=step, marked_by=by)
    except IntegrityError:  # somebody else wrote the first one
        return False
    return True


def reissue_visit_link(*, visit: Appointment, by: User, send: bool) -> tuple[str, int]:
    """Make every link to this visit dead and return the new address, to be shown once, and how many letters bring it."""
    with transaction.atomic():
        links.revoke("visit", visit.pk)
        write_event(visit, NEW_LINK, source=STAFF, by=by)
        letters = link_messages.send_new_link(visit) if send else []
        return links.url_for("visit", visit.pk), len(letters)
