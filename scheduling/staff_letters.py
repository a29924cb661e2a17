"""Letters to staff by sweep: what happened since yesterday and was not told yet, each once.

Found from what the desks write down anyway (requests, events of visits, tasks), so that no way of
booking or changing a visit can forget to tell. Each letter stands in a transaction of its own: one
that cannot be written (a bad address, a bug in its words) is logged, and the others go. Of a bad address
the desk hears once a day.
"""

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic import desk_tasks
from clinic.access import subject_ref
from clinic.models import ClinicProfile, DeskTask, User
from intake.models import ConsultationRequest
from intake.selectors import subject_of
from notifications.errors import AddressError
from notifications.models import Message
from scheduling import staff_messages
from scheduling.messages import visit_ref
from scheduling.models import LIVE, Appointment, AppointmentEvent, Clinician
from scheduling.rulebook import clinician_zone

BATCH = 200
LOOK_BACK = dt.timedelta(days=1)
TOMORROW_GOES_AT = dt.time(16)
logger = logging.getLogger(__name__)
NEWS = ("booked", "moved", "mode_changed", "cancelled_by_patient", "cancelled_by_clinic")


def write_to_staff(*, now: dt.datetime | None = None) -> int:
    """Put each letter to staff that is due in the outbox; returns how many."""
    moment = now or timezone.now()
    profile = ClinicProfile.current()
    to_desk = _tell_desk(profile, moment) if profile.desk_email else 0
    return to_desk + _tell_of_visits(profile, moment) + _tell_of_tomorrow(profile, moment)


def _written(subject: str, write: Callable[[], Sequence[Message]]) -> int:
    """Write one letter, whatever is wrong with another; returns how many rows. Two sweeps at once make one row."""
    try:
        with transaction.atomic():
            return len(write())
    except AddressError:
        logger.warning("staff have a bad address", extra={"subject_ref": subject})
        _ask_for_address(subject)
        return 0
    except Exception:
        logger.exception("letter to staff cannot be written", extra={"subject_ref": subject})
        return 0


def _ask_for_address(subject: str) -> None:
    now = timezone.now()
    desk_tasks.open_task(
        kind=DeskTask.Kind.PROVIDER,
        title="A letter to staff cannot leave: the e-mail address of that member of staff, or the desk's own, is wrong",
        subject_ref=subject,
        due_at=now,
        dedupe_key=f"staff address|{subject}|{now:%Y-%m-%d}",
    )


def _tell_desk(profile: ClinicProfile, now: dt.datetime) -> int:
    requests = list(
        ConsultationRequest.objects.filter(created_at__gt=now - LOOK_BACK).order_by("-created_at", "-pk")[:BATCH]
    )
    told = _told(staff_messages.NEW_REQUEST, map(subject_of, requests))
    new = [request for request in requests if (subject_of(request), "opened") not in told]
    troubles = list(
        DeskTask.objects.filter(kind=DeskTask.Kind.PROVIDER, closed_at=None, created_at__gt=now - LOOK_BACK)
    )
    known = _told(staff_messages.TROUBLE, (subject_ref("clinic.task", task.pk) for task in troubles))
    fresh = [task for task in troubles if (subject_ref("clinic.task", task.pk), "opened") not in known]
    return sum(
        _written(subject_of(request), partial(staff_messages.new_request, request, profile)) for request in new
    ) + sum(
        _written(subject_ref("clinic.task", task.pk), partial(staff_messages.provider_trouble, task, profile))
        for task in fresh
    )


def _tell_of_visits(profile: ClinicProfile, now: dt.datetime) -> int:
    events = list(
        AppointmentEvent.objects.filter(at__gt=now - LOOK_BACK, event__in=NEWS)
        .exclude(appointment__held_until__gt=now)  # it can still be undone
        .select_related("appointment__clinician__user", "appointment__patient")
        .order_by("-id")[:BATCH]
    )
    told = _told(staff_messages.VISIT_NEWS, {visit_ref(event.appointment) for event in events})
    newest: dict[object, AppointmentEvent] = {}
    for event in events:  # the newest of each visit says how it stands; what came before it is no news
        newest.setdefault(event.appointment_id, event)
    return sum(_tell_of_visit(event, told, profile) for event in newest.values())


def _tell_of_visit(event: AppointmentEvent, told: Collection[tuple[str, str]], profile: ClinicProfile) -> int:
    visit = event.appointment
    ref = visit_ref(visit)
    was_told = any(subject == ref for subject, _occurrence in told)
    if (ref, f"event {event.pk}") in told or (was_told and event.event == "booked"):  # a slip that was undone
        return 0
    zone = clinician_zone(visit.clinician, profile.zone_info)
    count = 0
    if was_told:
        left = partial(staff_messages.visit_news, visit, what="other", occurrence=f"left at {event.pk}", zone=zone)
        count += sum(_written(ref, partial(left, user=user)) for user in _others_told(visit))
    user = visit.clinician.user
    is_wanted = visit.clinician.hears_of_visits and user is not None and user.is_active and user != event.made_by
    what = "off" if visit.is_cancelled else "booked" if event.event == "booked" else "moved"
    if user is not None and is_wanted and (visit.is_live or was_told):
        news = partial(staff_messages.visit_news, visit, user, what=what, occurrence=f"event {event.pk}", zone=zone)
        count += _written(ref, news)
    return count


def _others_told(visit: Appointment) -> list[User]:
    """Clinicians who were told that this visit is theirs, and it is no longer."""
    earlier = Message.objects.filter(subject_ref=visit_ref(visit), kind=staff_messages.VISIT_NEWS)
    ids = set(earlier.exclude(staff_user=visit.clinician.user_id).values_list("staff_user", flat=True))
    left = earlier.filter(occurrence__startswith="left").values_list("staff_user", flat=True)
    return list(User.objects.filter(pk__in=ids - set(left), is_active=True))


def _tell_of_tomorrow(profile: ClinicProfile, now: dt.datetime) -> int:
    clinicians = Clinician.objects.filter(hears_of_tomorrow=True, user__is_active=True).select_related("user")
    due = {}
    for clinician in clinicians:
        zone = clinician_zone(clinician, profile.zone_info)
        local = now.astimezone(zone)
        if local.time() >= TOMORROW_GOES_AT:
            due[clinician.pk] = (clinician, zone, local.date() + dt.timedelta(days=1))
    if not due:
        return 0
    told = _told(staff_messages.TOMORROW, (subject_ref("scheduling.clinician", pk) for pk in due))
    coming = Appointment.objects.filter(
        Q(clinician__in=due), status__in=LIVE, starts_at__gt=now, starts_at__lt=now + dt.timedelta(days=2)
    ).select_related("patient")
    visits = list(coming.order_by("starts_at", "pk"))
    written = 0
    for clinician, zone, day in due.values():
        theirs = [
            visit
            for visit in visits
            if visit.clinician_id == clinician.pk and visit.starts_at.astimezone(zone).date() == day
        ]
        is_told = (subject_ref("scheduling.clinician", clinician.pk), day.isoformat()) in told
        if theirs and not is_told and clinician.user is not None:
            letter = partial(staff_messages.tomorrow, clinician, clinician.user, visits=theirs, zone=zone)
            written += _written(subject_ref("scheduling.clinician", clinician.pk), letter)
    return written


def _told(kind: str, refs: Iterable[str]) -> set[tuple[str, str]]:
    rows = Message.objects.filter(kind=kind, subject_ref__in=list(refs))
    return set(rows.values_list("subject_ref", "occurrence"))
