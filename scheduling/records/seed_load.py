"""Made-up visits by the thousand, for load: written in bulk, with the database guard on."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from clinic.base import ClinicError
from clinic.models import ClinicProfile
from intake.models import ConsultationRequest, Patient
from scheduling.availability import starts_within
from scheduling.models import OCCUPYING, Appointment, AppointmentEvent, AppointmentType, Clinician, ScheduleException
from scheduling.records.names import people
from scheduling.records.seed_rules import AFTERNOON, MORNING, WORKDAYS
from scheduling.slots import Interval, clinic_windows

BATCH = 2000
MARK = "L"  # begins the reference of a load request; no real reference holds this letter
KEYS = uuid.UUID("10ad0000-0000-4000-8000-000000000000")
STATUS = Appointment.Status
Time = tuple[Clinician, dt.datetime]
Who = tuple[str, str, str]  # name, e-mail address, number
PAST_OUTCOMES = (*(STATUS.COMPLETED,) * 8, STATUS.NO_SHOW, STATUS.CANCELLED_BY_PATIENT)
COMING_OUTCOMES = (STATUS.BOOKED, STATUS.BOOKED, STATUS.CONFIRMED)
PAST_VISITS_EACH = 10  # of one made-up person; a coming visit has a person of its own
LEAVE_FREE = (1, 3)  # of each five coming times, so that people who try the demo still find some


class SeedSizeError(ClinicError):
    """The clinicians and days asked for do not hold the visits asked for."""


def missing_visits(wanted: int) -> int:
    """How many load visits are still to be made."""
    return max(0, wanted - _made())


def seed_load(kind: AppointmentType, *, days: int, wanted: int) -> int:
    """Write what is missing to `wanted` load visits within `days` on both sides of today; returns how many.

    Raises SeedSizeError before writing anything when they do not fit.
    """
    first, missing = _made(), missing_visits(wanted)
    times = list(islice(_free_times(kind, days), missing))
    if len(times) < missing:
        raise SeedSizeError(
            f"{kind.clinicians.count()} clinicians hold {len(times)} more visits within {days} days, not {missing}. "
            "Give more --clinicians or more --days."
        )
    who = islice(people(), 100 + first, None)  # past the people of the small demo
    for begin in range(0, missing, BATCH):
        _write(kind, first + begin, times[begin : begin + BATCH], who)
    ConsultationRequest.objects.filter(reference__startswith=MARK).update(created_at=F("answer_promised_by"))
    return missing


def _made() -> int:
    return Appointment.objects.filter(request__reference__startswith=MARK).count()


def _free_times(kind: AppointmentType, days: int) -> Iterator[Time]:
    """Clinician and start: from today outwards, every past time and some coming ones."""
    zone, now = ClinicProfile.current().zone_info, timezone.now()
    today = now.astimezone(zone).date()
    busy = _busy(kind)
    closed = set(ScheduleException.objects.filter(clinician=None).values_list("date", flat=True))
    clinicians = list(kind.clinicians.order_by("created_at", "pk"))
    for offset in (sign * count for count in range(1, days + 1) for sign in (-1, 1)):
        date = today + dt.timedelta(days=offset)
        if date.weekday() not in WORKDAYS or date in closed or offset > kind.horizon_days:
            continue
        windows = clinic_windows(date, [MORNING, AFTERNOON], [], zone)
        for clinician in clinicians:
            starts = starts_within(kind, windows, busy[clinician.pk, date])
            for index, start in enumerate(starts):
                if offset < 0 or index % 5 not in LEAVE_FREE:
                    yield clinician, start


def _busy(kind: AppointmentType) -> dict[tuple[object, dt.date], list[Interval]]:
    """What stands in the diaries, by clinician and date; the office hours lie within one UTC day."""
    busy: dict[tuple[object, dt.date], list[Interval]] = defaultdict(list)
    holds_time = Q(status__in=OCCUPYING) | Q(held_until__isnull=False)  # as the guard counts, over or not
    rows = Appointment.objects.filter(holds_time, clinician__in=kind.clinicians.all())
    for clinician, begin, end in rows.values_list("clinician_id", "occupied_from", "occupied_until").iterator():
        busy[clinician, begin.date()].append((begin, end))
    return busy


def _write(kind: AppointmentType, first: int, times: list[Time], who: Iterator[Who]) -> None:
    """One batch, whole or not at all."""
    now = timezone.now()
    requests: list[ConsultationRequest] = []
    visits: list[Appointment] = []
    with_room: ConsultationRequest | None = None
    past_visits = 0
    for number, (clinician, start) in enumerate(times, start=first):
        if start >= now:
            request = _request(number, start, next(who), now)
            requests.append(request)
        else:
            if with_room is None or past_visits % PAST_VISITS_EACH == 0:
                with_room = _request(number, start, next(who), now)
                requests.append(with_room)
            request, past_visits = with_room, past_visits + 1
        visits.append(_visit(number, kind, clinician, start, request, now))
    with transaction.atomic():
        Patient.objects.bulk_create([request.patient for request in requests])
        ConsultationRequest.objects.bulk_create(requests)
        Appointment.objects.bulk_create(visits)
        AppointmentEvent.objects.bulk_create(
            AppointmentEvent(
                appointment=visit,
                event=visit.status,
                source=AppointmentEvent.Source.SYSTEM,
                starts_at=visit.starts_at,
            )
            for visit in visits
        )


def _request(number: int, start: dt.datetime, who: Who, now: dt.datetime) -> ConsultationRequest:
    name, email, phone = who
    is_past = start < now
    return ConsultationRequest(
        patient=Patient(name=name, email=email, phone=phone),
        reference=f"{MARK}{number:09d}",
        status=ConsultationRequest.Status.CLOSED if is_past else ConsultationRequest.Status.OPEN,
        closed_at=start if is_past else None,
        close_reason="Visit held" if is_past else "",
        for_whom=ConsultationRequest.ForWhom.ME,
        state="MN",
        name=name,
        email=email,
        phone=phone if is_past else "",  # few numbers exist, and one number holds few coming visits
        answer_promised_by=min(start, now) - dt.timedelta(days=5),
        form_key=uuid.uuid5(KEYS, f"form-{number}"),
    )


def _visit(
    number: int,
    kind: AppointmentType,
    clinician: Clinician,
    start: dt.datetime,
    request: ConsultationRequest,
    now: dt.datetime,
) -> Appointment:
    outcomes = PAST_OUTCOMES if start < now else COMING_OUTCOMES
    end = start + dt.timedelta(minutes=kind.duration)
    return Appointment(
        request=request,
        patient=request.patient,
        clinician=clinician,
        appointment_type=kind,
        mode=kind.offered_modes[number % len(kind.offered_modes)],
        status=outcomes[number % len(outcomes)],
        starts_at=start,
        ends_at=end,
        occupied_from=start - dt.timedelta(minutes=kind.buffer_before),
        occupied_until=end + dt.timedelta(minutes=kind.buffer_after),
        booking_key=uuid.uuid5(KEYS, f"visit-{number}"),
    )
