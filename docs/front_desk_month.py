"""Four weeks of the demo clinic before the pictures are taken: requests, calls and visits, as rows. Nobody here exists."""

import datetime as dt
import uuid
from itertools import count, islice

from django.utils import timezone

from clinic.models import ClinicProfile, DeskTask, User
from intake.models import ConsultationRequest
from intake.services import Consultation, Evidence, submit_consultation
from scheduling.models import Appointment, AppointmentEvent, AppointmentType, Clinician, Mode
from scheduling.records.names import AREA_CODES, people
from scheduling.selectors import CONSULTATION

SOURCES = ("website", "search", "website", "referral", "website", "maps")
ENDS = ("completed",) * 7 + ("no_show", "completed", "cancelled_by_patient")
TIMES = ((9, 0), (9, 40), (10, 20), (11, 0), (13, 0), (13, 40), (14, 20), (15, 0))
WAITING = (("Ines Marlowe", 3.2, True), ("Desmond Hale", 26.5, False), ("Yuki Tanabe", 1.1, True))
numbers, phones = count(300), count()


def fill_month() -> None:
    """Past weekdays each with some visits, and three people who wait for a call."""
    profile = ClinicProfile.current()
    kind = AppointmentType.objects.get(slug=CONSULTATION)
    crew = list(Clinician.objects.order_by("name"))
    today = timezone.now().astimezone(profile.zone_info).date()
    names = islice(people(), 60, None)
    for back in range(1, 29):
        date = today - dt.timedelta(days=back)
        for hour, minute in TIMES[: (back * 5) % 7 + 1] if date.weekday() < 5 else ():
            starts_at = dt.datetime.combine(date, dt.time(hour, minute), profile.zone_info).astimezone(dt.UTC)
            number = next(numbers)
            if _is_busy(crew[number % len(crew)], starts_at):
                continue
            request = _asked(next(names)[0], starts_at - dt.timedelta(days=1 + number % 5, hours=number % 7))
            _visit(request, kind, crew[number % len(crew)], starts_at, ENDS[number % len(ENDS)])
    for name, hours, may_text in WAITING:
        _asked(name, timezone.now() - dt.timedelta(hours=hours), agrees=may_text)
    _late(name=WAITING[1][0])


def _asked(name: str, at: dt.datetime, *, agrees: bool = False) -> ConsultationRequest:
    number, phone = next(numbers), next(phones)
    request = submit_consultation(
        Consultation(
            name=name,
            phone=f"+1{AREA_CODES[phone // 100]}55501{phone % 100:02}",
            email=f"{name.split()[0].lower()}.{number}@person.example",
            state="MN",
            form_key=uuid.uuid4(),
            source=SOURCES[number % len(SOURCES)],
            sms_consent=agrees,
            email_consent=agrees,
            voicemail_ok=agrees,
        ),
        evidence=Evidence(page="guide"),
    )
    ConsultationRequest.objects.filter(pk=request.pk).update(created_at=at)
    request.refresh_from_db()
    return request


def _is_busy(clinician: Clinician, starts_at: dt.datetime) -> bool:
    return Appointment.objects.filter(clinician=clinician, starts_at=starts_at).exists()


def _late(*, name: str) -> None:
    promised = timezone.now() - dt.timedelta(hours=2)
    rows = ConsultationRequest.objects.filter(name=name)
    rows.update(answer_promised_by=promised)
    DeskTask.objects.filter(subject_ref__in=[f"intake.request:{row.pk}" for row in rows]).update(due_at=promised)


def _visit(
    request: ConsultationRequest, kind: AppointmentType, clinician: Clinician, starts_at: dt.datetime, end: str
) -> None:
    ends_at = starts_at + dt.timedelta(minutes=kind.duration)
    visit = Appointment.objects.create(
        request=request,
        patient=request.patient,
        clinician=clinician,
        appointment_type=kind,
        mode=Mode.values[next(numbers) % 3],
        status=end,
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_from=starts_at,
        occupied_until=ends_at,
        booking_key=uuid.uuid4(),
    )
    asked_at = request.created_at + dt.timedelta(minutes=20 + next(numbers) % 200)
    Appointment.objects.filter(pk=visit.pk).update(created_at=asked_at)
    caller = User.objects.get(email="desk@clinic.example")
    AppointmentEvent.objects.create(
        appointment=visit, event=end, source=AppointmentEvent.Source.STAFF, made_by=caller, starts_at=starts_at
    )
    ConsultationRequest.objects.filter(pk=request.pk).update(
        status="closed", closed_at=ends_at, close_reason="Visit held"
    )
    DeskTask.objects.filter(subject_ref=f"intake.request:{request.pk}", closed_at=None).update(closed_at=asked_at)
