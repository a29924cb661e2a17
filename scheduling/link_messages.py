"""The letter "here is your link again", and whom it is about. One answer, known or not."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from clinic import links
from clinic.access import subject_ref
from intake.models import ConsultationRequest
from intake.selectors import contact_addresses, requests_of_contact, subject_of
from notifications import kinds, outbox
from notifications.models import Message
from scheduling.models import LIVE, Appointment

LINK = "scheduling.link"
USEFUL_FOR = dt.timedelta(hours=1)
SAMPLE_REQUEST = uuid.UUID("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True, kw_only=True)
class _Target:
    """What the link opens, and the request whose addresses get it."""

    purpose: str
    object_id: uuid.UUID
    ref: str
    request: ConsultationRequest


def register_kinds() -> None:
    """Tell the post room about this letter. Called from `apps.ready()`."""
    kinds.register(
        kinds.Kind(
            name=LINK,
            label="Link sent again",
            template="link",
            when="At once when somebody asks for their link again",
            sample={"link": links.placeholder("time", SAMPLE_REQUEST)},
        )
    )


def send_link(*, channel: str, address: str, now: dt.datetime | None = None) -> list[Message]:
    """Send the newest visit's or open request's link to the addresses it agreed to.

    `address` is E.164 or an e-mail address. Asked twice within a minute, one letter. Returns what
    waits in the outbox: nothing when we do not know the address, or it never agreed.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        target = _target(channel, address, moment)
        return _send(target, moment) if target else []


def send_new_link(visit: Appointment, *, now: dt.datetime | None = None) -> list[Message]:
    """Send a visit's link, made anew by staff while the patient asks for it, where they agreed to letters."""
    if visit.request is None:
        return []
    ref = subject_ref("scheduling.appointment", visit.pk)
    return _send(_Target(purpose="visit", object_id=visit.pk, ref=ref, request=visit.request), now or timezone.now())


def _send(target: _Target, moment: dt.datetime) -> list[Message]:
    return outbox.enqueue_consented(
        kind=LINK,
        addresses=contact_addresses(target.request),
        subject_ref=target.ref,
        occurrence=f"{moment:%Y%m%d%H%M}",
        context={"link": links.placeholder(target.purpose, target.object_id)},
        useless_after=moment + USEFUL_FOR,
        answers_own_action=True,
        is_discreet=target.request.is_discreet,
        language=target.request.language,
    )


def _target(channel: str, address: str, now: dt.datetime) -> _Target | None:
    """A coming visit before an open request; the newest of each."""
    requests = requests_of_contact(channel=channel, address=address)
    visit = (
        Appointment.objects.filter(request__in=requests, status__in=LIVE, ends_at__gt=now)
        .select_related("request")
        .order_by("-created_at", "-pk")
        .first()
    )
    request = requests.filter(status=ConsultationRequest.Status.OPEN).order_by("-created_at", "-pk").first()
    if visit is not None and visit.request is not None:
        ref = subject_ref("scheduling.appointment", visit.pk)
        return _Target(purpose="visit", object_id=visit.pk, ref=ref, request=visit.request)
    if request is not None:
        return _Target(purpose="time", object_id=request.pk, ref=subject_of(request), request=request)
    return None
