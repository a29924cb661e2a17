"""The board of one day: each visit with what the desk must know and the one thing to do next. One query.

Nothing of what a person answered reaches this page: how far the questions are, and whether a clinician must call.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from clinic.models import ClinicProfile, DeskTask, User
from clinic.subject_names import SubjectName
from intake.selectors import SUBJECT as REQUEST
from intake.selectors import call_is_needed, is_on_hold, newest_sitting
from notifications.consent import agrees
from notifications.models import Channel
from scheduling.desk.visit import MOVABLE, ON_HOLD, legal_steps
from scheduling.models import Appointment, AppointmentEvent
from scheduling.steps import Seen
from scheduling.undoing import undoable_events

Status = Appointment.Status
VISIT = "scheduling.appointment"
CALLS = (DeskTask.Kind.CALL_BACK, DeskTask.Kind.TELL, DeskTask.Kind.OPT_OUT)
QUESTIONS = {
    "": "Questions not sent",
    "invited": "Questions not started",
    "in_progress": "Questions started",
    "completed": "Questions done",
    "in_person": "Questions in person",
    "waived": "Questions not needed",
}
CAME = (Status.ARRIVED, Status.COMPLETED)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which visits of the day."""

    day: dt.date
    clinician: uuid.UUID | None = None
    mode: str = ""


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One thing to know, in words. `tone` is `alert`, `warn` or nothing."""

    words: str
    tone: str = ""
    leads_to_safety: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One visit on the board. `undo` is the line of history that can be taken back now."""

    visit: Appointment
    flags: Sequence[Flag]
    primary: tuple[str, str] | None
    more: Sequence[tuple[str, str]]
    seen: Seen
    is_movable: bool
    undo: int | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How far the day is; cancelled visits do not count."""

    arrived: int
    expected: int
    missed: int


def rows_of(filters: Filters, *, by: User, now: dt.datetime, profile: ClinicProfile) -> list[Row]:
    """The visits of the day in order of time. What `by` may not know, or do, is left out."""
    zone = profile.zone_info
    first = dt.datetime.combine(filters.day, dt.time(), zone)
    end = dt.datetime.combine(filters.day + dt.timedelta(days=1), dt.time(), zone)
    visits = _with_flags(Appointment.objects.filter(starts_at__gte=first, starts_at__lt=end), by=by, now=now)
    if filters.clinician:
        visits = visits.filter(clinician=filters.clinician)
    if filters.mode:
        visits = visits.filter(mode=filters.mode)
    may_change, may_know = by.has_perm("scheduling.change_appointment"), by.has_perm("intake.see_call_needed")
    is_later = filters.day > now.astimezone(zone).date()
    return [_row(visit, may_change=may_change, may_know=may_know, is_later=is_later) for visit in visits]


def counts(rows: Iterable[Row]) -> Counts:
    """Of these rows."""
    states = [row.visit.status for row in rows if not row.visit.is_cancelled]
    return Counts(
        arrived=sum(state in CAME for state in states),
        expected=len(states),
        missed=sum(state == Status.NO_SHOW for state in states),
    )


def _with_flags(visits: QuerySet[Appointment], *, by: User, now: dt.datetime) -> QuerySet[Appointment]:
    about = Q(subject_ref=SubjectName(VISIT, OuterRef("pk"))) | Q(subject_ref=SubjectName(REQUEST, OuterRef("request")))
    tasks = DeskTask.objects.filter(about, closed_at=None)
    before = Appointment.objects.filter(
        patient=OuterRef("patient"), status=Status.COMPLETED, starts_at__lt=OuterRef("starts_at")
    )
    newest = AppointmentEvent.objects.filter(appointment=OuterRef("pk")).order_by("-id").values("pk")[:1]
    mine = AppointmentEvent.objects.filter(
        undoable_events(by=by, now=now), appointment=OuterRef("pk"), pk=OuterRef("newest")
    )
    return (
        visits.select_related("request", "patient", "clinician", "appointment_type")
        .annotate(
            newest=Subquery(newest),
            questions=newest_sitting(OuterRef("request")),
            call_needed=call_is_needed(OuterRef("patient")),
            is_held=is_on_hold(OuterRef("request")),
            is_known=Exists(before),
            is_undelivered=Exists(tasks.filter(kind=DeskTask.Kind.UNDELIVERED)),
            needs_call=Exists(tasks.filter(kind__in=CALLS)),
            may_text=agrees(channel=Channel.SMS, address=OuterRef("request__phone")),
            may_mail=agrees(channel=Channel.EMAIL, address=OuterRef("request__email_search")),
        )
        .annotate(undo=Subquery(mine.values("pk")[:1]))
        .order_by("starts_at", "pk")
    )


def _row(visit: Appointment, *, may_change: bool, may_know: bool, is_later: bool) -> Row:
    steps = list(legal_steps(visit)) if may_change else []
    primary = _primary(visit, steps, is_later=is_later)
    return Row(
        visit=visit,
        flags=_flags(visit, may_know=may_know),
        primary=primary,
        more=[step for step in steps if step != primary],
        seen=Seen.of(visit),
        is_movable=may_change and visit.status in MOVABLE,
        undo=visit.undo if may_change else None,  # type: ignore[attr-defined]  # annotated above
    )


def _primary(visit: Appointment, steps: Sequence[tuple[str, str]], *, is_later: bool) -> tuple[str, str] | None:
    """The next legal step of a visit that stands: confirm it before its day, then arrived, then completed."""
    if not visit.is_live:
        return None
    line = [Status.CONFIRMED] if is_later else [Status.ARRIVED, Status.COMPLETED]
    here = line.index(Status(visit.status)) + 1 if visit.status in line else 0
    wanted = line[here].value if here < len(line) else ""
    return next((step for step in steps if step[0] == wanted), None)


def _flags(visit: Appointment, *, may_know: bool) -> list[Flag]:
    said = vars(visit)
    no_letters = not said["may_mail"] and not (said["may_text"] and visit.request and not visit.request.phone_extension)
    found = [
        (may_know and said["call_needed"], Flag(words="Clinician call needed", tone="alert", leads_to_safety=True)),
        (said["is_held"], Flag(words=ON_HOLD, tone="alert")),
        (said["is_undelivered"], Flag(words="Message did not arrive", tone="warn")),
        (said["needs_call"], Flag(words="Needs a call", tone="warn")),
        (visit.is_overbooked, Flag(words="Overbooked", tone="warn")),
        (no_letters and not visit.is_cancelled, Flag(words="Contact unverified: no live consent", tone="warn")),
        (not said["is_known"], Flag(words="New")),
        (visit.is_live, Flag(words=QUESTIONS.get(said["questions"] or "", "Questions started"))),
    ]
    return [flag for applies, flag in found if applies]
