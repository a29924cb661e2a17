"""Reminders by sweep: visits are scanned, and what is due goes into the outbox. Nothing is planned ahead.

A reminder is a row with the key visit x kind x channel x start and hours before it, so two sweeps, two
beats or a sweep run twice make one. The visit's row is locked while its reminder is written: who moves
or cancels it in the same moment either goes first, and is seen, or finds the row and withdraws it.
"""

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic.models import ClinicProfile
from intake.selectors import contact_addresses, requests_on_hold
from notifications.models import Channel, Consent, Message
from notifications.outbox import Address
from scheduling import messages, reminder_messages
from scheduling.models import Appointment
from scheduling.reminder_times import Stage, stage_at

BATCH = 200
QUIET_AT_MOST = dt.timedelta(hours=24)  # by how much a reminder can go earlier than its hours say
REMINDED = (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)
State = Message.State
NOT_TOLD = (State.WITHDRAWN, State.SUPPRESSED, State.EXPIRED, State.FAILED, State.UNDELIVERED)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Due:
    """A reminder that may go now, and by which name."""

    address: Address
    stage: Stage
    occurrence: str


@dataclass(kw_only=True)
class _Written:
    """What the outbox holds about one visit: when its time was last told by channel, and by which reminders."""

    told_at: dict[str, dt.datetime] = field(default_factory=dict)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    standing: set[tuple[str, str]] = field(default_factory=set)


def remind(*, now: dt.datetime | None = None, batch: int = BATCH) -> int:
    """Put each reminder that is due in the outbox, once; returns how many. Run as often as one likes."""
    moment = now or timezone.now()
    profile = ClinicProfile.current()
    sent = 0
    for visits in _batches(moment, profile, batch):
        for visit_id in due_reminders(visits, now=moment, profile=profile):
            sent += _remind_one(visit_id, moment, profile)
    return sent


def due_reminders(
    visits: Sequence[Appointment], *, now: dt.datetime, profile: ClinicProfile
) -> dict[uuid.UUID, list[Due]]:
    """The reminders of these visits that may go now. Three queries, however many visits.

    Nothing about a visit that waits for a clinician: nobody knows yet whether it takes place.
    """
    held = requests_on_hold([visit.request_id for visit in visits if visit.request_id is not None])
    visits = [visit for visit in visits if visit.request_id not in held]
    written = _written_about(visits)
    agreed = ever_agreed(visits)
    due: dict[uuid.UUID, list[Due]] = {}
    for visit in visits:
        addresses = [one for one in _addresses(visit) if one in agreed]
        found = [_due(visit, address, written[messages.visit_ref(visit)], now, profile) for address in addresses]
        reminders = [one for one in found if one is not None]
        if reminders:
            due[visit.pk] = reminders
    return due


def _batches(now: dt.datetime, profile: ClinicProfile, size: int) -> Iterator[list[Appointment]]:
    """The visits that a reminder may be due for, in the order of their starts, `size` in memory at a time."""
    if not profile.reminder_hours:
        return
    until = now + dt.timedelta(hours=profile.reminder_hours[0]) + QUIET_AT_MOST
    coming = _reminded().filter(starts_at__gt=now, starts_at__lte=until).order_by("starts_at", "pk")
    after = Q()
    while visits := list(coming.filter(after)[:size]):
        yield visits
        last = visits[-1]
        after = Q(starts_at__gt=last.starts_at) | Q(starts_at=last.starts_at, pk__gt=last.pk)


def _reminded() -> QuerySet[Appointment]:
    return Appointment.objects.filter(status__in=REMINDED, request__isnull=False).select_related("request", "location")


def _remind_one(visit_id: uuid.UUID, now: dt.datetime, profile: ClinicProfile) -> int:
    """Look again behind the visit's lock and write; one visit's trouble does not stop the others."""
    try:
        with transaction.atomic():
            visit = _reminded().select_for_update(of=("self",), skip_locked=True).filter(pk=visit_id).first()
            if visit is None:
                return 0  # gone, or somebody changes it now: the next sweep sees what became of it
            due = due_reminders([visit], now=now, profile=profile).get(visit.pk, [])
            return sum(
                len(
                    reminder_messages.visit_reminder(
                        visit, address=one.address, occurrence=one.occurrence, useless_after=one.stage.useless_after
                    )
                )
                for one in due
            )
    except Exception:
        logger.exception("reminder cannot be written", extra={"appointment_id": str(visit_id)})
        return 0


def _addresses(visit: Appointment) -> list[Address]:
    return contact_addresses(visit.request) if visit.request is not None else []


def _due(
    visit: Appointment, address: Address, written: _Written, now: dt.datetime, profile: ClinicProfile
) -> Due | None:
    channel, number = address
    stage = stage_at(
        now,
        start=visit.starts_at,
        before=profile.reminder_hours,
        channel=channel,
        address=number,
        profile=profile,
    )
    told_at = written.told_at.get(channel)
    if stage is None or (told_at is not None and told_at > stage.told_since):
        return None
    occurrence = f"{visit.starts_at:%Y-%m-%dT%H:%MZ}|{stage.hours}h"
    if (channel, occurrence) in written.withdrawn:  # for a time that was given up and taken again
        occurrence = f"{occurrence}|{visit.revision}"
    if (channel, occurrence) in written.standing:
        return None
    return Due(address=address, stage=stage, occurrence=occurrence)


def _written_about(visits: Sequence[Appointment]) -> dict[str, _Written]:
    """By visit: what tells a time, whatever the number of visits in one query."""
    rows = Message.objects.filter(
        subject_ref__in=[messages.visit_ref(visit) for visit in visits],
        kind__in=(*messages.TIME_TOLD, reminder_messages.REMINDER),
    )
    found: dict[str, _Written] = defaultdict(_Written)
    for row in rows.only(
        "subject_ref", "channel", "kind", "occurrence", "state", "sent_at", "attempted_at", "not_before"
    ).iterator():
        written = found[row.subject_ref]
        if row.kind == reminder_messages.REMINDER:
            named = written.withdrawn if row.state == State.WITHDRAWN else written.standing
            named.add((row.channel, row.occurrence))
        if row.state not in NOT_TOLD:
            told_at = row.sent_at or row.attempted_at or row.not_before
            written.told_at[row.channel] = max(told_at, written.told_at.get(row.channel, told_at))
    return found


def ever_agreed(visits: Sequence[Appointment]) -> set[Address]:
    """Addresses of these visits that ever agreed; whether they still do is asked for each message, twice."""
    addresses = {address for visit in visits for _channel, address in _addresses(visit)}
    lines = Consent.objects.filter(address__in=addresses, status=Consent.Status.GRANTED).distinct()
    return {(Channel(channel), address) for channel, address in lines.values_list("channel", "address")}
