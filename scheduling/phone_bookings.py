"""Booking during a call or at the counter: the person and the time in one transaction, all or nothing."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from clinic.models import User
from intake.consultation import Consultation
from intake.models import ConsultationRequest, Patient
from intake.services import register_by_phone
from notifications.models import Channel
from scheduling import selectors, services
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Clinician
from scheduling.transitions import transition
from scheduling.waivers import Rule, Waiver

STAFF = AppointmentEvent.Source.STAFF
WALK_IN = "Walk-in"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: an open `request`, else what they told us, with the `patient` they are if we know them.

    `said` holds the words with which they agreed to each channel; `page` is where staff typed it.
    """

    request: ConsultationRequest | None = None
    consultation: Consultation | None = None
    patient: Patient | None = None
    said: Mapping[Channel, str]
    page: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The visit they want. `start` None means now: a walk-in, marked as arrived at once."""

    appointment_type: AppointmentType
    clinician: Clinician | None
    start: dt.datetime | None
    mode: str
    booking_key: uuid.UUID
    waiver: Waiver


def keep_caller(caller: Caller, *, by: User, lead_on: bool = True) -> ConsultationRequest:
    """The request of this call; made when there was none. `lead_on` sends the way to a time, or files a call.

    Raises FormUsedError.
    """
    if caller.request is not None or caller.consultation is None:
        assert caller.request is not None  # noqa: S101 - one of the two is there
        return caller.request
    return register_by_phone(
        caller.consultation, by=by, said=caller.said, patient=caller.patient, page=caller.page, lead_on=lead_on
    )


def book_for_caller(caller: Caller, wish: Wish, *, by: User, now: dt.datetime | None = None) -> Appointment:
    """Book for somebody on the phone or at the counter. Raises what `book()` and `keep_caller()` raise."""
    moment = now or timezone.now()
    is_walk_in = wish.start is None
    earlier = selectors.visit_by_booking_key(wish.booking_key)
    if is_walk_in and earlier is not None:  # sent twice: now is later than it was
        return earlier
    with transaction.atomic():
        visit = services.book(
            request=keep_caller(caller, by=by, lead_on=False),
            appointment_type=wish.appointment_type,
            start=wish.start or moment.replace(second=0, microsecond=0),
            mode=wish.mode,
            booking_key=wish.booking_key,
            source=STAFF,
            clinician=wish.clinician,
            by=by,
            now=moment,
            waiver=_walk_in(wish.waiver) if is_walk_in else wish.waiver,
        )
        if is_walk_in:
            visit = transition(
                appointment=visit, to=Appointment.Status.ARRIVED, source=STAFF, by=by, reason=WALK_IN, now=moment
            )
    return visit


def _walk_in(waiver: Waiver) -> Waiver:
    """Somebody who stands here needs no notice and no place on the grid."""
    return Waiver(rules=waiver.rules | {Rule.NOTICE, Rule.HOURS}, reason=waiver.reason)
