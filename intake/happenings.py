"""What happened to one person at the intake desk, for every role: no answer, no score, no flag."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.urls import reverse

from clinic.access import subject_ref
from clinic.happenings import Happening
from intake.models import ConsultationRequest, ContactAttempt, Patient, PatientMerge, SafetyEvent, SafetyItem, Screening
from intake.selectors import SUBJECT, contact_addresses
from notifications.models import Channel
from notifications.outbox import Address

MOST_REQUESTS = 200


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person with all requests, newest first, the addresses they ever gave, and how others name their rows."""

    patient: Patient
    requests: list[ConsultationRequest]
    addresses: list[Address]
    request_refs: list[str]
    other_refs: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """Their phone numbers (E.164)."""
        return [address for channel, address in self.addresses if channel == Channel.SMS]


def known(patient: Patient) -> Known:
    """Who it is; three queries."""
    requests = list(
        patient.requests.select_related("closed_by")
        .defer("help_with", "message")
        .order_by("-created_at", "-pk")[:MOST_REQUESTS]
    )
    given = [address for request in requests for address in contact_addresses(request)]
    given += [(Channel.SMS, str(patient.phone))] if patient.phone else []
    given += [(Channel.EMAIL, patient.email)] if patient.email else []
    sittings = Screening.objects.filter(patient=patient).order_by().values_list("pk", flat=True)
    items = SafetyItem.objects.filter(patient=patient).order_by().values_list("pk", flat=True)
    return Known(
        patient=patient,
        requests=requests,
        addresses=list(dict.fromkeys((way, _plain(way, address)) for way, address in given)),
        request_refs=[subject_ref(SUBJECT, request.pk) for request in requests],
        other_refs=[
            subject_ref("intake.patient", patient.pk),
            *(subject_ref("intake.screening", pk) for pk in sittings),
            *(subject_ref("intake.safetyitem", pk) for pk in items),
        ],
    )


def requests_of(requests: Collection[ConsultationRequest]) -> list[Happening]:
    """Sent and closed; no query."""
    sent = [
        Happening(
            at=request.created_at,
            topic="Request",
            words=f"Request {request.reference} came in",
            page=_page_of(request.pk),
            key=f"request {request.pk}",
        )
        for request in requests
    ]
    closed = [
        Happening(
            at=request.closed_at,
            topic="Request",
            words=f"Request {request.reference} closed",
            by=str(request.closed_by or "System"),
            why=request.close_reason,
            page=_page_of(request.pk),
            key=f"request {request.pk} closed",
        )
        for request in requests
        if request.closed_at
    ]
    return [*sent, *closed]


def merges_of(patient: Patient) -> list[Happening]:
    """When staff made two records this one, and parted them again; one query."""
    rows = PatientMerge.objects.filter(kept=patient).select_related("absorbed", "merged_by", "undone_by")
    lines = []
    for row in rows.order_by("-created_at", "-pk")[:MOST_REQUESTS]:
        words = f"Made one with the record of {row.absorbed.name}"
        key = f"merge {row.pk}"
        lines.append(
            Happening(at=row.created_at, topic="Record", words=words, by=str(row.merged_by), why=row.reason, key=key)
        )
        if row.undone_at:
            words = f"Parted again from the record of {row.absorbed.name}"
            lines.append(
                Happening(at=row.undone_at, topic="Record", words=words, by=str(row.undone_by), key=f"{key} undone")
            )
    return lines


def calls_of(patient: Patient, *, newest: int) -> list[Happening]:
    """Each time the desk called about a request, and how it ended; one query."""
    rows = ContactAttempt.objects.filter(request__patient=patient).select_related("request", "made_by")
    rows = rows.defer("request__help_with", "request__message").order_by("-id")
    return [
        Happening(
            at=row.at,
            topic="Call",
            words=f"Called about request {row.request.reference}: {row.get_outcome_display().lower()}",
            by=str(row.made_by),
            page=_page_of(row.request_id),
            key=f"call {row.pk:020}",
        )
        for row in rows[:newest]
    ]


def questions_of(patient: Patient, *, newest: int) -> list[Happening]:
    """Which questions were sent, and how far they are; one query, no answer."""
    rows = Screening.objects.filter(patient=patient).only("created_at", "completed_at", "pack", "status")
    return [
        Happening(
            at=row.completed_at or row.created_at,
            topic="Questions",
            words=f"{row.get_pack_display()}: {row.get_status_display().lower()}",
            key=f"questions {row.pk}",
        )
        for row in rows.order_by("-created_at", "-pk")[:newest]
    ]


def safety_of(patient: Patient, *, newest: int) -> list[Happening]:
    """How a needed call went on, without a word of why; one query, no encrypted column is read."""
    events = SafetyEvent.objects.filter(item__patient=patient).select_related("by", "to").defer("note").order_by("-id")
    return [
        Happening(
            at=event.at,
            topic="Safety",
            words=event.get_kind_display(),
            by=str(event.by or ""),
            why=f"To {event.to}" if event.to else "",
            page=_safety_page(event.item_id),
            key=f"safety {event.pk:020}",
        )
        for event in events[:newest]
    ]


def live_calls(patient: Patient) -> QuerySet[SafetyItem]:
    """The calls a clinician still has to make, most urgent first, without why."""
    hidden = ("trigger", "detail", "disposition")
    rows = SafetyItem.objects.filter(patient=patient).exclude(state=SafetyItem.State.CLOSED)
    return rows.select_related("owner").defer(*hidden).order_by("-level", "raised_at", "pk")


def _plain(channel: Channel | str, address: str) -> str:
    """As the ledger writes it."""
    return address.strip().lower() if channel == Channel.EMAIL else address


def _page_of(request_id: uuid.UUID) -> str:
    return reverse("admin:intake_consultationrequest_change", args=[request_id])


def _safety_page(item_id: uuid.UUID) -> str:
    return reverse("intake:safety_item", args=[item_id])
