"""Demo roster: the clinician is on call day and night, so that the questions before a visit can be switched on."""

import datetime as dt

from django.utils import timezone

from clinic import switches
from clinic.models import ClinicProfile, OnCallShift, User
from scheduling.records.seed_staff import email_of

AHEAD = dt.timedelta(days=60)


def seed_on_call() -> bool:
    """Fill the roster once, and switch screening on when nothing stands in its way. True when it is on.

    A roster that staff changed stays as it is, and so does a switch that was on before.
    """
    now = timezone.now()
    clinician = User.objects.get(email=email_of("clinician"))
    if not OnCallShift.objects.exists():
        OnCallShift.objects.create(user=clinician, starts_at=now, ends_at=now + AHEAD, email=clinician.email)
        if not switches.obstacles("screening_on"):
            ClinicProfile.current()
            ClinicProfile.objects.update(screening_on=True)
    return ClinicProfile.current().screening_on
