"""A clinician's day that cannot be held: call the visits off, hand them to a colleague, or block time.

One transaction for each visit: what fails is told row by row, and doing it again finds only what is left.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction
from django.utils import timezone

from clinic.access import subject_ref
from clinic.base import ClinicError
from clinic.models import ClinicProfile, DeskTask, User
from notifications.models import Channel, Message
from scheduling import availability
from scheduling.cancelling import cancel
from scheduling.models import (
    LIVE,
    Appointment,
    AppointmentEvent,
    AppointmentType,
    Clinician,
    Language,
    ScheduleException,
)
from scheduling.rescheduling import reschedule
from scheduling.steps import what_happened
from scheduling.waivers import Rule, Waiver, lenient

logger = logging.getLogger(__name__)

STAFF = AppointmentEvent.Source.STAFF
OFFERED, DAYS_AHEAD = 3, 14
TROUBLE = "Something went wrong on our side. Nothing was changed: try this one again."
HAND_OVER_WAIVES = frozenset({Rule.NOTICE, Rule.HORIZON, Rule.CAP, Rule.HOURS})  # hours are looked at by `fits`


@dataclass(frozen=True, kw_only=True)
class Away:
    """When a clinician cannot be had: `[first, last)`. Their times in it are not offered to anybody."""

    clinician: Clinician
    first: dt.datetime
    last: dt.datetime

    def leaves(self, starts: availability.Starts) -> list[dt.datetime]:
        """The starts that somebody else holds, or that lie outside."""
        return [
            start
            for start, people in starts.items()
            if not self.first <= start < self.last or any(one.pk != self.clinician.pk for one in people)
        ]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one visit: whether it was changed, why not, how the patient hears, or that the desk calls."""

    visit: Appointment
    is_done: bool
    problem: str = ""
    told_by: Sequence[str] = field(default_factory=tuple)
    needs_call: bool = False


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Whether a colleague can take one visit at its time, and in words why not."""

    visit: Appointment
    problem: str

    @property
    def fits(self) -> bool:
        """Nothing stands against it."""
        return not self.problem


def visits_between(clinician: Clinician, first: dt.datetime, last: dt.datetime) -> list[Appointment]:
    """The live visits of a clinician that touch `[first, last)`, in order of time; one query."""
    rows = Appointment.objects.filter(clinician=clinician, status__in=LIVE, starts_at__lt=last, ends_at__gt=first)
    return list(rows.select_related("patient", "clinician", "appointment_type", "request").order_by("starts_at", "pk"))


def block_time(
    *, clinician: Clinician, day: dt.date, starts: dt.time | None, ends: dt.time | None, reason: str
) -> ScheduleException:
    """Close a day of a clinician, or a part of it; the same closure twice is one. Visits in it stay."""
    same = {
        "clinician": clinician,
        "date": day,
        "effect": ScheduleException.Effect.CLOSED,
        "starts": starts,
        "ends": ends,
    }
    standing = ScheduleException.objects.filter(**same).first()
    return standing or ScheduleException.objects.create(**same, reason=reason[:120])


def nearest_times(visits: Sequence[Appointment], *, away: Away, now: dt.datetime) -> dict[uuid.UUID, list[dt.datetime]]:
    """Free starts near each visit, with anybody who is there; the queries grow with the types, not with the visits."""
    today = now.astimezone(ClinicProfile.current().zone_info).date()
    last = today + dt.timedelta(days=DAYS_AHEAD)
    kinds = {visit.appointment_type_id: visit.appointment_type for visit in visits}
    free = {
        pk: away.leaves(availability.free_starts(appointment_type=kind, first_day=today, last_day=last, now=now))
        for pk, kind in kinds.items()
    }
    return {visit.pk: _nearest(free[visit.appointment_type_id], visit.starts_at) for visit in visits}


def call_off_visits(
    visits: Sequence[Appointment], *, away: Away, reason: str, by: User, now: dt.datetime | None = None
) -> list[Done]:
    """Call each visit off, with the nearest free times and the link to choose; who cannot hear in time is called."""
    moment = now or timezone.now()
    nearest = nearest_times(visits, away=away, now=moment)
    problems = {visit.pk: _call_off(visit, nearest[visit.pk], reason, by, moment) for visit in visits}
    return _results(visits, problems)


def plan_hand_over(visits: Sequence[Appointment], to: Clinician, *, now: dt.datetime) -> list[Fit]:
    """Which visits the colleague can take at their time: hours and other visits count, notice and cap do not."""
    if not visits:
        return []
    zone = ClinicProfile.current().zone_info
    first, last = (visits[edge].starts_at.astimezone(zone).date() for edge in (0, -1))
    kinds = {visit.appointment_type_id: visit.appointment_type for visit in visits}
    held = set(AppointmentType.objects.filter(pk__in=kinds, clinicians=to).values_list("pk", flat=True))
    free = {
        pk: availability.free_starts(
            appointment_type=lenient(kind), first_day=first, last_day=last, now=now, clinician=to
        )
        for pk, kind in kinds.items()
        if pk in held
    }
    return [Fit(visit=visit, problem=_against(visit, to, held, free)) for visit in visits]


def hand_over(
    visits: Sequence[Appointment], to: Clinician, *, reason: str, by: User, now: dt.datetime | None = None
) -> list[Done]:
    """Give each visit that fits to the colleague, at its time; the others stay, and the row says why."""
    moment = now or timezone.now()
    problems = {
        fit.visit.pk: fit.problem or _give(fit.visit, to, reason, by, moment)
        for fit in plan_hand_over(visits, to, now=moment)
    }
    return _results(visits, problems)


def _nearest(starts: Iterable[dt.datetime], wanted: dt.datetime) -> list[dt.datetime]:
    return sorted(sorted(starts, key=lambda start: abs(start - wanted))[:OFFERED])


def _call_off(visit: Appointment, new_times: Sequence[dt.datetime], reason: str, by: User, now: dt.datetime) -> str:
    """Why it was not called off, or an empty text."""
    try:
        with transaction.atomic():
            seen = Appointment.objects.filter(pk=visit.pk, status__in=LIVE, revision=visit.revision)
            if not seen.select_for_update().exists():  # from here on nobody else changes it
                return f"Somebody was faster: {what_happened(Appointment.objects.get(pk=visit.pk))}."
            cancel(appointment=visit, source=STAFF, by=by, reason=reason, new_times=new_times, now=now)
    except ClinicError as error:
        return str(error)
    except DatabaseError:
        logger.exception("A visit could not be called off")
        return TROUBLE
    return ""


def _give(visit: Appointment, to: Clinician, reason: str, by: User, now: dt.datetime) -> str:
    """Why it was not handed over, or an empty text."""
    try:
        reschedule(
            appointment=visit,
            start=visit.starts_at,
            clinician=to,
            change_key=uuid.uuid4(),
            source=STAFF,
            by=by,
            now=now,
            waiver=Waiver(rules=HAND_OVER_WAIVES, reason=reason),
            seen_revision=visit.revision,
        )
    except ClinicError as error:
        return str(error)
    except DatabaseError:
        logger.exception("A visit could not be handed over")
        return TROUBLE
    return ""


def _against(
    visit: Appointment, to: Clinician, held: set[uuid.UUID], free: dict[uuid.UUID, availability.Starts]
) -> str:
    if visit.status == Appointment.Status.ARRIVED:
        return "They are here already."
    if visit.appointment_type_id not in held:
        return f"{to} does not hold {visit.appointment_type}."
    if visit.language and visit.language not in to.languages:
        return f"{to} does not speak {Language(visit.language).label}."
    if visit.starts_at not in free[visit.appointment_type_id]:
        return f"{to} has another visit then, or does not work."
    return ""


def _results(visits: Sequence[Appointment], problems: dict[uuid.UUID, str]) -> list[Done]:
    """What became of each, in two queries: the letters that wait, and the calls on the desk."""
    refs = {subject_ref("scheduling.appointment", visit.pk): visit.pk for visit in visits}
    letters: dict[uuid.UUID, set[str]] = {}
    waiting = Message.objects.filter(subject_ref__in=refs, state__in=(Message.State.QUEUED, Message.State.SENDING))
    for ref, channel in waiting.values_list("subject_ref", "channel"):
        letters.setdefault(refs[ref], set()).add(str(Channel(channel).label).lower())
    open_calls = DeskTask.objects.filter(subject_ref__in=refs, kind=DeskTask.Kind.TELL, closed_at=None)
    called = {refs[ref] for ref in open_calls.values_list("subject_ref", flat=True)}
    return [
        Done(
            visit=visit,
            is_done=not problems[visit.pk],
            problem=problems[visit.pk],
            told_by=sorted(letters.get(visit.pk, ())),
            needs_call=visit.pk in called,
        )
        for visit in visits
    ]
