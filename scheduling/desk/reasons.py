"""Why somebody stands on the list of whom to call next. Each source is read once, however many people it names.

The order of `Why` is the order of the list. Nothing here knows an answer: a call is needed or it is not.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef
from django.urls import reverse

from clinic import subjects
from clinic.desk_tasks import WORKED_ELSEWHERE
from clinic.models import DeskTask
from intake.models import ConsultationRequest, ContactAttempt, Patient
from intake.selectors import SUBJECT as REQUEST
from intake.selectors import calls_needed
from notifications.models import InboundMessage
from scheduling.models import LIVE, Appointment
from scheduling.stranding import findings, named
from scheduling.waiting.selectors import wanted_times

SOON = dt.timedelta(hours=4)
MOST = 300  # of each source: more is no list to work through
NO_VISIT = "A visit did not take place: offer a new time"
HAD_VISIT = Exists(Appointment.objects.filter(request=OuterRef("pk")))
VISIT, INBOUND = "scheduling.appointment", "notifications.inbound"


class Why(StrEnum):
    """The kinds of reasons, most pressing first; the value stands in the address as `?only=`."""

    SAFETY = "safety"
    PROMISE = "promise"
    SOON = "soon"
    UNDELIVERED = "undelivered"
    INBOUND = "inbound"
    CALLBACKS = "callbacks"
    WAITING = "waiting"
    STRANDED = "stranded"
    PROVIDER = "provider"
    OTHER = "other"
    AGE = "age"


ORDER = list(Why)
LABELS = {
    Why.SAFETY: "Clinician calls",
    Why.PROMISE: "Promised time passed",
    Why.SOON: "Visit soon",
    Why.UNDELIVERED: "Did not arrive",
    Why.INBOUND: "Texts to read",
    Why.CALLBACKS: "Call-backs",
    Why.WAITING: "Waiting list",
    Why.STRANDED: "Visits to move",
    Why.PROVIDER: "Provider trouble",
    Why.OTHER: "Other tasks",
    Why.AGE: "New requests",
}
BY_KIND = {
    DeskTask.Kind.CALL_BACK: Why.CALLBACKS,
    DeskTask.Kind.TELL: Why.CALLBACKS,
    DeskTask.Kind.UNDELIVERED: Why.UNDELIVERED,
    DeskTask.Kind.OPT_OUT: Why.UNDELIVERED,
    DeskTask.Kind.INBOUND: Why.INBOUND,
    DeskTask.Kind.PROVIDER: Why.PROVIDER,
    DeskTask.Kind.SAFETY: Why.SAFETY,
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason, in words. `at`: when it is due, or since when it stands; `page`: where it is worked.

    `patient` is empty for what is about nobody. `task` can be marked done on the list.
    """

    why: Why
    words: str
    at: dt.datetime
    page: str
    patient: Patient | None = None
    task: DeskTask | None = None
    visit_at: dt.datetime | None = None


def all_reasons(*, now: dt.datetime, may_know: bool, hidden: Collection[str] = ()) -> Iterator[Reason]:
    """Every reason that stands. `may_know`: whether the reader may know that a clinician must call.

    `hidden`: the kinds of tasks that are not for this reader.
    """
    if may_know:
        yield from _safety()
    yield from _requests(now)
    yield from _visits_soon(now)
    yield from _tasks(hidden)
    yield from _waiting(now)
    yield from _stranded(now)


def _safety() -> Iterator[Reason]:
    for call in calls_needed():
        words = "Clinician call needed" + (", acknowledged" if call.is_taken else ", nobody has it yet")
        page = reverse("intake:safety_item", args=[call.item_id])
        yield Reason(why=Why.SAFETY, words=words, at=call.since, page=page, patient=call.patient)


def _requests(now: dt.datetime) -> Iterator[Reason]:
    """Open requests without a visit that nobody has called about: late ones, and the others by age."""
    visits = Appointment.objects.filter(request=OuterRef("pk"), status__in=(*LIVE, "completed"))
    called = ContactAttempt.objects.filter(request=OuterRef("pk"))
    rows = ConsultationRequest.objects.filter(~Exists(visits), ~Exists(called), status=ConsultationRequest.Status.OPEN)
    named = rows.annotate(had_visit=HAD_VISIT).select_related("patient").defer("help_with", "message")
    for request in named.order_by("answer_promised_by", "pk")[:MOST]:
        is_late = request.answer_promised_by <= now and not request.had_visit  # who had a time was answered
        yield Reason(
            why=Why.PROMISE if is_late else Why.AGE,
            words="Promised answer time passed" if is_late else NO_VISIT if request.had_visit else "New request",
            at=request.answer_promised_by,
            page=reverse("scheduling:desk_request", args=[request.pk]),
            patient=request.patient,
        )


def _visits_soon(now: dt.datetime) -> Iterator[Reason]:
    rows = Appointment.objects.filter(status=Appointment.Status.BOOKED, starts_at__gt=now, starts_at__lte=now + SOON)
    for visit in rows.select_related("patient").order_by("starts_at", "pk")[:MOST]:
        page = reverse("scheduling:desk_visit", args=[visit.pk])
        yield Reason(
            why=Why.SOON, words="Visit soon, not confirmed", at=visit.starts_at, page=page, patient=visit.patient,
            visit_at=visit.starts_at,
        )  # fmt: skip


def _tasks(hidden: Collection[str]) -> Iterator[Reason]:
    tasks = DeskTask.objects.filter(closed_at=None).exclude(subject_ref__startswith="intake.safetyitem:")
    rows = list(tasks.exclude(kind__in=hidden).order_by("due_at", "pk")[:MOST])
    people = _people_of(rows)
    for task in rows:
        patient, visit_at = people.get(task.subject_ref, (None, None))
        yield Reason(
            why=BY_KIND.get(DeskTask.Kind(task.kind), Why.OTHER),
            words=task.title,
            at=task.due_at,
            page=_page_of(task),
            patient=patient,
            task=task if task.kind not in WORKED_ELSEWHERE else None,
            visit_at=visit_at,
        )


def _page_of(task: DeskTask) -> str:
    kind, _, object_id = task.subject_ref.partition(":")
    if task.kind == DeskTask.Kind.INBOUND:
        return reverse("notifications:inbox")
    if task.kind == DeskTask.Kind.PROVIDER:
        return reverse("notifications:unsent")
    if task.kind == DeskTask.Kind.OPENING:
        return reverse("scheduling:desk_openings")
    ours = {REQUEST: "scheduling:desk_request", VISIT: "scheduling:desk_visit"}
    if kind in ours and _is_id(object_id):
        return reverse(ours[kind], args=[object_id])
    return subjects.page_of(task.subject_ref)


def _people_of(tasks: Iterable[DeskTask]) -> Mapping[str, tuple[Patient, dt.datetime | None]]:
    """Whom each subject is about, and when their visit is; four queries."""
    refs = {task.subject_ref for task in tasks}
    ids = {
        kind: [ref.partition(":")[2] for ref in refs if ref.startswith(f"{kind}:") and _is_id(ref.partition(":")[2])]
        for kind in (REQUEST, VISIT, INBOUND)
    }
    found: dict[str, tuple[Patient, dt.datetime | None]] = {}
    requests = ConsultationRequest.objects.filter(pk__in=ids[REQUEST]).select_related("patient")
    for request in requests.defer("help_with", "message"):
        found[f"{REQUEST}:{request.pk}"] = (request.patient, None)
    for visit in Appointment.objects.filter(pk__in=ids[VISIT]).select_related("patient"):
        found[f"{VISIT}:{visit.pk}"] = (visit.patient, visit.starts_at)
    texts = dict(InboundMessage.objects.filter(pk__in=ids[INBOUND]).values_list("pk", "address"))
    owners = _owners(set(texts.values()))
    for pk, address in texts.items():
        if address in owners:
            found[f"{INBOUND}:{pk}"] = (owners[address], None)
    return found


def _owners(addresses: Iterable[str]) -> dict[str, Patient]:
    """The one person of each number; a number that several share names nobody."""
    rows = ConsultationRequest.objects.filter(phone__in=list(addresses)).select_related("patient")
    people: dict[str, dict[uuid.UUID, Patient]] = {}
    for request in rows.defer("help_with", "message"):
        people.setdefault(str(request.phone), {})[request.patient_id] = request.patient
    return {number: next(iter(known.values())) for number, known in people.items() if len(known) == 1}


def _waiting(now: dt.datetime) -> Iterator[Reason]:
    for time in wanted_times(now=now):
        for asked in time.people:
            if asked.offer is None:
                yield Reason(
                    why=Why.WAITING,
                    words="A time is free that they wait for",
                    at=time.start,
                    page=reverse("scheduling:waiting"),
                    patient=asked.waiting.entry.request.patient,
                )


def _stranded(now: dt.datetime) -> Iterator[Reason]:
    for one in named(findings(now=now)[:MOST]):
        page = reverse("scheduling:desk_move", args=[one.visit.pk])
        yield Reason(
            why=Why.STRANDED, words=f"Visit to move: {one.reason}", at=one.visit.starts_at, page=page,
            patient=one.visit.patient, visit_at=one.visit.starts_at,
        )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
