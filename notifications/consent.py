"""May we write to this address? An append-only ledger: the newest line of an address and purpose counts.

One rule goes further: a STOP from the phone itself, or the provider's word that one was sent (21610),
closes the number for every purpose, and no box ticked on a page opens it again. Only START from that
phone does (47 CFR 64.1200(a)(10), carriers' rules).
"""

import hashlib
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.models import ClinicProfile, User
from notifications.errors import AddressError
from notifications.models import Channel, Consent

APPOINTMENT = "appointment"
FROM_THE_PHONE = (Consent.Source.KEYWORD, Consent.Source.PROVIDER)


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether an address may be written to, the ledger line that says so, and in words why not."""

    allowed: bool
    consent: Consent | None
    reason: str


def normalise_address(channel: Channel | str, address: str) -> str:
    """E.164 for texts, lower-case for e-mail. Raises AddressError."""
    text = str(address).strip()
    if channel == Channel.SMS:
        return _number(text)
    text = text.lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise AddressError("Enter an e-mail address as name@example.com") from error
    return text


def _number(text: str) -> str:
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise AddressError("Enter a phone number as 612-555-0123") from error
    if number.extension:
        raise AddressError("Texts cannot reach an extension. Enter a number without one")
    if not phonenumbers.is_possible_number(number):
        raise AddressError("Enter a phone number as 612-555-0123")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def wording_for(channel: Channel | str, profile: ClinicProfile) -> str:
    """The exact words beside the box of a channel. Links to the terms stand after them on the page."""
    if channel == Channel.SMS:
        return (
            "Text me about my appointment. I agree to receive appointment and intake text messages from "
            f"{profile.message_brand} at the number above. Message frequency varies (usually up to 8 per appointment). "
            "Message and data rates may apply. Reply STOP to opt out, HELP for help. "
            "Consent is not required to book or receive care."
        )
    return (
        "Email me about my appointment. I agree to receive appointment and intake e-mails from "
        f"{profile.message_brand} at the address above. Every e-mail has an unsubscribe link. "
        "Consent is not required to book or receive care."
    )


def grant(
    *,
    channel: Channel | str,
    address: str,
    wording: str,
    source: Consent.Source | str,
    page: str = "",
    ip: str | None = None,
    user_agent: str = "",
    subject_ref: str = "",
    language: str = "en",
    box_was_unticked: bool | None = None,
    actor: User | None = None,
    purpose: str = APPOINTMENT,
    evidence: str = "",
) -> Consent:
    """Write down that somebody agreed, with the exact wording they saw or said. Raises AddressError."""
    return Consent.objects.create(
        channel=channel,
        address=normalise_address(channel, address),
        purpose=purpose,
        status=Consent.Status.GRANTED,
        source=source,
        wording=wording,
        wording_hash=hashlib.sha256(wording.encode()).hexdigest(),
        box_was_unticked=box_was_unticked,
        language=language,
        page=page[:200],
        ip=ip or None,
        user_agent=user_agent[:300],
        subject_ref=subject_ref,
        actor=actor,
        evidence=evidence[:300],
    )


def revoke(
    *,
    channel: Channel | str,
    address: str,
    source: Consent.Source | str,
    purpose: str = APPOINTMENT,
    subject_ref: str = "",
    actor: User | None = None,
    evidence: str = "",
) -> Consent:
    """Write down that somebody does not want it any more; counts from the moment it is committed."""
    return Consent.objects.create(
        channel=channel,
        address=normalise_address(channel, address),
        purpose=purpose,
        status=Consent.Status.REVOKED,
        source=source,
        subject_ref=subject_ref,
        actor=actor,
        evidence=evidence[:300],
    )


def may_contact(*, channel: Channel | str, address: str, purpose: str = APPOINTMENT) -> Permission:
    """Whether this address has a live consent now. Raises AddressError."""
    lines = Consent.objects.filter(channel=channel, address=normalise_address(channel, address)).order_by("-id")
    if is_stopped(channel=channel, address=address):
        return Permission(allowed=False, consent=None, reason="Stopped from that phone. Only START from it reopens it")
    newest = lines.filter(purpose=purpose).first()
    if newest is None:
        return Permission(allowed=False, consent=None, reason="No consent on file")
    if newest.status != Consent.Status.GRANTED:
        return Permission(allowed=False, consent=None, reason=f"Consent withdrawn: {newest.get_source_display()}")
    return Permission(allowed=True, consent=newest, reason="")


def is_stopped(*, channel: Channel | str, address: str) -> bool:
    """Whether the newest word from the phone itself, or from the provider about it, is STOP."""
    newest = (
        Consent.objects.filter(channel=channel, address=normalise_address(channel, address), source__in=FROM_THE_PHONE)
        .order_by("-id")
        .first()
    )
    return newest is not None and newest.status == Consent.Status.REVOKED
