"""Books and cancels visits. One transaction each; the database guard has the last word."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, F, Value, When
from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from intake.services import stop_waiting
from notifications import outbox
from scheduling import availability, guard, messages, selectors
from scheduling.errors import (
    AlreadyBookedError,
    NotBookableError,
    SlotTakenError,
    TooLateToChangeError,
    TooManyVisitsError,
)
from scheduling.models import LIVE, Appointment, AppointmentEvent, AppointmentType, Clinician

REASON_LENGTH = 300


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
        contacts = (("phone", str(self.request.phone)), ("email", self.request.email_search))
        return [f"patient:{self.request.patient_id}", *(f"{kind}:{value}" for kind, value in contacts if value)]


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


def cancel(
    *,
    appointment: Appointment,
    source: str,
    by: User | None = None,
    reason: str = "",
    on_behalf_of_patient: bool = False,
    now: dt.datetime | None = None,
) -> Appointment:
    """Call the visit off: its time is free again, the row stays. Already cancelled is fine and does nothing.

    Raises TooLateToChangeError for a patient inside the cut-off of the type, and for anybody when the
    visit was held or missed.
    """
    moment = now or timezone.now()
    by_patient = source == AppointmentEvent.Source.WEB
    status = (
        Appointment.Status.CANCELLED_BY_PATIENT
        if by_patient or on_behalf_of_patient
        else Appointment.Status.CANCELLED_BY_CLINIC
    )
    with transaction.atomic():
        late_from = moment + dt.timedelta(minutes=appointment.appointment_type.change_cutoff)
        live = Appointment.objects.filter(pk=appointment.pk, status__in=LIVE)
        if by_patient:
            live = live.filter(starts_at__gt=late_from)
        is_late = Case(
            When(starts_at__lte=late_from, then=Value(status == Appointment.Status.CANCELLED_BY_PATIENT)),
            default=Value(False),  # noqa: FBT003 - an SQL value
            output_field=BooleanField(),
        )
        changed = live.update(status=status, revision=F("revision") + 1, is_late_cancel=is_late, updated_at=moment)
        cancelled = selectors.visit_by_id(appointment.pk)
        if changed:
            _write_cancelled(cancelled, source=source, by=by, reason=reason)
        elif not cancelled.is_cancelled:
            raise TooLateToChangeError
    return cancelled


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
    if availability.is_clinician_busy(clinician.pk, occupied_from, occupied_until):
        raise _RefusedError  # the loser of a stampede leaves the queue after one query
    earlier = _made_earlier(wish)
    if earlier is not None:
        return earlier
    _check_contact(wish)
    is_free = availability.bookable(
        appointment_type=wish.appointment_type, clinician=clinician, start=wish.start, now=wish.now
    )
    if not is_free or availability.is_patient_busy(wish.request.patient_id, wish.start, ends_at):
        raise _RefusedError
    zone = availability.clinician_zone(clinician, ClinicProfile.current())
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
    _write_event(appointment, "booked", source=wish.source, by=wish.by)
    stop_waiting(request=wish.request, reason="A time was booked", by=wish.by)
    messages.visit_booked(appointment, answers_own_action=wish.source == AppointmentEvent.Source.WEB)


def _write_cancelled(appointment: Appointment, *, source: str, by: User | None, reason: str) -> None:
    _write_event(appointment, appointment.status, source=source, by=by, reason=reason)
    outbox.withdraw(subject_ref=messages.visit_ref(appointment), reason="The visit was cancelled")
    messages.visit_cancelled(appointment, answers_own_action=source == AppointmentEvent.Source.WEB)


def _write_event(
    appointment: Appointment, event: str, *, source: str, by: User | None = None, reason: str = ""
) -> AppointmentEvent:
    return AppointmentEvent.objects.create(
        appointment=appointment,
        event=event,
        source=source,
        made_by=by,
        reason=reason[:REASON_LENGTH],
        starts_at=appointment.starts_at,
    )
