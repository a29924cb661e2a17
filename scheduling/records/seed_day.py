"""Today at the demo clinic: visits that are over, under way and to come, so that the desk's board shows a day."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.desk_tasks import close_tasks
from clinic.models import ClinicProfile, DeskTask
from intake.models import ConsultationRequest
from intake.selectors import subject_of
from intake.services import Consultation, Evidence, submit_consultation
from scheduling.models import Appointment, AppointmentType, Clinician, Mode
from scheduling.records.names import AREA_CODES, CLINICIANS
from scheduling.records.seed_rules import WORKDAYS
from scheduling.records.seed_visits import SEED, may_write_to_nobody, write_visit

STATUS = Appointment.Status
SOON = dt.timedelta(minutes=12)  # who comes so early is in the waiting room


@dataclass(frozen=True, kw_only=True)
class _Planned:
    """A visit of the demo day: wall time, place in CLINICIANS, and what becomes of it once it is over."""

    name: str
    at: dt.time
    clinician: int
    mode: Mode
    end: Appointment.Status = STATUS.COMPLETED
    is_confirmed: bool = False


PLAN = (
    _Planned(name="Maren Holloway", at=dt.time(9), clinician=0, mode=Mode.IN_PERSON),
    _Planned(name="Theo Lindgren", at=dt.time(9), clinician=1, mode=Mode.PHONE, end=STATUS.NO_SHOW),
    _Planned(name="Priya Anand", at=dt.time(9, 40), clinician=0, mode=Mode.VIDEO),
    _Planned(name="Rosa Delmonte", at=dt.time(10, 20), clinician=0, mode=Mode.IN_PERSON),
    _Planned(name="Jonah Whitlock", at=dt.time(11), clinician=1, mode=Mode.IN_PERSON, is_confirmed=True),
    _Planned(name="Amara Osei", at=dt.time(11, 40), clinician=2, mode=Mode.VIDEO, is_confirmed=True),
    _Planned(name="Caleb Thornbury", at=dt.time(13), clinician=0, mode=Mode.IN_PERSON),
    _Planned(name="Lucía Ferrer", at=dt.time(13, 40), clinician=2, mode=Mode.PHONE, is_confirmed=True),
    _Planned(name="Wendell Park", at=dt.time(15), clinician=1, mode=Mode.VIDEO),
)
# Whatever the hour, these have not begun: somebody who tries the board in the evening has something to do.
STILL_OPEN = tuple(
    _Planned(name=name, at=dt.time(18 + number // 2, 30 * (number % 2)), clinician=number % 3, mode=Mode.IN_PERSON)
    for number, name in enumerate(
        ("Hanna Brandt", "Silas Okafor", "Mira Castell", "Jude Farrow", "Nadia Wells", "Otis Quill", "Tamsin Bell")
    )
)


def seed_day(kind: AppointmentType, *, is_busy: bool) -> int:
    """Make today's visits that are missing and find their time free; returns how many.

    `is_busy`: also on a weekend, and some that are still to come whatever the hour.
    """
    profile = ClinicProfile.current()
    now = timezone.now()
    date = now.astimezone(profile.zone_info).date()
    if date.weekday() not in WORKDAYS and not is_busy:
        return 0
    crew = list(Clinician.objects.filter(name__in=CLINICIANS))
    crew.sort(key=lambda one: CLINICIANS.index(one.name))
    made = 0
    for number, planned in enumerate((*PLAN, *(STILL_OPEN if is_busy else ()))):
        key = uuid.uuid5(SEED, f"day-{date}-{number}")
        if ConsultationRequest.objects.filter(form_key=key).exists():
            continue
        starts_at = dt.datetime.combine(date, planned.at, profile.zone_info).astimezone(dt.UTC)
        try:
            with transaction.atomic():
                _write(planned, kind, crew[planned.clinician % len(crew)], starts_at, key=key, now=now, number=number)
        except IntegrityError:  # somebody who tries the demo has booked that time
            continue
        made += 1
    return made


def _write(
    planned: _Planned,
    kind: AppointmentType,
    clinician: Clinician,
    starts_at: dt.datetime,
    *,
    key: uuid.UUID,
    now: dt.datetime,
    number: int,
) -> None:
    request = _request(planned.name, key, number)
    close_tasks(subject_ref=subject_of(request), kind=DeskTask.Kind.CALL_BACK, outcome="Booked")
    ends_at = starts_at + dt.timedelta(minutes=kind.duration)
    states = _states(planned, starts_at=starts_at, ends_at=ends_at, now=now)
    write_visit(request, kind, clinician, starts_at, mode=planned.mode, states=states)
    asked_at = starts_at - dt.timedelta(days=3 + number)
    promised_by = asked_at + dt.timedelta(hours=24)
    ConsultationRequest.objects.filter(pk=request.pk).update(created_at=asked_at, answer_promised_by=promised_by)


def _request(name: str, key: uuid.UUID, number: int) -> ConsultationRequest:
    agrees = not may_write_to_nobody()
    return submit_consultation(
        Consultation(
            name=name,
            email=f"{name.split()[0].lower()}.{number}@person.example".encode("ascii", "ignore").decode(),
            phone=f"+1{AREA_CODES[number % len(AREA_CODES)]}55501{70 + number}",
            state="MN",
            form_key=key,
            sms_consent=agrees,
            email_consent=agrees and number % 3 == 0,
            voicemail_ok=number % 2 == 0,
            discreet=number % 4 == 1,
        ),
        evidence=Evidence(page="seed_demo"),
    )


def _states(planned: _Planned, *, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime) -> list[str]:
    """The line of states that the visit has gone through by now."""
    if planned in STILL_OPEN:
        return [STATUS.BOOKED]
    if ends_at <= now:
        return [STATUS.BOOKED, planned.end]
    if starts_at - SOON <= now:
        return [STATUS.BOOKED, STATUS.ARRIVED]
    return [STATUS.BOOKED, STATUS.CONFIRMED] if planned.is_confirmed else [STATUS.BOOKED]
