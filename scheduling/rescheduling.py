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
from django.utils.translation import gettext as _

from clinic.models import ClinicProfile, User
from notifications import outbox
from scheduling import availability, busy, clinic_messages, guard, messages, selectors, telling, video
from scheduling.cancelling import give_up_holds
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError, TooLateToChangeError
from scheduling.history import write_event
from scheduling.models import Appointment, AppointmentEvent, Clinician
from scheduling.rulebook import clinician_zone
from scheduling.waivers import HOURS_UNMET, OVERLAPS, Rule, Waiver, broken_rules

MOVED, MODE_CHANGED = "moved", "mode_changed"
NEAREST = 6
MOVABLE = (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What was asked for, at which moment. `visit` is the row as read then."""

    visit: Appointment
    start: dt.datetime
    mode: str
    change_key: uuid.UUID
    source: str
    by: User | None
    on_behalf_of_patient: bool
    now: dt.datetime
    clinician: Clinician | None = None
    waiver: Waiver | None = None
    seen_revision: int | None = None

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
        return busy.times_of(self.visit.appointment_type, self.start)

    @property
    def candidates(self) -> list[Clinician]:
        """The one who was named, free or not where staff bring a waiver; else who is free, their own first."""
        if self.waiver is not None:
            return [self.clinician or self.visit.clinician]
        free = availability.free_clinicians(
            appointment_type=self.visit.appointment_type,
            start=self.start,
            now=self.now,
            clinician=self.clinician,
            moving=self.visit,
            language="" if self.clinician else self.visit.language,
        )
        return sorted(free, key=lambda one: one.pk != self.visit.clinician_id)

    @property
    def keeps_time(self) -> bool:
        """Whether the visit has this start already, with somebody who will do."""
        return self._has_time(self.visit)

    def is_met_by(self, visit: Appointment) -> bool:
        """Whether a visit has the time, the way to meet and the clinician asked for."""
        return visit.mode == self.mode and self._has_time(visit)

    def _has_time(self, visit: Appointment) -> bool:
        return visit.starts_at == self.start and (self.clinician is None or visit.clinician_id == self.clinician.pk)


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
    on_behalf_of_patient: bool = False,
    now: dt.datetime | None = None,
    clinician: Clinician | None = None,
    waiver: Waiver | None = None,
    seen_revision: int | None = None,
) -> Appointment:
    """Move the visit to `start` (an aware instant), with the same clinician where they are free, else another.

    The same `change_key` with the same wish returns the visit as it stands. Moving to where it is
    already changes nothing. `on_behalf_of_patient`: the patient asks, and knows. Staff may name a `clinician`
    and bring a `waiver`: rules are warnings then. Raises WaiverNeededError for those that are not confirmed,
    SlotTakenError and NotBookableError with the nearest free starts, TooLateToChangeError, IllegalMoveError.
    """
    visit = selectors.visit_by_id(appointment.pk)
    change = _Change(
        visit=visit,
        start=start,
        mode=mode or visit.mode,
        change_key=change_key,
        source=source,
        by=by,
        on_behalf_of_patient=on_behalf_of_patient,
        now=now or timezone.now(),
        clinician=clinician,
        waiver=waiver,
        seen_revision=seen_revision,
    )
    with transaction.atomic():
        moved = _made_earlier(change) or _stays(change) or _change_mode(change) or _move_to_first_free(change)
    if moved is not None:
        return moved
    raise _refusal(change)  # looked up outside the transaction: losers must not keep others waiting


def _made_earlier(change: _Change) -> Appointment | None:
    """The visit, when this shown page moved it already. Raises NotBookableError for a key used otherwise."""
    event = AppointmentEvent.objects.filter(change_key=change.change_key).first()
    if event is None:
        return None
    if (event.appointment_id, event.starts_at) != (change.visit.pk, change.start):
        raise NotBookableError(_nearest(change), _("This page was used before. Choose a time again."))
    return selectors.visit_by_id(change.visit.pk)


def _stays(change: _Change) -> Appointment | None:
    """The visit, when it is what was asked for. Raises IllegalMoveError and TooLateToChangeError."""
    visit = change.visit
    if change.seen_revision not in {None, visit.revision} and not change.is_met_by(visit):
        raise IllegalMoveError("It was changed meanwhile.")
    if visit.status not in MOVABLE:
        raise IllegalMoveError(f"It is marked {visit.get_status_display().lower()}, so its time cannot change.")
    if change.by_patient and visit.starts_at <= change.late_from:
        raise TooLateToChangeError
    return visit if change.is_met_by(visit) else None


def _change_mode(change: _Change) -> Appointment | None:
    """Only another way to meet, at the time that is theirs already: no time is looked for and none can be lost."""
    if not change.keeps_time or change.mode not in change.visit.appointment_type.offered_modes:
        return None
    room = video.link_after_move(change.visit, clinician=change.visit.clinician, mode=change.mode)
    return _write(change, MODE_CHANGED, {"mode": change.mode, "video_link": room})


def _move_to_first_free(change: _Change) -> Appointment | None:
    """Try the visit's own clinician first, then who is free at that start; None when nobody is."""
    if change.mode not in change.visit.appointment_type.offered_modes:
        return None
    for clinician in change.candidates:
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
    if change.waiver is None and busy.is_clinician_busy(
        clinician.pk, times["occupied_from"], times["occupied_until"], now=change.now, moving=visit
    ):
        raise _RefusedError  # the loser of a stampede leaves the queue after one query
    earlier = _made_earlier(change)
    if earlier is not None:
        return earlier
    broken = _check_rules(clinician, change)
    give_up_holds(clinician_id=clinician.pk, now=change.now)
    return _write_moved(clinician, change, broken)


def _check_rules(clinician: Clinician, change: _Change) -> frozenset[Rule]:
    """Which rules staff waived. Raises WaiverNeededError, and _RefusedError where nothing can be waived."""
    visit, kind = change.visit, change.visit.appointment_type
    if change.waiver is not None:
        broken = broken_rules(
            appointment_type=kind,
            clinician=clinician,
            start=change.start,
            now=change.now,
            patient_id=visit.patient_id,
            moving=visit,
        )
        change.waiver.check(broken)
        return broken
    is_free = availability.bookable(
        appointment_type=kind, clinician=clinician, start=change.start, now=change.now, moving=visit
    )
    if not is_free or busy.is_patient_busy(visit.patient_id, change.start, change.times["ends_at"], moving=visit):
        raise _RefusedError
    return frozenset()


def _write_moved(clinician: Clinician, change: _Change, broken: frozenset[Rule]) -> Appointment:
    """The columns of the new time, and which rules staff waived for it."""
    zone = clinician_zone(clinician, ClinicProfile.current().zone_info)
    values = {
        **change.times,
        "clinician": clinician,
        "location": selectors.location_at(clinician, change.start.astimezone(zone)),
        "mode": change.mode,
        "video_link": video.link_after_move(change.visit, clinician=clinician, mode=change.mode),
        "status": Appointment.Status.BOOKED,  # who confirmed did so for the old time
        "is_overbooked": bool(broken & OVERLAPS),
        "is_outside_hours": bool(broken & HOURS_UNMET),
    }
    return _write(change, MOVED, values, reason=change.waiver.note(broken) if change.waiver else "")


def _write(change: _Change, event: str, values: dict[str, Any], *, reason: str = "") -> Appointment:
    """Change the row, if it still stands as it was read; then the history and the word to the patient."""
    rows = Appointment.objects.filter(pk=change.visit.pk, status__in=MOVABLE, revision=change.visit.revision)
    if not rows.update(**values, revision=F("revision") + 1, updated_at=change.now):
        return _changed_meanwhile(change)
    moved = selectors.visit_by_id(change.visit.pk)
    write_event(moved, event, source=change.source, by=change.by, reason=reason, change_key=change.change_key)
    outbox.withdraw(subject_ref=messages.visit_ref(moved), reason="The visit was moved")
    _tell(moved, change)
    return moved


def _tell(moved: Appointment, change: _Change) -> None:
    """The new time by letter; the desk calls when we moved it and no letter arrives in time."""
    old_start = change.visit.starts_at
    if moved.starts_at == old_start and moved.mode == change.visit.mode:
        letters = clinic_messages.visit_handed_over(moved)
    else:
        letters = messages.visit_changed(moved, old_start=old_start, answers_own_action=change.by_patient)
    telling.nothing_to_tell(moved, outcome="The visit was moved again")
    if not change.by_patient and not change.on_behalf_of_patient:
        telling.call_when_untellable(moved, rows=letters, before=min(old_start, moved.starts_at), now=change.now)


def _changed_meanwhile(change: _Change) -> Appointment:
    """Somebody moved or cancelled it since it was read: say how it stands instead of overwriting that."""
    stands = selectors.visit_by_id(change.visit.pk)
    if change.is_met_by(stands) and stands.is_live:
        return stands
    label = stands.get_status_display().lower()
    text = "It was moved to another time meanwhile." if stands.is_live else f"It is marked {label} meanwhile."
    raise IllegalMoveError(text)


def _refusal(change: _Change) -> SlotTakenError | NotBookableError:
    """Taken, when the list would hold this start with nobody booked; else it never was on the list."""
    kind = change.visit.appointment_type
    was_offered = change.mode in kind.offered_modes and availability.would_be_offered(
        appointment_type=kind,
        start=change.start,
        now=change.now,
        clinician=change.clinician,
        language="" if change.clinician else change.visit.language,
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
        language=change.visit.language,
    )
    others = [start for start in starts if start != change.visit.starts_at]
    return sorted(sorted(others, key=lambda start: abs(start - change.start))[:NEAREST])
