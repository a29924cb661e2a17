"""The demo's on-call roster, without which screening stays off."""

import datetime as dt

from django.utils import timezone

from clinic import switches
from clinic.models import ClinicProfile, OnCallShift, User
from scheduling.records.seed_staff import email_of

SHIFT = dt.timedelta(days=30)
AHEAD = dt.timedelta(days=8)  # readiness looks at seven


def seed_roster() -> None:
    """Somebody is on call from now on for a month; the first time, screening goes on when nothing stands in its way.

    What staff switched off later stays off.
    """
    now = timezone.now()
    is_first = not OnCallShift.objects.exists()
    covered_until = OnCallShift.objects.order_by("-ends_at").values_list("ends_at", flat=True).first() or now
    if covered_until < now + AHEAD:
        user = User.objects.get(email=email_of("clinician"))
        begins = max(covered_until, now)
        OnCallShift.objects.create(user=user, starts_at=begins, ends_at=begins + SHIFT, email=user.email)
    if is_first and not switches.obstacles("screening_on"):
        ClinicProfile.objects.filter(pk=ClinicProfile.current().pk).update(screening_on=True)
