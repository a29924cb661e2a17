"""Books visits, in one transaction each; the database guard has the last word."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from intake.services import open_screening, stop_waiting
from scheduling import availability, busy, guard, messages, missed, selectors, video
from scheduling.cancelling import cancel, give_up_holds
from scheduling.errors import (
    AlreadyBookedError,
    NotBookableError,
    SlotTakenError,
    TooManyVisitsError,
)
from scheduling.history import write_event
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Clinician
from scheduling.rulebook import clinician_zone
from scheduling.telling import stop_calling
from scheduling.waivers import HOURS_UNMET, OVERLAPS, Rule, Waiver, broken_rules

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
    waiver: Waiver | None
    language: str

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
    waiver: Waiver | None = None,
    language: str = "",
) -> Appointment:
    """Book the visit, or with no `clinician` with whoever is free and has the fewest visits that day.

    Choosing a time is booking: there are no holds. The same `booking_key` with the same wish returns
    the visit it made. `start` is an aware instant, `source` an AppointmentEvent.Source, `language` a code:
    only those who speak it are tried.
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
        waiver=waiver if clinician else None,
        language=language,
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
        raise NotBookableError(_nearest(wish), _("This page was used before. Choose a time again."))
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
    for clinician in _candidates(wish):
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


def _candidates(wish: _Wish) -> list[Clinician]:
    """Who may be tried; with a waiver the one who was named, free or not."""
    if wish.waiver is not None and wish.clinician is not None:
        return [wish.clinician]
    return availability.free_clinicians(
        appointment_type=wish.appointment_type,
        start=wish.start,
        now=wish.now,
        clinician=wish.clinician,
        language=wish.language,
    )


def _check_rules(clinician: Clinician, wish: _Wish) -> frozenset[Rule]:
    """Which rules staff waived. Raises WaiverNeededError, and _RefusedError where nothing can be waived."""
    kind, request = wish.appointment_type, wish.request
    if wish.waiver is not None:
        broken = broken_rules(
            appointment_type=kind, clinician=clinician, start=wish.start, now=wish.now, patient_id=request.patient_id
        )
        wish.waiver.check(broken)
        return broken
    ends_at = busy.times_of(kind, wish.start)["ends_at"]
    is_free = availability.bookable(appointment_type=kind, clinician=clinician, start=wish.start, now=wish.now)
    if not is_free or busy.is_patient_busy(request.patient_id, wish.start, ends_at):
        raise _RefusedError
    return frozenset()


def _book_with(clinician: Clinician, wish: _Wish) -> Appointment:
    """Check again behind the locks, then write everything. Raises _RefusedError."""
    guard.hold(clinician.pk, wish.people)
    times = busy.times_of(wish.appointment_type, wish.start)
    if wish.waiver is None and busy.is_clinician_busy(
        clinician.pk, times["occupied_from"], times["occupied_until"], now=wish.now
    ):
        raise _RefusedError  # the loser of a stampede leaves the queue after one query
    earlier = _made_earlier(wish)
    if earlier is not None:
        return earlier
    _check_contact(wish)
    broken = _check_rules(clinician, wish)
    zone = clinician_zone(clinician, ClinicProfile.current().zone_info)
    give_up_holds(clinician_id=clinician.pk, request=wish.request, now=wish.now)
    appointment = Appointment.objects.create(
        request=wish.request,
        patient=wish.request.patient,
        clinician=clinician,
        appointment_type=wish.appointment_type,
        location=selectors.location_at(clinician, wish.start.astimezone(zone)),
        mode=wish.mode,
        language=wish.language,
        video_link=video.new_link(appointment_type=wish.appointment_type, clinician=clinician, mode=wish.mode),
        **times,
        is_overbooked=bool(broken & OVERLAPS),
        is_outside_hours=bool(broken & HOURS_UNMET),
        booking_key=wish.booking_key,
    )
    _write_booked(appointment, wish, broken)
    return appointment


def _check_contact(wish: _Wish) -> None:
    held = selectors.coming_visits_of_contact(phone=str(wish.request.phone), email=wish.request.email, now=wish.now)
    if held >= ClinicProfile.current().live_visits_per_contact:
        raise TooManyVisitsError


def _refusal(wish: _Wish) -> SlotTakenError | NotBookableError:
    """Taken, when the list would hold this start with nobody booked; else it never was on the list."""
    was_offered = wish.mode in wish.appointment_type.offered_modes and availability.would_be_offered(
        appointment_type=wish.appointment_type,
        start=wish.start,
        now=wish.now,
        clinician=wish.clinician,
        language=wish.language,
    )
    return (SlotTakenError if was_offered else NotBookableError)(_nearest(wish))


def _nearest(wish: _Wish) -> list[dt.datetime]:
    return availability.nearest_starts(
        appointment_type=wish.appointment_type,
        start=wish.start,
        now=wish.now,
        clinician=wish.clinician,
        patient=wish.request.patient,
        language=wish.language,
    )


def _write_booked(appointment: Appointment, wish: _Wish, broken: frozenset[Rule]) -> None:
    """The history, the confirmation, and the end of what the request waited for."""
    reason = wish.waiver.note(broken) if wish.waiver else ""
    write_event(appointment, "booked", source=wish.source, by=wish.by, reason=reason)
    stop_waiting(request=wish.request, reason="A time was booked", by=wish.by)
    stop_calling(request=wish.request)
    open_screening(request=wish.request)
    missed.booked_again(appointment)
    messages.visit_booked(appointment, answers_own_action=wish.source == AppointmentEvent.Source.WEB)
