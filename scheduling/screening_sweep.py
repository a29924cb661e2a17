"""Questions before a visit: invitation, two reminders until they are answered, and a call when they are not.

Nothing while screening is switched off. Nobody is written to while a clinician's call is needed, nor in
quiet hours: the letter would wait, and the answers could come first. Who agreed to no message gets the
questions from the desk.
"""

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic import desk_tasks
from clinic.models import ClinicProfile, DeskTask
from intake.selectors import contact_addresses, screening_states
from intake.services import open_screenings
from notifications import hours
from notifications.models import Channel, Message
from scheduling import screening_messages
from scheduling.messages import visit_ref
from scheduling.models import Appointment
from scheduling.reminders import REMINDED, ever_agreed

BATCH = 200
HORIZON = dt.timedelta(days=60)
FIRST_AFTER = dt.timedelta(hours=1)  # who answers right after booking gets no letter
APART = dt.timedelta(hours=24)
SECOND_BEFORE = dt.timedelta(hours=48)
CALL_BEFORE = dt.timedelta(hours=24)
CALL_AFTER_BOOKING = dt.timedelta(hours=2)
MOST_LETTERS = 3
logger = logging.getLogger(__name__)


def ask_for_answers(*, now: dt.datetime | None = None, batch: int = BATCH) -> None:
    """Invite, remind, or put a call on the desk, for each coming visit whose questions are open."""
    moment = now or timezone.now()
    profile = ClinicProfile.current()
    _close_done(moment)
    if not profile.screening_on:
        return
    for visits in _batches(moment, batch):
        _ask_batch(visits, profile, moment)


def _batches(now: dt.datetime, size: int) -> Iterator[list[Appointment]]:
    coming = Appointment.objects.filter(
        status__in=REMINDED, request__isnull=False, starts_at__gt=now, starts_at__lte=now + HORIZON
    ).order_by("starts_at", "pk")
    after = Q()
    while visits := list(coming.filter(after).select_related("request", "location")[:size]):
        yield visits
        last = visits[-1]
        after = Q(starts_at__gt=last.starts_at) | Q(starts_at=last.starts_at, pk__gt=last.pk)


def _ask_batch(visits: list[Appointment], profile: ClinicProfile, now: dt.datetime) -> None:
    ids = [visit.request_id for visit in visits if visit.request_id is not None]
    waiting = open_screenings(ids)
    states = screening_states(waiting)
    letters, left = _asked(visits), _left_to_desk(visits)
    for visit in visits:
        if visit.request_id not in waiting or states[visit.request_id].call_needed:
            continue
        sent = letters[visit_ref(visit)]
        if now >= max(visit.starts_at - CALL_BEFORE, visit.created_at + CALL_AFTER_BOOKING):
            _call(visit)
        elif visit.pk not in left and now >= _next_letter(visit, sent) and _may_text_now(visit, profile, now):
            _write(visit.pk, len(sent))


def _asked(visits: list[Appointment]) -> dict[str, list[dt.datetime]]:
    """When each letter about the questions of a visit was written, the first first.

    One that was held back counts, too: nothing is asked for twice. One that was withdrawn with the time it named
    does not: the new time gets its own.
    """
    revisions = {visit_ref(visit): str(visit.revision) for visit in visits}
    rows = Message.objects.filter(subject_ref__in=revisions, kind__in=screening_messages.KINDS)
    found: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
    for subject, occurrence, state, made in rows.values_list("subject_ref", "occurrence", "state", "created_at"):
        number, _, revision = occurrence.partition("|")
        if state != Message.State.WITHDRAWN or revision == revisions[subject]:
            found[subject][number] = made
    return defaultdict(list, {subject: sorted(times.values()) for subject, times in found.items()})


def _left_to_desk(visits: list[Appointment]) -> set[uuid.UUID]:
    """Visits of people who never agreed to a letter, and whose questions the desk has already been asked to give."""
    agreed = ever_agreed(visits)
    keys = {
        _desk_key(visit_ref(visit)): visit.pk
        for visit in visits
        if visit.request is not None and not agreed.intersection(contact_addresses(visit.request))
    }
    return {keys[key] for key in DeskTask.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True)}


def _next_letter(visit: Appointment, sent: list[dt.datetime]) -> dt.datetime:
    if not sent:
        return visit.created_at + FIRST_AFTER
    if len(sent) >= MOST_LETTERS:
        return visit.starts_at
    after = sent[-1] + APART
    return after if len(sent) == 1 else max(after, visit.starts_at - SECOND_BEFORE)


def _may_text_now(visit: Appointment, profile: ClinicProfile, now: dt.datetime) -> bool:
    addresses = contact_addresses(visit.request) if visit.request is not None else []
    return all(
        hours.next_allowed(number=address, profile=profile, now=now) <= now
        for channel, address in addresses
        if channel == Channel.SMS
    )


def _write(visit_id: uuid.UUID, number: int) -> None:
    """Behind the visit's lock, so that who cancels it in the same moment withdraws the letter."""
    try:
        with transaction.atomic():
            visit = (
                Appointment.objects.filter(pk=visit_id, status__in=REMINDED)
                .select_related("request", "location")
                .select_for_update(of=("self",), skip_locked=True)
                .first()
            )
            if visit is not None and not screening_messages.ask(visit, number=number) and number == 0:
                desk_tasks.open_task(
                    kind=DeskTask.Kind.SCREENING,
                    title="Give the questions at the desk or by phone: this person agreed to no message",
                    subject_ref=visit_ref(visit),
                    due_at=visit.starts_at - CALL_BEFORE,
                    dedupe_key=_desk_key(visit_ref(visit)),
                )
    except Exception:
        logger.exception("invitation cannot be written", extra={"appointment_id": str(visit_id)})


def _desk_key(subject: str) -> str:
    return f"screening|{subject}|desk"


def _call(visit: Appointment) -> None:
    desk_tasks.open_task(
        kind=DeskTask.Kind.SCREENING,
        title="Call: the questions before this visit are not answered yet",
        subject_ref=visit_ref(visit),
        due_at=visit.starts_at,
        dedupe_key=f"screening|{visit_ref(visit)}|{visit.starts_at:%Y-%m-%dT%H:%MZ}",
    )


def _close_done(now: dt.datetime) -> None:
    """Close the calls whose questions were answered meanwhile, or whose visit no longer comes."""
    tasks = list(DeskTask.objects.filter(kind=DeskTask.Kind.SCREENING, closed_at=None)[:BATCH])
    if not tasks:
        return
    ids = {uuid.UUID(task.subject_ref.partition(":")[2]) for task in tasks}
    coming = Appointment.objects.filter(pk__in=ids, status__in=REMINDED, starts_at__gt=now)
    requests = {visit_ref(visit): visit.request_id for visit in coming}
    is_open = open_screenings([pk for pk in requests.values() if pk is not None])
    done = [task.pk for task in tasks if requests.get(task.subject_ref) not in is_open]
    desk_tasks.close(DeskTask.objects.filter(pk__in=done), outcome="No longer needed")
