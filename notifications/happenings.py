"""What was written to somebody and what they wrote, agreed to or stopped, as lines of their history."""

from collections.abc import Collection

from django.db.models import Q
from django.urls import reverse

from clinic.happenings import Happening
from notifications import kinds, rendering
from notifications.models import Channel, Consent, InboundMessage, Message, MessageTemplate
from notifications.outbox import Address

MOST_TEXTS = 200
SETTLED = (Message.State.SENT, Message.State.DELIVERED)


def texts_of(numbers: Collection[str]) -> list[InboundMessage]:
    """The newest texts that came from these numbers (E.164); one query."""
    found = InboundMessage.objects.filter(address__in=numbers).select_related("closed_by")
    return list(found.order_by("-created_at", "-pk")[:MOST_TEXTS])


def ref_of_text(text: InboundMessage) -> str:
    """How tasks and messages name a text that came in."""
    return f"notifications.inbound:{text.pk}"


def came_in(texts: Collection[InboundMessage]) -> list[Happening]:
    """The texts as lines, with what became of each; no query."""
    return [
        Happening(
            at=text.created_at,
            topic="Text received",
            words=text.body,
            by=str(text.closed_by or ""),
            why=text.get_outcome_display() or text.get_needs_display(),
            page=reverse("notifications:conversation", args=[text.pk]),
            key=f"text {text.pk}",
        )
        for text in texts
    ]


def messages_about(refs: Collection[str], *, newest: int) -> list[Happening]:
    """What was, will or would not be sent about these subjects, with the reason; to staff never. One query."""
    rows = (
        Message.objects.filter(subject_ref__in=refs)
        .exclude(basis=Message.Basis.STAFF)
        .only("created_at", "kind", "channel", "language", "address", "state", "reason", "error_code")
        .order_by("-created_at", "-pk")[:newest]
    )
    labels = {kind.name: kind.label for kind in kinds.registered()}
    return [
        Happening(
            at=row.created_at,
            topic="Message",
            words=f"{labels.get(row.kind, row.kind)}, {row.get_channel_display().lower()}{in_language(row)} to {row.address}: "
            f"{row.get_state_display().lower()}",
            why="" if row.state in SETTLED else " ".join(part for part in (row.reason, row.error_code) if part),
            page=reverse("admin:notifications_message_change", args=[row.pk]),
            key=f"message {row.pk}",
        )
        for row in rows
    ]


def in_language(row: Message) -> str:
    """That it went in another language than the desk's own; nothing where it went in English."""
    spoken = rendering.spoken(row.language)
    return "" if spoken == MessageTemplate.Language.ENGLISH else f" in {MessageTemplate.Language(spoken).label}"


def consents_at(addresses: Collection[Address], *, newest: int) -> list[Happening]:
    """What the ledger says about these addresses, newest first; one query."""
    wanted = Q(pk__in=())
    for channel in Channel:
        here = [address for way, address in addresses if way == channel]
        if here:
            wanted |= Q(channel=channel, address__in=here)
    lines = Consent.objects.filter(wanted).select_related("actor").defer("wording", "user_agent").order_by("-id")
    return [
        Happening(
            at=line.occurred_at,
            topic="Consent",
            words=f"{line.get_channel_display()} to {line.address}: {line.get_status_display().lower()}",
            by=str(line.actor or line.get_source_display()),
            why=line.evidence if line.source == Consent.Source.STAFF else "",
            key=f"consent {line.pk:020}",
        )
        for line in lines[:newest]
    ]
