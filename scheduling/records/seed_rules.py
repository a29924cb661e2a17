"""The demo clinic's rules: profile, clinicians, hours, kinds of visit, one closure."""

import datetime as dt

from django.utils import timezone

from clinic.models import ClinicProfile, User
from clinic.profile_defaults import ensure_defaults
from scheduling.models import AppointmentType, Clinician, Location, ScheduleException, WorkingHours
from scheduling.records.names import CLINICIANS
from scheduling.records.seed_staff import email_of
from scheduling.selectors import CONSULTATION

MORNING = (dt.time(9), dt.time(12))
AFTERNOON = (dt.time(13), dt.time(17))
WORKDAYS = range(5)
CLOSED_IN_DAYS = 16
CLOSURE = "Staff training (demo)"


def seed_rules(clinicians: int) -> AppointmentType:
    """Make what is missing, at least `clinicians` people; returns the free consultation."""
    profile = ensure_defaults()
    if profile.booking_paused and not Clinician.objects.exists():  # as a live installation begins
        profile.booking_paused = False
        profile.save(update_fields=["booking_paused"])
    place, _made = Location.objects.get_or_create(
        name="Example Avenue office", defaults={"address": "100 Example Avenue, Suite 200\nMinneapolis, MN 55401"}
    )
    consultation = _consultation()
    _other_type()
    people = [_clinician(number, place) for number in range(clinicians)]
    consultation.clinicians.add(*people)
    _closure(profile)
    return consultation


def _consultation() -> AppointmentType:
    consultation, _made = AppointmentType.objects.get_or_create(
        slug=CONSULTATION,
        defaults={
            "name": "Free consultation",
            "name_es": "Consulta gratuita",
            "duration": 30,
            "slot_step": 40,
            "buffer_after": 10,
            "modes": ["in_person", "video", "phone"],
        },
    )
    return consultation


def _other_type() -> None:
    """Booked by the desk only: no public form leads to it while the consultation is active."""
    AppointmentType.objects.get_or_create(
        slug="follow-up",
        defaults={
            "name": "Follow-up visit",
            "name_es": "Cita de seguimiento",
            "duration": 60,
            "buffer_after": 15,
            "modes": ["in_person", "video"],
        },
    )


def _clinician(number: int, place: Location) -> Clinician:
    name = CLINICIANS[number] if number < len(CLINICIANS) else f"Dr. Fictive Number {number + 1}"
    user = User.objects.filter(email=email_of("clinician")).first() if number == 0 else None
    clinician, made = Clinician.objects.get_or_create(name=name, defaults={"user": user})
    if made:
        WorkingHours.objects.bulk_create(
            WorkingHours(clinician=clinician, location=place, weekday=weekday, starts=starts, ends=ends)
            for weekday in WORKDAYS
            for starts, ends in (MORNING, AFTERNOON)
        )
    return clinician


def _closure(profile: ClinicProfile) -> None:
    if not ScheduleException.objects.filter(reason=CLOSURE).exists():
        date = timezone.now().astimezone(profile.zone_info).date() + dt.timedelta(days=CLOSED_IN_DAYS)
        ScheduleException.objects.create(date=date, effect=ScheduleException.Effect.CLOSED, reason=CLOSURE)
