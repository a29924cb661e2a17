"""Asking, stopping, offering, taking. One transaction each.

Whoever changes an entry or its offers first updates the entry's row, which makes the others wait; the
booking locks come after it and nothing takes them the other way round. See docs/adr.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from intake.selectors import has_open_safety_item
from notifications.hours import next_allowed
from scheduling import availability
from scheduling import selectors as visits
from scheduling.errors import NotBookableError, SlotTakenError
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Clinician, WaitlistEntry, WaitlistOffer
from scheduling.rescheduling import reschedule
from scheduling.services import book
from scheduling.waiting import messages, selectors
from scheduling.waiting.errors import (
    CallFirstError,
    NotWaitingError,
    NoWayToWriteError,
    OfferedBeforeError,
    OfferOverError,
)
from scheduling.waiting.wishes import Wish

Outcome = WaitlistOffer.Outcome

TAKEN = "An earlier time was taken"


def ask_for_earlier(
    *, request: ConsultationRequest, appointment_type: AppointmentType, wish: Wish, now: dt.datetime | None = None
) -> WaitlistEntry:
    """Put the request on the waiting list. On it already: the wish changes and the place stays."""
    moment = now or timezone.now()
    said = {
        "appointment_type": appointment_type,
        "clinician": wish.clinician,
        "weekdays": sorted(wish.weekdays),
        "parts_of_day": list(wish.parts_of_day),
        "asked_at": moment,
    }
    with transaction.atomic():
        entry, made = WaitlistEntry.objects.get_or_create(request=request, stopped_at=None, defaults=said)
        if not made:
            WaitlistEntry.objects.filter(pk=entry.pk).update(**said, updated_at=moment)
            entry.refresh_from_db()
    return entry


def stop_asking(*, request: ConsultationRequest, reason: str, now: dt.datetime | None = None) -> int:
    """Take the request off the waiting list and take back what was offered; returns how many entries stopped."""
    moment = now or timezone.now()
    with transaction.atomic():
        entries = list(WaitlistEntry.objects.filter(request=request, stopped_at=None))
        return sum(_stop(entry, reason, moment) for entry in entries)


def offer_time(
    *, entry: WaitlistEntry, clinician: Clinician, start: dt.datetime, by: User, now: dt.datetime | None = None
) -> WaitlistOffer:
    """Offer a free time to one who waits, by the messages they agreed to. It is not kept for them.

    Raises CallFirstError, NotWaitingError, SlotTakenError (it is free no more), OfferedBeforeError, NoWayToWriteError.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        if not _claim(entry, moment):
            raise NotWaitingError
        if has_open_safety_item([entry.request.patient_id]):
            raise CallFirstError
        waiting = selectors.waiting_for(entry, now=moment)
        if waiting is None or not waiting.wants(start, clinician, ClinicProfile.current().zone_info):
            raise NotWaitingError
        kind = waiting.entry.appointment_type
        if not availability.bookable(
            appointment_type=kind, clinician=clinician, start=start, now=moment, moving=waiting.visit
        ):
            raise SlotTakenError(text="This time is not free any more.")
        offer = _make_offer(waiting.entry, clinician, start, by, moment)
        if not messages.offer_made(offer, now=moment):
            raise NoWayToWriteError(_number(waiting.entry.request))
    return offer


def accept_offer(*, offer: WaitlistOffer, mode: str | None = None, now: dt.datetime | None = None) -> Appointment:
    """Take the offered time: the visit they have is moved there, or a new one is booked. Taken before: that visit.

    Raises OfferOverError; SlotTakenError and NotBookableError with the nearest free starts (the offer is lost then),
    TooLateToChangeError, AlreadyBookedError, TooManyVisitsError, IllegalMoveError.
    """
    moment = now or timezone.now()
    try:
        with transaction.atomic():
            is_waiting = _claim(offer.entry, moment)
            fresh = selectors.offer_by_id(offer.pk)  # behind the claim: nobody else changes it now
            if fresh.visit is not None:
                return fresh.visit
            if not is_waiting or not fresh.is_open(moment):
                raise OfferOverError
            visit = _take(fresh, mode, moment)
            _answer(fresh, Outcome.ACCEPTED, moment, visit=visit)
            _stop(fresh.entry, TAKEN, moment)
    except (SlotTakenError, NotBookableError):
        with transaction.atomic():
            _answer(offer, Outcome.LOST, moment)
        raise
    return visit


def decline_offer(*, offer: WaitlistOffer, now: dt.datetime | None = None) -> None:
    """Write down that they do not want this time; they go on waiting. Answered or over already: nothing changes."""
    moment = now or timezone.now()
    with transaction.atomic():
        _claim(offer.entry, moment)
        _answer(offer, Outcome.DECLINED, moment)


def _claim(entry: WaitlistEntry, now: dt.datetime) -> bool:
    """Make others who change this entry wait until we are done; whether it is live."""
    return bool(WaitlistEntry.objects.filter(pk=entry.pk, stopped_at=None).update(updated_at=now))


def _stop(entry: WaitlistEntry, reason: str, now: dt.datetime) -> int:
    rows = WaitlistEntry.objects.filter(pk=entry.pk, stopped_at=None)
    stopped = rows.update(stopped_at=now, stop_reason=reason, updated_at=now)
    for offer in WaitlistOffer.objects.filter(entry=entry, outcome=Outcome.OPEN):
        _answer(offer, Outcome.WITHDRAWN, now)
    return stopped


def _answer(offer: WaitlistOffer, outcome: str, now: dt.datetime, *, visit: Appointment | None = None) -> None:
    rows = WaitlistOffer.objects.filter(pk=offer.pk, outcome=Outcome.OPEN)
    if rows.update(outcome=outcome, answered_at=now, visit=visit, updated_at=now):
        messages.offer_ended(offer, reason=f"The offer ended: {Outcome(outcome).label.lower()}")


def _make_offer(
    entry: WaitlistEntry, clinician: Clinician, start: dt.datetime, by: User, now: dt.datetime
) -> WaitlistOffer:
    expires_at = _expires_at(entry, start, now)
    if expires_at <= now:
        raise NoWayToWriteError(_number(entry.request))
    try:
        with transaction.atomic():
            return WaitlistOffer.objects.create(
                entry=entry, clinician=clinician, starts_at=start, expires_at=expires_at, offered_by=by
            )
    except IntegrityError as error:
        raise OfferedBeforeError from error


def _expires_at(entry: WaitlistEntry, start: dt.datetime, now: dt.datetime) -> dt.datetime:
    """The hours of the type, counted from when a text may go; never later than the time could be booked."""
    kind, number = entry.appointment_type, str(entry.request.phone)
    begins = next_allowed(number=number, profile=ClinicProfile.current(), now=now) if number else now
    hours, notice = dt.timedelta(hours=kind.offer_hours), dt.timedelta(minutes=kind.minimum_notice)
    return min(begins + hours, start - notice)


def _take(offer: WaitlistOffer, mode: str | None, now: dt.datetime) -> Appointment:
    """Through the same doors as everybody; the offer's own id is the key, so a replay leads to the same visit."""
    entry, web = offer.entry, AppointmentEvent.Source.WEB
    visit = visits.live_visit_of(entry.request)
    if visit is not None:
        return reschedule(
            appointment=visit, start=offer.starts_at, clinician=offer.clinician, change_key=offer.pk, source=web, now=now
        )  # fmt: skip
    return book(
        request=entry.request,
        appointment_type=entry.appointment_type,
        start=offer.starts_at,
        mode=mode or entry.appointment_type.offered_modes[0],
        booking_key=offer.pk,
        source=web,
        clinician=offer.clinician,
        now=now,
    )


def _number(request: ConsultationRequest) -> str:
    return request.phone.as_national if request.phone else ""
