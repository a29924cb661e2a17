"""Moves a visit to another time: the old time is freed and the new one taken by one UPDATE of the same row.

If the new time is lost the old one stays. The database guard has the last word, as in booking.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from clinic.models import ClinicProfile, User
from notifications import outbox
from scheduling import availability, busy, guard, messages, selectors
from scheduling.cancelling import give_up_holds
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError, TooLateToChangeError
from scheduling.history import write_event
from scheduling.models import Appointment, AppointmentEvent, Clinician

MOVED = "moved"
NEAREST = 6
MOVABLE = (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)
USED_BEFORE = "This page was used before. Choose a time again."


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What was asked for, at which moment. `visit` is the row as read then."""

    visit: Appointment
    start: dt.datetime
    mode: str
    change_key: uuid.UUID
    source: str
    by: User | None
    now: dt.datetime

    @property
    def by_patient(self) -> bool:
        """Whether the patient asks alone, so that the cut-off counts."""
        return self.source == AppointmentEvent.Source.WEB

    @property
    def late_from(self) -> dt.datetime:
        """Visits that start by now cannot be changed by the patient any more."""
        return self.now + dt.timedelta(minutes=self.visit.appointment_type.change_cutoff)

    @property
    def times(self) -> dict[str, dt.datetime]:
        """The columns of the new time, buffers of the type as they are now."""
        kind = self.visit.appointment_type
        ends_at = self.start + dt.timedelta(minutes=kind.duration)
        return {
            "starts_at": self.start,
            "ends_at": ends_at,
            "occupied_from": self.start - dt.timedelta(minutes=kind.buffer_before),
            "occupied_until": ends_at + dt.timedelta(minutes=kind.buffer_after),
        }


class _RefusedError(Exception):
    """The clinician cannot be had after all. Undoes the savepoint, which gives the locks back."""


def reschedule(
    *,
    appointment: Appointment,
    start: dt.datetime,
    change_key: uuid.UUID,
    source: str,
    mode: str | None = None,
    by: User | None = None,
    now: dt.datetime | None = None,
) -> Appointment:
    """Move the visit to `start` (an aware instant), with the same clinician where they are free, else another.

    The same `change_key` with the same wish returns the visit as it stands. Moving to where it is
    already changes nothing.
    Raises SlotTakenError and NotBookableError with the nearest free starts, TooLateToChangeError for a
    patient inside the cut-off of the type, and IllegalMoveError for a visit that does not stand any more.
    """
    visit = selectors.visit_by_id(appointment.pk)
    change = _Change(
        visit=visit,
        start=start,
        mode=mode or visit.mode,
        change_key=change_key,
        source=source,
        by=by,
        now=now or timezone.now(),
    )
    with transaction.atomic():
        moved = _made_earlier(change) or _stays(change) or _move_to_first_free(change)
    if moved is None:
        raise _refusal(change)  # looked up outside the transaction: losers must not keep others waiting
    return moved


def _made_earlier(change: _Change) -> Appointment | None:
    """The visit, when this shown page moved it already. Raises NotBookableError for a key used otherwise."""
    event = AppointmentEvent.objects.filter(change_key=change.change_key).first()
    if event is None:
        return None
    if (event.appointment_id, event.starts_at) != (change.visit.pk, change.start):
        raise NotBookableError(_nearest(change), USED_BEFORE)
    return selectors.visit_by_id(change.visit.pk)


def _stays(change: _Change) -> Appointment | None:
    """The visit, when it is what was asked for. Raises IllegalMoveError and TooLateToChangeError."""
    visit = change.visit
    if visit.status not in MOVABLE:
        raise IllegalMoveError(f"It is marked {visit.get_status_display().lower()}, so its time cannot change.")
    if change.by_patient and visit.starts_at <= change.late_from:
        raise TooLateToChangeError
    return visit if (visit.starts_at, visit.mode) == (change.start, change.mode) else None


def _move_to_first_free(change: _Change) -> Appointment | None:
    """Try the visit's own clinician first, then who is free at that start; None when nobody is."""
    if change.mode not in change.visit.appointment_type.offered_modes:
        return None
    free = availability.free_clinicians(
        appointment_type=change.visit.appointment_type, start=change.start, now=change.now, moving=change.visit
    )
    for clinician in sorted(free, key=lambda one: one.pk != change.visit.clinician_id):
        try:
            with transaction.atomic():
                return _move_to(clinician, change)
        except _RefusedError:
            continue
        except IntegrityError as error:
            if guard.is_overlap(error):
                continue
            earlier = _made_earlier(change)  # the same key in the same moment
            if earlier is None:
                raise
            return earlier
    return None


def _move_to(clinician: Clinician, change: _Change) -> Appointment:
    """Check again behind the locks, then write everything. Raises _RefusedError."""
    visit, times = change.visit, change.times
    guard.hold(clinician.pk, guard.people_of(visit.patient_id, visit.request))
    if busy.is_clinician_busy(
        clinician.pk, times["occupied_from"], times["occupied_until"], now=change.now, moving=visit
    ):
        raise _RefusedError  # the loser of a stampede leaves the queue after one query
    earlier = _made_earlier(change)
    if earlier is not None:
        return earlier
    is_free = availability.bookable(
        appointment_type=visit.appointment_type, clinician=clinician, start=change.start, now=change.now, moving=visit
    )
    if not is_free or busy.is_patient_busy(visit.patient_id, change.start, times["ends_at"], moving=visit):
        raise _RefusedError
    give_up_holds(clinician_id=clinician.pk, now=change.now)
    return _write_moved(clinician, change)


def _write_moved(clinician: Clinician, change: _Change) -> Appointment:
    """Move the row, if it still stands as it was read; then the history and the word to the patient."""
    zone = availability.clinician_zone(clinician, ClinicProfile.current().zone_info)
    values: dict[str, Any] = {
        **change.times,
        "clinician": clinician,
        "location": selectors.location_at(clinician, change.start.astimezone(zone)),
        "mode": change.mode,
        "status": Appointment.Status.BOOKED,  # who confirmed did so for the old time
        "is_overbooked": False,  # the new time was free
        "revision": F("revision") + 1,
        "updated_at": change.now,
    }
    rows = Appointment.objects.filter(pk=change.visit.pk, status__in=MOVABLE, revision=change.visit.revision)
    if not rows.update(**values):
        return _changed_meanwhile(change)
    moved = selectors.visit_by_id(change.visit.pk)
    write_event(moved, MOVED, source=change.source, by=change.by, change_key=change.change_key)
    outbox.withdraw(subject_ref=messages.visit_ref(moved), reason="The visit was moved")
    messages.visit_changed(moved, old_start=change.visit.starts_at, answers_own_action=change.by_patient)
    return moved


def _changed_meanwhile(change: _Change) -> Appointment:
    """Somebody moved or cancelled it since it was read: say how it stands instead of overwriting that."""
    stands = selectors.visit_by_id(change.visit.pk)
    if (stands.starts_at, stands.mode) == (change.start, change.mode) and stands.is_live:
        return stands
    label = stands.get_status_display().lower()
    text = "It was moved to another time meanwhile." if stands.is_live else f"It is marked {label} meanwhile."
    raise IllegalMoveError(text)


def _refusal(change: _Change) -> SlotTakenError | NotBookableError:
    """Taken, when the list would hold this start with nobody booked; else it never was on the list."""
    kind = change.visit.appointment_type
    was_offered = change.mode in kind.offered_modes and availability.would_be_offered(
        appointment_type=kind, start=change.start, now=change.now
    )
    return (SlotTakenError if was_offered else NotBookableError)(_nearest(change))


def _nearest(change: _Change) -> list[dt.datetime]:
    """Free starts near the wanted one; the time the visit has already is no news."""
    starts = availability.nearest_starts(
        appointment_type=change.visit.appointment_type,
        start=change.start,
        now=change.now,
        count=NEAREST + 1,
        patient=change.visit.patient,
        moving=change.visit,
    )
    others = [start for start in starts if start != change.visit.starts_at]
    return sorted(sorted(others, key=lambda start: abs(start - change.start))[:NEAREST])
