"""When a message comes too late: the clinic changed a visit, and somebody must call about it.

A text counts when it can leave, quiet hours of that number kept, `TEXT_TAKES` before the time that is
no longer true; an e-mail needs `EMAIL_TAKES`, because nobody reads mail on the way to a visit.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from clinic import desk_tasks
from clinic.models import ClinicProfile, DeskTask
from intake.models import ConsultationRequest
from notifications import hours
from notifications.models import Channel, Message
from scheduling.messages import visit_ref
from scheduling.models import Appointment

TEXT_TAKES = dt.timedelta(hours=2)
EMAIL_TAKES = dt.timedelta(hours=24)


def call_when_untellable(
    appointment: Appointment,
    *,
    rows: Sequence[Message],
    before: dt.datetime,
    now: dt.datetime | None = None,
) -> DeskTask | None:
    """Put a call on the desk, due now, unless one of the outbox's `rows` tells the patient in time.

    `before` is the earliest moment at which the patient would act on what is no longer true: the old
    start or the new one, whichever is first. Once per revision of the visit. None when no call is needed.
    """
    moment = now or timezone.now()
    profile = ClinicProfile.current()
    if before <= moment or any(_tells(row, before, profile, moment) for row in rows):
        return None
    return desk_tasks.open_task(
        kind=DeskTask.Kind.TELL,
        title="Call now: we changed this visit, and no message tells the patient in time",
        subject_ref=visit_ref(appointment),
        due_at=moment,
        dedupe_key=f"tell|{visit_ref(appointment)}|{appointment.revision}",
    )


def nothing_to_tell(appointment: Appointment, *, outcome: str) -> int:
    """Close the calls about an earlier change: what they say is no longer true. Returns how many."""
    return desk_tasks.close_tasks(subject_ref=visit_ref(appointment), kind=DeskTask.Kind.TELL, outcome=outcome)


def stop_calling(*, request: ConsultationRequest) -> None:
    """Close the calls about visits of this request that we called off: another time was booked."""
    called_off = Appointment.objects.filter(request=request, status=Appointment.Status.CANCELLED_BY_CLINIC)
    for visit in called_off:
        nothing_to_tell(visit, outcome="A new time was booked")


def _tells(row: Message, before: dt.datetime, profile: ClinicProfile, now: dt.datetime) -> bool:
    leaves = max(now, row.not_before)
    if row.channel != Channel.SMS:
        return leaves + EMAIL_TAKES <= before
    return hours.next_allowed(number=row.address, profile=profile, now=leaves) + TEXT_TAKES <= before
