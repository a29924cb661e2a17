"""The nearest free times as a form: what somebody sees whose visit is off or whose offer is over."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import links
from clinic.models import ClinicProfile
from intake.models import ConsultationRequest
from scheduling import availability
from scheduling.models import Appointment, AppointmentType
from scheduling.views import offers

NEAREST = offers.CHOICES_A_PAGE - 2
WaysToMeet = Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, kw_only=True)
class NearestTimes:
    """Free times, and the page that takes the chosen one."""

    action: str
    button: str
    page: offers.TimePage
    modes: WaysToMeet
    booking_key: uuid.UUID


def nearest_times(
    asker: ConsultationRequest, kind: AppointmentType, around: dt.datetime, *, visit: Appointment | None
) -> NearestTimes | None:
    """The free times nearest to `around`, to book or to move `visit` there; None when nothing can be chosen."""
    if asker.status != ConsultationRequest.Status.OPEN:
        return None
    now = timezone.now()
    starts = availability.nearest_starts(
        appointment_type=kind,
        start=max(around, now),
        now=now,
        count=NEAREST + 1,
        patient=asker.patient,
        moving=visit,
        language=visit.language if visit else "",
    )
    starts = [start for start in starts if visit is None or start != visit.starts_at][:NEAREST]
    if not starts:
        return None
    return NearestTimes(
        action=f"{links.path_for('visit', visit.pk)}change/" if visit else links.path_for("time", asker.pk),
        button=_("Change to this time") if visit else _("Book this time"),
        page=offers.nearest_page(starts, chosen="", zone=ClinicProfile.current().zone_info),
        modes=ways_to_meet(kind, visit.mode if visit else ""),
        booking_key=uuid.uuid4(),
    )


def ways_to_meet(kind: AppointmentType, chosen: str) -> WaysToMeet:
    """The choices of how to meet, the clinic's first one ticked unless one is `chosen`; none where there is only one."""
    modes = kind.offered_modes
    ticked = chosen if chosen in modes else modes[0]
    return [(one.value, str(one.label), one.value == ticked) for one in modes] if len(modes) > 1 else []
