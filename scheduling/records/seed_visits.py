"""A dozen made-up people with requests, visits to come, and visits of the past days."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic.models import ClinicProfile
from intake.models import ConsultationRequest
from intake.services import Consultation, Evidence, close_request, submit_consultation
from scheduling import availability, services
from scheduling.models import LIVE, Appointment, AppointmentEvent, AppointmentType, Clinician, Mode
from scheduling.records.names import people
from scheduling.records.seed_rules import WORKDAYS

SEED = uuid.UUID("5eed0000-0000-4000-8000-000000000000")
STATUS = Appointment.Status
HELP = ("depression", "anxiety", "ptsd", "ocd", "not_sure", "something_else")
# What became of each person's request. A number is the workday from today on which the visit is.
COMING = ((1, ""), (1, ""), (2, ""), (3, ""), (5, ""), (8, ""), (2, "cancelled"))
PAST = ((-1, STATUS.COMPLETED), (-2, STATUS.NO_SHOW), (-3, STATUS.COMPLETED), (-4, STATUS.CANCELLED_BY_PATIENT))
WAITING = 3


@dataclass(frozen=True, kw_only=True)
class _Person:
    number: int
    consultation: Consultation

    @property
    def is_known(self) -> bool:
        """Whether an earlier run made this person."""
        return ConsultationRequest.objects.filter(form_key=self.consultation.form_key).exists()


def may_write_to_nobody() -> bool:
    """With a provider set up, demo people agree to no messages, so that nothing leaves the house."""
    return bool(settings.TWILIO_CONFIGURED or settings.EMAIL_CONFIGURED)


def seed_visits(consultation: AppointmentType) -> int:
    """Make the people that are missing; returns how many were made."""
    everybody = [
        _person(number, *said) for number, said in enumerate(islice(people(), len(COMING) + len(PAST) + WAITING))
    ]
    missing = [person for person in everybody if not person.is_known]
    for person in missing:
        with transaction.atomic():
            _seed_person(person, consultation)
    return len(missing)


def _seed_person(person: _Person, kind: AppointmentType) -> None:
    request = submit_consultation(person.consultation, evidence=Evidence(page="seed_demo"))
    past = person.number - len(COMING)
    if person.number < len(COMING):
        days, outcome = COMING[person.number]
        _book_coming(request, kind, days, is_cancelled=bool(outcome))
    elif past < len(PAST):
        days, status = PAST[past]
        _write_past(request, kind, workday(days), status)


def _person(number: int, name: str, email: str, phone: str) -> _Person:
    is_past = len(COMING) <= number < len(COMING) + len(PAST)
    agrees = not is_past and not may_write_to_nobody()
    return _Person(
        number=number,
        consultation=Consultation(
            name=name,
            email=email,
            phone=phone,
            state="MN",
            form_key=uuid.uuid5(SEED, f"person-{number}"),
            help_with=(HELP[number % len(HELP)],),
            message="" if number % 3 else "A made-up person of the demo.",
            sms_consent=agrees and number % 2 == 0,
            email_consent=agrees and number % 4 != 1,
            voicemail_ok=number % 3 == 0,
            discreet=number % 5 == 0,
        ),
    )


def workday(count: int) -> dt.date:
    """The clinic's date that many workdays from today; today or the next workday for 0."""
    date = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
    step = dt.timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left or date.weekday() not in WORKDAYS:
        date += step
        left -= date.weekday() in WORKDAYS and left > 0
    return date


def _book_coming(request: ConsultationRequest, kind: AppointmentType, days: int, *, is_cancelled: bool) -> None:
    """Through the front door, at the first free time of the day or of the days after it."""
    first = workday(days)
    free = availability.free_starts(
        appointment_type=kind, first_day=first, last_day=first + dt.timedelta(days=14), now=timezone.now()
    )
    if not free:  # a load run filled the days: the request waits, as others do
        return
    modes = kind.offered_modes
    visit = services.book(
        request=request,
        appointment_type=kind,
        start=min(free),
        mode=modes[days % len(modes)],
        booking_key=uuid.uuid5(request.form_key, "visit"),
        source=AppointmentEvent.Source.WEB,
    )
    if is_cancelled:
        services.cancel(appointment=visit, source=AppointmentEvent.Source.WEB, reason="Made-up reason of the demo")


def _write_past(request: ConsultationRequest, kind: AppointmentType, date: dt.date, status: str) -> None:
    zone = ClinicProfile.current().zone_info
    starts_at = dt.datetime.combine(date, dt.time(9), zone).astimezone(dt.UTC)
    clinician = kind.clinicians.order_by("created_at", "pk").first()
    if clinician is None or Appointment.objects.filter(clinician=clinician, starts_at__date=starts_at.date()).exists():
        return
    write_visit(request, kind, clinician, starts_at, mode=Mode.IN_PERSON, states=(STATUS.BOOKED, status))
    ConsultationRequest.objects.filter(pk=request.pk).update(created_at=starts_at - dt.timedelta(days=4))


def write_visit(
    request: ConsultationRequest,
    kind: AppointmentType,
    clinician: Clinician,
    starts_at: dt.datetime,
    *,
    mode: Mode,
    states: Sequence[str],
) -> None:
    """A visit that went through these states, as rows: nobody can book the past. The guard holds for them too.

    Where the visit is over, the request is closed.
    """
    ends_at = starts_at + dt.timedelta(minutes=kind.duration)
    visit = Appointment.objects.create(
        request=request,
        patient=request.patient,
        clinician=clinician,
        appointment_type=kind,
        mode=mode,
        status=states[-1],
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_from=starts_at - dt.timedelta(minutes=kind.buffer_before),
        occupied_until=ends_at + dt.timedelta(minutes=kind.buffer_after),
        booking_key=uuid.uuid5(request.form_key, "visit"),
    )
    for state in states:
        AppointmentEvent.objects.create(
            appointment=visit, event=state, source=AppointmentEvent.Source.SYSTEM, starts_at=starts_at, reason="Demo"
        )
    if states[-1] not in LIVE:
        close_request(request=request, reason="Visit held" if states[-1] == STATUS.COMPLETED else "No visit")
