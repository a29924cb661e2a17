"""Books visits, in one transaction each; the database guard has the last word."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from intake.services import stop_waiting
from scheduling import availability, busy, guard, messages, selectors
from scheduling.cancelling import cancel, give_up_holds
from scheduling.errors import (
    AlreadyBookedError,
    NotBookableError,
    SlotTakenError,
    TooManyVisitsError,
)
from scheduling.history import write_event
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Clinician

__all__ = ("book", "cancel")


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What was asked for, at which moment."""

    request: ConsultationRequest
    appointment_type: AppointmentType
    start: dt.datetime
    mode: str
    booking_key: uuid.UUID
    clinician: Clinician | None
    source: str
    by: User | None
    now: dt.datetime

    @property
    def people(self) -> list[str]:
        """Whose bookings wait for each other: the patient's and those of the same number or address."""
        return guard.people_of(self.request.patient_id, self.request)


class _RefusedError(Exception):
    """The clinician cannot be had after all. Undoes the savepoint, which gives the locks back."""


def book(
    *,
    request: ConsultationRequest,
    appointment_type: AppointmentType,
    start: dt.datetime,
    mode: str,
    booking_key: uuid.UUID,
    source: str,
    clinician: Clinician | None = None,
    by: User | None = None,
    now: dt.datetime | None = None,
) -> Appointment:
    """Book the visit, or with no `clinician` with whoever is free and has the fewest visits that day.

    Choosing a time is booking: there are no holds. The same `booking_key` with the same wish returns
    the visit it made. `start` is an aware instant, `source` an AppointmentEvent.Source.

    Raises AlreadyBookedError, TooManyVisitsError, SlotTakenError (somebody was faster) and
    NotBookableError (the list never offered this); the last two carry the nearest free starts.
    """
    wish = _Wish(
        request=request,
        appointment_type=appointment_type,
        start=start,
        mode=mode,
        booking_key=booking_key,
        clinician=clinician,
        source=source,
        by=by,
        now=now or timezone.now(),
    )
    with transaction.atomic():
        appointment = _made_earlier(wish) or _book_first_free(wish) or _made_earlier(wish)
    if appointment is None:
        raise _refusal(wish)  # looked up outside the transaction: losers must not keep others waiting
    return appointment


def _made_earlier(wish: _Wish) -> Appointment | None:
    """What this shown page made already. Raises AlreadyBookedError when the request has another live visit."""
    replayed = selectors.visit_by_booking_key(wish.booking_key)
    if replayed is not None and _is_same(replayed, wish):
        return replayed
    live = selectors.live_visit_of(wish.request)
    if live is not None:
        raise AlreadyBookedError(live)
    if replayed is not None:
        raise NotBookableError(_nearest(wish), "This page was used before. Choose a time again.")
    return None


def _is_same(visit: Appointment, wish: _Wish) -> bool:
    return (visit.request_id, visit.starts_at, visit.appointment_type_id, visit.mode) == (
        wish.request.pk,
        wish.start,
        wish.appointment_type.pk,
        wish.mode,
    ) and wish.clinician in {None, visit.clinician}


def _book_first_free(wish: _Wish) -> Appointment | None:
    """Try those free at that start one after the other; None when nobody is, or is any more."""
    if wish.mode not in wish.appointment_type.offered_modes:
        return None
    for clinician in availability.free_clinicians(
        appointment_type=wish.appointment_type, start=wish.start, now=wish.now, clinician=wish.clinician
    ):
        try:
            with transaction.atomic():
                return _book_with(clinician, wish)
        except _RefusedError:
            continue
        except IntegrityError as error:
            if guard.is_overlap(error):
                continue
            earlier = _made_earlier(wish)  # somebody used the key or the request in the same moment
            if earlier is None:
                raise
            return earlier
    return None


def _book_with(clinician: Clinician, wish: _Wish) -> Appointment:
    """Check again behind the locks, then write everything. Raises _RefusedError."""
    guard.hold(clinician.pk, wish.people)
    ends_at = wish.start + dt.timedelta(minutes=wish.appointment_type.duration)
    occupied_from = wish.start - dt.timedelta(minutes=wish.appointment_type.buffer_before)
    occupied_until = ends_at + dt.timedelta(minutes=wish.appointment_type.buffer_after)
    if busy.is_clinician_busy(clinician.pk, occupied_from, occupied_until, now=wish.now):
        raise _RefusedError  # the loser of a stampede leaves the queue after one query
    earlier = _made_earlier(wish)
    if earlier is not None:
        return earlier
    _check_contact(wish)
    is_free = availability.bookable(
        appointment_type=wish.appointment_type, clinician=clinician, start=wish.start, now=wish.now
    )
    if not is_free or busy.is_patient_busy(wish.request.patient_id, wish.start, ends_at):
        raise _RefusedError
    zone = availability.clinician_zone(clinician, ClinicProfile.current().zone_info)
    give_up_holds(clinician_id=clinician.pk, request=wish.request, now=wish.now)
    appointment = Appointment.objects.create(
        request=wish.request,
        patient=wish.request.patient,
        clinician=clinician,
        appointment_type=wish.appointment_type,
        location=selectors.location_at(clinician, wish.start.astimezone(zone)),
        mode=wish.mode,
        starts_at=wish.start,
        ends_at=ends_at,
        occupied_from=occupied_from,
        occupied_until=occupied_until,
        booking_key=wish.booking_key,
    )
    _write_booked(appointment, wish)
    return appointment


def _check_contact(wish: _Wish) -> None:
    held = selectors.coming_visits_of_contact(phone=str(wish.request.phone), email=wish.request.email, now=wish.now)
    if held >= ClinicProfile.current().live_visits_per_contact:
        raise TooManyVisitsError


def _refusal(wish: _Wish) -> SlotTakenError | NotBookableError:
    """Taken, when the list would hold this start with nobody booked; else it never was on the list."""
    was_offered = wish.mode in wish.appointment_type.offered_modes and availability.would_be_offered(
        appointment_type=wish.appointment_type, start=wish.start, now=wish.now, clinician=wish.clinician
    )
    return (SlotTakenError if was_offered else NotBookableError)(_nearest(wish))


def _nearest(wish: _Wish) -> list[dt.datetime]:
    return availability.nearest_starts(
        appointment_type=wish.appointment_type,
        start=wish.start,
        now=wish.now,
        clinician=wish.clinician,
        patient=wish.request.patient,
    )


def _write_booked(appointment: Appointment, wish: _Wish) -> None:
    """The history, the confirmation, and the end of what the request waited for."""
    write_event(appointment, "booked", source=wish.source, by=wish.by)
    stop_waiting(request=wish.request, reason="A time was booked", by=wish.by)
    messages.visit_booked(appointment, answers_own_action=wish.source == AppointmentEvent.Source.WEB)
