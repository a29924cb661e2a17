"""What staff see of the post room. Nothing here can be changed: it is the record of what happened."""

import re
from typing import Any

import phonenumbers
from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from clinic import links, subjects
from clinic.admin_base import ReadOnlyAdmin, RecordedAdmin
from clinic.admin_lists import link_to_subject
from notifications import kinds
from notifications.models import (
    Consent,
    DeliveryEvent,
    InboundMessage,
    Message,
    MessageTemplate,
    ProviderHealth,
    SenderPace,
)

NUMBER_LIKE = re.compile(r"[+0-9() .\-/]*[0-9][0-9() .\-/]*")


def address_in(term: str) -> str:
    """What was searched, as addresses are stored: E.164 for a number in any format, else lower-case.

    A part of a number is looked for by its digits.
    """
    text = term.strip().lower()
    if not NUMBER_LIKE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return text
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return re.sub(r"\D", "", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class AddressAdmin(RecordedAdmin, ReadOnlyAdmin):
    """A list and a page to read; who looked is written down. Searching takes addresses as people write them."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, address_in(search_term) if search_term else "")


class SubjectAdmin(AddressAdmin):
    """The same for rows that name a subject: found by the person's name and reference too, and leading there."""

    search_help_text = "Phone in any format, e-mail, name or reference of the person"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            found |= queryset.filter(subject_ref__in=subjects.matching(search_term))
        return found, may_repeat

    @admin.display(description="about")
    def about(self, row: Message | Consent) -> str | SafeString:
        """A link to the request or visit."""
        return link_to_subject(row.subject_ref)


class DeliveryEventInline(admin.TabularInline):  # type: ignore[type-arg]
    """What the provider said, under its message."""

    model = DeliveryEvent
    fields = readonly_fields = ("at", "status", "error_code", "provider_id")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class KindFilter(admin.SimpleListFilter):
    """By kind, from the register: asking the table for its kinds would read every row."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, kind.label) for kind in kinds.registered()]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(SubjectAdmin):
    """What was sent, to where, and what became of it."""

    list_display = (
        "created_at",
        "kind",
        "channel",
        "language",
        "address",
        "about",
        "state",
        "reason",
        "attempts",
        "sent_at",
        "settled_at",
    )
    list_filter = ("state", "channel", "basis", KindFilter, "created_at")
    search_fields = ("address", "subject_ref", "provider_id", "kind")
    ordering = ("-created_at",)
    inlines = (DeliveryEventInline,)
    fieldsets = (
        (None, {"fields": ("kind", "channel", "address", "subject_shown", "text_shown", "is_discreet", "language")}),
        ("What became of it", {"fields": ("state", "reason", "error_code", "attempts", "attempted_at", "sent_at")}),
        ("Times", {"fields": ("created_at", "not_before", "useless_after", "withdrawn_at", "settled_at")}),
        ("Why we may write", {"fields": ("basis", "consent", "in_reply_to", "staff_user", "staff_role")}),
        ("References", {"fields": ("about", "subject_ref", "occurrence", "provider_id")}),
    )

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> list[str]:
        return ["about", "subject_shown", "text_shown", "created_at"]

    @admin.display(description="subject")
    def subject_shown(self, message: Message) -> str:
        """The subject, private links masked."""
        return links.mask(message.subject)

    @admin.display(description="text")
    def text_shown(self, message: Message) -> str:
        """The text as it was sent, private links masked."""
        return links.mask(message.body_text) or "Not written yet"


@admin.register(Consent)
class ConsentAdmin(SubjectAdmin):
    """The ledger. The newest line of an address and purpose counts."""

    list_display = ("occurred_at", "channel", "address", "about", "purpose", "status", "source", "actor")
    list_filter = ("status", "channel", "source", "occurred_at")
    search_fields = ("address", "subject_ref")
    ordering = ("-id",)
    list_select_related = ("actor",)


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(AddressAdmin):
    """What the provider said, newest first."""

    list_display = ("at", "message", "status", "error_code", "provider_id")
    list_filter = ("status", "at")
    search_fields = ("message__address", "provider_id")
    search_help_text = "Phone number in any format or the provider's id"
    ordering = ("-id",)
    list_select_related = ("message",)


@admin.register(InboundMessage)
class InboundMessageAdmin(AddressAdmin):
    """Texts that came in."""

    list_display = ("created_at", "address", "keyword", "body")
    list_filter = ("keyword", "created_at")
    search_fields = ("address", "provider_id")
    search_help_text = "Phone number in any format"
    ordering = ("-created_at",)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    """Every change of the words in messages. They are edited under Words in messages."""

    list_display = ("saved_at", "kind", "channel", "language", "is_discreet", "is_reset", "saved_by")
    list_filter = ("channel", "language", "is_discreet")
    list_select_related = ("saved_by",)
    ordering = ("-id",)


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnlyAdmin):
    """Which provider is in trouble."""

    list_display = ("channel", "failures", "open_until")


@admin.register(SenderPace)
class SenderPaceAdmin(ReadOnlyAdmin):
    """How far ahead the line of each sending number is."""

    list_display = ("sender", "free_at")
