"""What the schedule writes as a visit comes near, is confirmed, or was missed."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import clock, links
from clinic.models import ClinicProfile
from intake.selectors import contact_addresses
from notifications import kinds, outbox
from notifications.models import Channel, Message
from notifications.outbox import Address
from scheduling import call_first
from scheduling.link_messages import SAMPLE_REQUEST
from scheduling.messages import SAMPLE, WAYS, facts_in_words, facts_of, short_time, visit_ref
from scheduling.models import Appointment

REMINDER = "scheduling.reminder"
CONFIRMED = "scheduling.confirmed"
MISSED = "scheduling.missed"
MISSED_USEFUL_FOR = dt.timedelta(days=2)


def register_kinds() -> None:
    """Tell the post room about these. Called from `apps.ready()`."""
    kinds.register(
        kinds.Kind(
            name=REMINDER,
            label="Reminder of an appointment",
            template="reminder",
            sample={**SAMPLE, "is_confirmed": False},
            states=(*WAYS, {"is_confirmed": True}),
            in_words=facts_in_words,
            when="3 days, 24 and 2 hours before a visit (clinic profile); the evening before instead of in quiet hours",
            fresh=near_words,
        )
    )
    kinds.register(
        kinds.Kind(
            name=CONFIRMED,
            label="Thanks for confirming",
            template="confirmed",
            sample=SAMPLE,
            in_words=facts_in_words,
            when="Once for each time of a visit, in answer to C or YES",
            fresh=near_words,
        )
    )
    kinds.register(
        kinds.Kind(
            name=MISSED,
            label="Missed appointment",
            template="missed",
            sample={**SAMPLE, "time_link": links.placeholder("time", SAMPLE_REQUEST)},
            in_words=facts_in_words,
            when="Ten minutes after staff marked a visit as missed; never while a clinician's call is needed",
            withheld=call_first.about_visit,
        )
    )


def near_time(moment: dt.datetime, zone: zoneinfo.ZoneInfo, *, now: dt.datetime) -> str:
    """Day, time and zone as people say them on that day or the day before: tomorrow at 2:00 PM CST."""
    local = moment.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    if days not in {0, 1}:
        return short_time(moment, zone)
    time = clock.letter_time_text(moment, zone)
    return (_("tomorrow at %(time)s") if days else _("today at %(time)s")) % {"time": time}


def near_words(context: Mapping[str, Any], profile: ClinicProfile) -> dict[str, str]:
    """`near`: the start as one says it at the moment at which the text is written."""
    start = dt.datetime.fromisoformat(str(context["starts"]))
    return {"near": near_time(start, profile.zone_info, now=timezone.now())}


def visit_reminder(
    appointment: Appointment, *, address: Address, occurrence: str, useless_after: dt.datetime
) -> list[Message]:
    """Put one reminder by one channel in the outbox, where that address still agrees."""
    is_confirmed = appointment.status == Appointment.Status.CONFIRMED
    return _enqueue(
        appointment,
        kind=REMINDER,
        addresses=[address],
        occurrence=occurrence,
        useless_after=useless_after,
        more={"is_confirmed": is_confirmed},
    )


def visit_confirmed(appointment: Appointment, *, number: str) -> list[Message]:
    """Thank the phone that confirmed, once for each time of the visit."""
    return _enqueue(
        appointment,
        kind=CONFIRMED,
        addresses=[(Channel.SMS, number)],
        occurrence=appointment.starts_at.isoformat(),
        useless_after=appointment.starts_at,
        more={},
        answers_own_action=True,
    )


def visit_missed(appointment: Appointment, *, not_before: dt.datetime) -> list[Message]:
    """Say that we missed each other, with the way to a new time."""
    if appointment.request is None:
        return []
    return _enqueue(
        appointment,
        kind=MISSED,
        addresses=contact_addresses(appointment.request),
        occurrence=f"{appointment.starts_at.isoformat()}|{not_before.isoformat()}",
        useless_after=not_before + MISSED_USEFUL_FOR,
        not_before=not_before,
        more={"time_link": links.placeholder("time", appointment.request.pk)},
    )


def _enqueue(
    appointment: Appointment,
    *,
    kind: str,
    addresses: Sequence[Address],
    occurrence: str,
    useless_after: dt.datetime,
    more: Mapping[str, object],
    not_before: dt.datetime | None = None,
    answers_own_action: bool = False,
) -> list[Message]:
    request = appointment.request
    if request is None:  # brought in from elsewhere: nobody consented to our messages about it
        return []
    return outbox.enqueue_consented(
        kind=kind,
        addresses=addresses,
        subject_ref=visit_ref(appointment),
        occurrence=occurrence,
        context={**facts_of(appointment), **more},
        useless_after=useless_after,
        not_before=not_before,
        answers_own_action=answers_own_action,
        is_discreet=request.is_discreet,
        language=request.language,
    )
