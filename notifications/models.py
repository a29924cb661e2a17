"""Tables of the post room. It knows addresses and texts, no patient and no visit."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.base import Record
from clinic.crypto import EncryptedTextField


class Channel(models.TextChoices):
    """How a message travels."""

    SMS = "sms", "Text"
    EMAIL = "email", "E-mail"
    VOICE = "voice", "Call"  # to staff only


class Consent(models.Model):
    """One line of the consent ledger. Append-only: the newest line of an address and purpose counts.

    `address` is E.164 or a lower-case e-mail address. Evidence as 47 CFR 64.1200 and the carriers'
    rules ask for it: exact wording, its hash, that the box was unticked, page, time, IP, user agent.
    """

    class Status(models.TextChoices):
        GRANTED = "granted", "Granted"
        REVOKED = "revoked", "Revoked"
        PAUSED = "paused", "Paused: a person must read a text"
        RESUMED = "resumed", "Pause or block ended"
        BLOCKED = "blocked", "Do not contact at all"

    class Source(models.TextChoices):
        WEB_FORM = "web_form", "Ticked on a page"
        STAFF = "staff", "Recorded by staff"
        KEYWORD = "keyword", "Text from the person"
        LINK = "link", "Link in a message"
        PROVIDER = "provider", "Reported by the provider"

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField(auto_now_add=True, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    purpose = models.CharField(max_length=30, default="appointment")
    status = models.CharField(max_length=10, choices=Status.choices)
    source = models.CharField(max_length=20, choices=Source.choices)
    wording = models.TextField(blank=True, help_text="Exactly as shown or said")
    wording_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the wording")
    box_was_unticked = models.BooleanField(null=True, help_text="The box stood unticked when the page was shown")
    language = models.CharField(max_length=10, default="en")
    page = models.CharField(max_length=200, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    subject_ref = models.CharField(max_length=120, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=300, blank=True, help_text="Provider's id or error code")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["channel", "address", "purpose", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.get_status_display()} {self.occurred_at:%Y-%m-%d}"


class InboundMessage(Record):
    """A text that came in. The provider's id makes a repeated webhook harmless.

    What is no keyword needs a person: to read it, or to decide whether it means stop.
    """

    class Need(models.TextChoices):
        NOTHING = "", "Nothing"
        READING = "reading", "An answer"
        DECIDING = "deciding", "A decision: does it mean stop?"

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered by text"
        NO_ANSWER = "no_answer", "Needs no text"
        STOP = "stop", "It meant stop"
        GO_ON = "continue", "It did not mean stop"
        BLOCK = "block", "Do not contact at all"
        CONFIRMED = "confirmed", "Confirmed the visit"

    provider_id = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=20, db_index=True)
    body = EncryptedTextField(blank=True, context="notifications.inboundmessage.body")
    keyword = models.CharField(max_length=10, blank=True, help_text="stop, start, help, confirm or nothing")
    taken_up_at = models.DateTimeField(
        null=True, blank=True, help_text="When the desk that asked for this answer took it up"
    )
    needs = models.CharField(max_length=10, blank=True, choices=Need.choices, help_text="What a person must do")
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        permissions: ClassVar = [("answer_inbox", "Can answer texts and decide about unclear ones")]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(closed_at=None) & ~Q(needs=""), name="inbound_open"),
            models.Index(fields=["-created_at"], name="inbound_newest"),
        ]

    def __str__(self) -> str:
        return f"Inbound text {self.created_at:%Y-%m-%d %H:%M}"


class Message(Record):
    """One row of the outbox: a text or e-mail to one address, and what became of it.

    The text is rendered from `context` when the row is first claimed, and then stands as it was sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Accepted by the provider"
        DELIVERED = "delivered", "Delivered"
        UNDELIVERED = "undelivered", "Not delivered"
        FAILED = "failed", "Refused"
        UNKNOWN = "unknown", "Answer lost"
        SUPPRESSED = "suppressed", "Not sent"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Too late to be useful"
        SIMULATED = "simulated", "Not sent: no provider is set up"

    class Basis(models.TextChoices):
        CONSENT = "consent", "Consent"
        REQUIRED_REPLY = "required_reply", "Required reply"
        STAFF = "staff", "To staff"

    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=10, default="en")
    is_discreet = models.BooleanField(default=False)
    context = models.JSONField(default=dict)
    attachments = models.JSONField(default=list, help_text="[{name, mime, text}]")
    subject = models.CharField(max_length=200, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    text_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the text, once that was removed")
    purged_at = models.DateTimeField(null=True, blank=True, help_text="When address and text were removed")
    subject_ref = models.CharField(max_length=120, db_index=True)
    occurrence = models.CharField(
        max_length=120, blank=True, help_text="Which time this kind is sent about the subject"
    )
    dedupe_key = models.CharField(max_length=250, unique=True)
    answers_own_action = models.BooleanField(default=False, help_text="The direct answer to what the person just did")

    basis = models.CharField(max_length=20, choices=Basis.choices)
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="messages")
    in_reply_to = models.ForeignKey(InboundMessage, null=True, on_delete=models.PROTECT, related_name="replies")
    staff_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    staff_role = models.CharField(max_length=30, blank=True)

    fallback = models.JSONField(default=list, help_text="Other addresses of that member of staff: [[channel, address]]")
    has_fallback = models.BooleanField(default=False, help_text="They have not been tried yet")

    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is where it is")
    not_before = models.DateTimeField(help_text="Next try; moved by quiet hours and backoff")
    useless_after = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="Not to be tried again after this")
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True, blank=True, help_text="When the last try began")
    provider_id = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=30, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it reached a last state")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=Q(state="queued"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(state__in=("sending", "unknown")), name="message_leased"),
            models.Index(fields=["state", "-created_at"], name="message_by_state"),
            models.Index(fields=["address", "-created_at"], name="message_by_address"),
            models.Index(fields=["-created_at"], name="message_newest"),
            models.Index(fields=["created_at"], condition=Q(has_fallback=True), name="message_with_fallback"),
            models.Index(fields=["created_at"], condition=Q(purged_at=None), name="message_not_purged"),
        ]
        permissions: ClassVar = [("resend_message", "Can have a message that did not arrive sent again")]
        constraints: ClassVar = [
            models.CheckConstraint(name="message_calls_staff_only", condition=~Q(channel="voice") | Q(basis="staff")),
            models.CheckConstraint(
                name="message_has_basis",
                condition=(
                    Q(basis="consent", consent__isnull=False, in_reply_to=None, staff_user=None, staff_role="")
                    | Q(basis="required_reply", in_reply_to__isnull=False, consent=None, staff_user=None, staff_role="")
                    | (
                        Q(basis="staff", consent=None, in_reply_to=None)
                        & (Q(staff_user__isnull=False) | ~Q(staff_role=""))
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.get_channel_display()}"


class MessageTemplate(models.Model):
    """Words that staff put in place of the shipped ones. Append-only: the newest line counts, the rest is history.

    Words hold plain names in braces, as {brand} or {when}, and nothing else that could be carried out. A line with
    `is_reset` brings the shipped words back.
    """

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Spanish"

    id = models.BigAutoField(primary_key=True)
    saved_at = models.DateTimeField(auto_now_add=True, editable=False)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    language = models.CharField(max_length=10, choices=Language.choices, default=Language.ENGLISH)
    is_discreet = models.BooleanField(default=False)
    subject = models.CharField(max_length=200, blank=True)
    words = models.TextField(blank=True)
    is_reset = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "channel", "language", "is_discreet", "-id"], name="template_newest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.get_channel_display()}, {self.language}"


class ProviderHealth(models.Model):
    """How the provider of one channel is doing, for all workers together. See `notifications.pacing`."""

    channel = models.CharField(max_length=10, choices=Channel.choices, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed tries in a row that were the provider's fault")
    open_until = models.DateTimeField(null=True, blank=True, help_text="Nobody tries before this")

    class Meta:
        verbose_name_plural = "provider health"

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.failures} failures in a row"


class SenderPace(models.Model):
    """When one of our numbers may send its next text: a token bucket as one instant."""

    sender = models.CharField(max_length=64, primary_key=True)
    free_at = models.FloatField(default=0, help_text="Unix time")

    def __str__(self) -> str:
        return self.sender


class DeliveryEvent(models.Model):
    """What the provider said about a message. Append-only; a repeated callback is one row."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
    provider_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=30)
    error_code = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "provider_id", "status"], name="delivery_event_once")
        ]

    def __str__(self) -> str:
        return self.status
