"""The history of a safety item in words, and for clinicians why it was raised and where the person is."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from intake.models import SafetyEvent, SafetyItem
from intake.safety import Attempt, Disposition
from intake.safety.raising import REASONS, reasons_of

Kind = SafetyEvent.Kind


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened. `note` is for clinicians."""

    event_id: int
    at: dt.datetime
    words: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where to reach the person, safest first."""

    phones: list[tuple[str, str]] = field(default_factory=list)
    whereabouts: str = ""
    emergency_contact: Any = None
    cautions: list[str] = field(default_factory=list)


def lines(item: SafetyItem, *, with_notes: bool) -> list[Line]:
    """Oldest first. Without notes no encrypted column is even read."""
    events = item.events.select_related("by", "to").order_by("pk")
    if not with_notes:
        events = events.defer("note")
    return [
        Line(event_id=event.pk, at=event.at, words=_words(event), note=_note(event) if with_notes else "")
        for event in events
    ]


def reasons(item: SafetyItem) -> list[str]:
    """Why it was raised, newest first, as the person or the colleague said it."""
    return [_reason_words(reason) for reason in reversed(reasons_of(item))]


def contact(item: SafetyItem) -> Contact:
    """What the person gave for urgent calls comes before what stands in the request."""
    sitting, request = item.screening, item.request
    phones: list[tuple[str, str]] = []
    if sitting is not None and sitting.urgent_phone:
        phones.append(("For urgent calls", str(sitting.urgent_phone)))
    numbers = [(request.phone, request.phone_extension)] if request is not None else []
    for number, extension in [*numbers, (item.patient.phone, "")]:
        shown = f"{number} ext. {extension}" if extension else str(number)
        if number and shown not in {known for _label, known in phones}:
            phones.append(("On file", shown))
    cautions = []
    if request is not None:
        cautions.append("Voicemail is fine" if request.voicemail_ok else "NO voicemail")
        cautions += ["Discreet: say nothing about us"] if request.is_discreet else []
    return Contact(
        phones=phones,
        whereabouts=str(sitting.whereabouts or "") if sitting is not None else "",
        emergency_contact=(sitting.emergency_contact if sitting is not None else None)
        or item.patient.emergency_contact,
        cautions=cautions,
    )


def _reason_words(reason: dict[str, Any]) -> str:
    """A rule's `detail` is a text, or {"question", "answer", "reason"} as flags have it."""
    detail = reason["detail"]
    if isinstance(detail, dict):
        parts = [str(detail[name]) for name in ("question", "answer", "reason") if detail.get(name)]
        return " - ".join(parts) or reason["trigger"]
    return str(detail or reason["trigger"])


def _words(event: SafetyEvent) -> str:
    by = f" by {event.by}" if event.by else ""
    to = f" to {event.to}" if event.to else ""
    if event.kind == Kind.ALERTED:
        return f"{event.to} alerted"
    if event.kind == Kind.RAISED and event.by is None:
        return "Raised by an answer"
    return f"{event.get_kind_display()}{by}{to}"


def _note(event: SafetyEvent) -> str:
    note = event.note or {}
    if event.kind in REASONS:
        return ""  # stands on top of the page
    said = [
        dict([*Attempt.choices, *Disposition.choices]).get(str(note.get("outcome", "")), ""),
        note.get("note", ""),
        note.get("why", ""),
        ", ".join(note.get("ways", ())),
    ]
    return ". ".join(str(part) for part in said if part)
