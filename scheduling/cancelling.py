"""Calls visits off, and takes that back.

Somebody who cancels their own visit can undo it for ten minutes. Until then the time stays theirs
(`held_until`, which both engines' guards count) and the word to them waits. No sweep ends a hold:
once its moment has passed, lists pass over it and the next booking of that clinician clears it away.
See docs/adr/0013.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import BooleanField, Case, DateTimeField, F, Q, Value, When
from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from notifications import outbox
from notifications.models import Message
from notifications.selectors import history_for
from scheduling import clinic_messages, guard, messages, selectors, telling
from scheduling.errors import TooLateToChangeError, TooLateToUndoError, TooManyVisitsError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.transitions import attempt

UNDO_WINDOW = dt.timedelta(minutes=10)
OFF = "The visit was cancelled"
UNDONE = "The cancelling was undone"

Status = Appointment.Status


def cancel(
    *,
    appointment: Appointment,
    source: str,
    by: User | None = None,
    reason: str = "",
    on_behalf_of_patient: bool = False,
    new_times: Sequence[dt.datetime] | None = None,
    now: dt.datetime | None = None,
) -> Appointment:
    """Call the visit off; the row stays. Already cancelled is fine and does nothing.

    Staff free the time at once. A patient's own cancelling can be undone for `UNDO_WINDOW`, unless the
    visit starts before that. `new_times` (starts, may be none) has the letter bring the link to choose again.
    Raises TooLateToChangeError for a patient inside the cut-off of the type, and for anybody when the
    visit was held or missed.
    """
    moment = now or timezone.now()
    by_patient = source == AppointmentEvent.Source.WEB
    to = Status.CANCELLED_BY_PATIENT if by_patient or on_behalf_of_patient else Status.CANCELLED_BY_CLINIC
    with transaction.atomic():
        cancelled, changed = attempt(
            appointment=appointment,
            to=to,
            source=source,
            by=by,
            reason=reason,
            now=moment,
            only=Q(starts_at__gt=_late_from(appointment, moment)) if by_patient else None,
            also={
                "revision": F("revision") + 1,
                "is_late_cancel": _is_late(appointment, moment, by_patient=to == Status.CANCELLED_BY_PATIENT),
                "held_until": _held_until(moment) if by_patient else None,
            },
        )
        if changed:
            _tell_cancelled(cancelled, answers_own_action=by_patient, now=moment, new_times=new_times)
        elif not cancelled.is_cancelled:
            raise TooLateToChangeError
    return cancelled


def undo_cancel(
    *, appointment: Appointment, source: str, by: User | None = None, now: dt.datetime | None = None
) -> Appointment:
    """Have the same visit stand again, and take back the word that it was off. Standing already: fine.

    Raises TooLateToUndoError once the time is given up, AlreadyBookedError when the request has another
    visit, SlotTakenError when the patient has one at that time, and TooManyVisitsError.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        guard.hold(appointment.clinician_id, guard.people_of(appointment.patient_id, appointment.request))
        if not selectors.visit_by_id(appointment.pk).is_live:
            _check_contact(appointment.request, moment)
        visit, changed = attempt(
            appointment=appointment,
            to=Status.BOOKED,
            source=source,
            by=by,
            reason=UNDONE,
            now=moment,
            only=Q(held_until__gt=moment),
            also={"revision": F("revision") + 1},
        )
        if changed:
            outbox.withdraw(subject_ref=messages.visit_ref(visit), kinds=[messages.CANCELLED], reason=UNDONE)
            if _is_untold(visit):
                messages.visit_booked(visit, answers_own_action=source == AppointmentEvent.Source.WEB)
        elif not visit.is_live:
            raise TooLateToUndoError
    return visit


def give_up_holds(*, clinician_id: uuid.UUID, now: dt.datetime, request: ConsultationRequest | None = None) -> int:
    """Free what a new time would run into: the clinician's holds that are over, and the request's own."""
    in_the_way = Q(clinician=clinician_id, held_until__lte=now)
    if request is not None:  # who chooses a new time wants the cancelled one no more
        in_the_way |= Q(request=request, held_until__isnull=False)
    return Appointment.objects.filter(in_the_way).update(held_until=None)


def _tell_cancelled(
    cancelled: Appointment, *, answers_own_action: bool, now: dt.datetime, new_times: Sequence[dt.datetime] | None
) -> None:
    """Take back what waits about the visit and say that it is off; by phone where no message is in time."""
    outbox.withdraw(subject_ref=messages.visit_ref(cancelled), reason=OFF)
    telling.nothing_to_tell(cancelled, outcome=OFF)
    if new_times is None:
        rows = messages.visit_cancelled(cancelled, answers_own_action=answers_own_action)
    else:
        rows = clinic_messages.visit_called_off(cancelled, free_starts=new_times)
    if cancelled.status == Status.CANCELLED_BY_CLINIC:
        telling.call_when_untellable(cancelled, rows=rows, before=cancelled.starts_at, now=now)


def _late_from(appointment: Appointment, now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(minutes=appointment.appointment_type.change_cutoff)


def _is_late(appointment: Appointment, now: dt.datetime, *, by_patient: bool) -> Case:
    """Looked at by the UPDATE itself: the time may have moved since the row was read."""
    return Case(
        When(starts_at__lte=_late_from(appointment, now), then=Value(by_patient)),
        default=Value(False),  # noqa: FBT003 - an SQL value
        output_field=BooleanField(),
    )


def _held_until(now: dt.datetime) -> Case:
    """The end of the undo window; none for a visit that starts within it."""
    end = now + UNDO_WINDOW
    return Case(When(starts_at__gt=end, then=Value(end)), default=None, output_field=DateTimeField(null=True))


def _check_contact(request: ConsultationRequest | None, now: dt.datetime) -> None:
    if request is None:
        return
    held = selectors.coming_visits_of_contact(phone=str(request.phone), email=request.email, now=now)
    if held >= ClinicProfile.current().live_visits_per_contact:
        raise TooManyVisitsError


def _is_untold(visit: Appointment) -> bool:
    """Whether the cancelling caught the news of this time on its way to one of the addresses."""
    newest: dict[tuple[str, str], Message] = {}
    for message in history_for(messages.visit_ref(visit)):
        if message.kind in messages.TIME_TOLD:
            newest.setdefault((message.channel, message.address), message)
    return any(message.state == Message.State.WITHDRAWN for message in newest.values())
