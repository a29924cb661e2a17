"""May we write to this address? An append-only ledger: the newest line of an address and purpose counts.

One rule goes further: a STOP from the phone itself, or the provider's word that one was sent (21610),
closes the number for every purpose, and no box ticked on a page opens it again. Only START from that
phone does (47 CFR 64.1200(a)(10), carriers' rules). A pause (a text that may mean stop) and a block (do
not contact at all) hold for every purpose too; staff end them, or START or STOP from that phone.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Max, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext as _

from clinic.models import ClinicProfile, User
from notifications.errors import AddressError
from notifications.models import Channel, Consent

APPOINTMENT = "appointment"
FROM_THE_PHONE = (Consent.Source.KEYWORD, Consent.Source.PROVIDER)
WISHES = (Consent.Status.GRANTED, Consent.Status.REVOKED)
STOPPED = "Stopped from that phone. Only START from it reopens it"
PAUSED = "Waits until a person has read a text that may mean stop"
BLOCKED = "Do not contact at all: decided by staff"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether an address may be written to, the ledger line that says so, and in words why not.

    `is_paused`: not now, but perhaps once a person has decided. `refused`: they agreed once, and may not be
    written to now; the newest line about their wish, which is not enough.
    """

    allowed: bool
    consent: Consent | None
    reason: str
    is_paused: bool = False
    refused: Consent | None = None


def normalise_address(channel: Channel | str, address: str) -> str:
    """E.164 for texts, lower-case for e-mail. Raises AddressError."""
    text = str(address).strip()
    if channel in {Channel.SMS, Channel.VOICE}:
        return _number(text)
    text = text.lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise AddressError(_("Enter an e-mail address as name@example.com")) from error
    return text


def _number(text: str) -> str:
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise AddressError(_("Enter a phone number as 612-555-0123")) from error
    if number.extension:
        raise AddressError(_("Texts cannot reach an extension. Enter a number without one"))
    if not phonenumbers.is_possible_number(number):
        raise AddressError(_("Enter a phone number as 612-555-0123"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def wording_for(channel: Channel | str, profile: ClinicProfile) -> str:
    """The exact words beside the box of a channel, in the active language. Links to the terms stand after them."""
    if channel == Channel.SMS:
        return _(
            "Text me about my appointment. I agree to receive appointment and intake text messages from "
            "%(brand)s at the number above. Message frequency varies (usually up to 8 per appointment). "
            "Message and data rates may apply. Reply STOP to opt out, HELP for help. "
            "Consent is not required to book or receive care."
        ) % {"brand": profile.message_brand}
    return _(
        "Email me about my appointment. I agree to receive appointment and intake e-mails from "
        "%(brand)s at the address above. Every e-mail has an unsubscribe link. "
        "Consent is not required to book or receive care."
    ) % {"brand": profile.message_brand}


def spoken_wording_for(channel: Channel | str, profile: ClinicProfile) -> str:
    """The exact words that staff read aloud on the phone before they write down what the person answers."""
    if channel == Channel.SMS:
        return (
            "May we text you about your appointment? You would agree to receive appointment and intake text messages "
            f"from {profile.message_brand} at the number you just gave me. Message frequency varies, usually up to 8 "
            "per appointment. Message and data rates may apply. You can reply STOP at any time to opt out, or HELP for "
            "help. Consent is not required to book or receive care. Do you agree?"
        )
    return (
        "May we e-mail you about your appointment? You would agree to receive appointment and intake e-mails from "
        f"{profile.message_brand} at the address you just gave me. Every e-mail has an unsubscribe link. "
        "Consent is not required to book or receive care. Do you agree?"
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


def hold(
    *,
    status: Consent.Status,
    channel: Channel | str,
    address: str,
    source: Consent.Source | str,
    subject_ref: str = "",
    actor: User | None = None,
    evidence: str = "",
) -> Consent:
    """Write down a pause, a block, or the end of either (PAUSED, BLOCKED, RESUMED), for every purpose."""
    return Consent.objects.create(
        channel=channel,
        address=normalise_address(channel, address),
        status=status,
        source=source,
        subject_ref=subject_ref,
        actor=actor,
        evidence=evidence[:300],
    )


def may_contact(*, channel: Channel | str, address: str, purpose: str = APPOINTMENT) -> Permission:
    """Whether this address has a live consent now. Raises AddressError."""
    return _permission(_newest_of_each(channel, address), purpose)


def permissions(asked: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], Permission]:
    """The same for many (channel, address as stored, purpose) at once, in one query."""
    wanted = set(asked)
    lines: dict[tuple[str, str], list[Consent]] = {}
    for line in _newest_among(Consent.objects.filter(address__in={address for _channel, address, _purpose in wanted})):
        lines.setdefault((line.channel, line.address), []).append(line)
    return {key: _permission(lines.get(key[:2], []), key[2]) for key in wanted}


def taken_back_since(line: Consent, moment: dt.datetime) -> QuerySet[Consent]:
    """What was said against writing to the address of this line after a moment, whatever was said before."""
    against = (Consent.Status.REVOKED, Consent.Status.PAUSED, Consent.Status.BLOCKED)
    return Consent.objects.filter(
        channel=line.channel, address=line.address, status__in=against, occurred_at__gt=moment
    )


def _permission(lines: Sequence[Consent], purpose: str) -> Permission:
    newest = _newest(line for line in lines if line.purpose == purpose and line.status in WISHES)
    ticked = newest if newest is not None and newest.status == Consent.Status.GRANTED else None
    agreed_once = any(line.purpose == purpose and line.status == Consent.Status.GRANTED for line in lines)
    refused = newest if agreed_once else None
    standing = _hold_among(lines)
    if standing == Consent.Status.BLOCKED:
        return Permission(allowed=False, consent=None, reason=BLOCKED, refused=refused)
    if _is_stopped_among(lines):
        return Permission(allowed=False, consent=None, reason=STOPPED, refused=refused)
    if newest is None:
        return Permission(allowed=False, consent=None, reason="No consent on file")
    if ticked is None:
        reason = f"Consent withdrawn: {newest.get_source_display()}"
        return Permission(allowed=False, consent=None, reason=reason, refused=refused)
    if standing == Consent.Status.PAUSED:
        return Permission(allowed=False, consent=ticked, reason=PAUSED, is_paused=True)
    return Permission(allowed=True, consent=ticked, reason="")


def standing_hold(*, channel: Channel | str, address: str) -> Consent.Status | None:
    """PAUSED or BLOCKED while that stands. Word from the phone itself (STOP, START) ends either."""
    return _hold_among(_newest_of_each(channel, address))


def is_stopped(*, channel: Channel | str, address: str) -> bool:
    """Whether the newest word from the phone itself, or from the provider about it, is STOP. Texts only."""
    return _is_stopped_among(_newest_of_each(channel, address))


def _newest_of_each(channel: Channel | str, address: str) -> list[Consent]:
    """One query: the newest line of each purpose, status and source. No rule looks at an older one."""
    return _newest_among(Consent.objects.filter(channel=channel, address=normalise_address(channel, address)))


def _newest_among(lines: QuerySet[Consent]) -> list[Consent]:
    groups = lines.order_by().values("channel", "address", "purpose", "status", "source")
    return list(Consent.objects.filter(pk__in=groups.annotate(newest=Max("id")).values("newest")))


def _newest(lines: Iterable[Consent]) -> Consent | None:
    return max(lines, key=lambda line: line.pk, default=None)


def _hold_among(lines: Sequence[Consent]) -> Consent.Status | None:
    newest = _newest(
        line
        for line in lines
        if line.status not in WISHES or (line.channel == Channel.SMS and line.source == Consent.Source.KEYWORD)
    )
    if newest is None or newest.status not in {Consent.Status.PAUSED, Consent.Status.BLOCKED}:
        return None
    return Consent.Status(newest.status)


def _is_stopped_among(lines: Sequence[Consent]) -> bool:
    newest = _newest(
        line
        for line in lines
        if line.channel == Channel.SMS and line.source in FROM_THE_PHONE and line.status in WISHES
    )
    return newest is not None and newest.status == Consent.Status.REVOKED


def agrees(*, channel: Channel | str, address: Any) -> Q:
    """As `may_contact()`, as a part of a larger query: `address` is an expression, normalised as in the ledger."""
    lines = Consent.objects.filter(channel=channel, address=address).order_by("-id")
    wish = lines.filter(purpose=APPOINTMENT, status__in=WISHES).values("status")[:1]
    held = lines.filter(~Q(status__in=WISHES) | Q(channel=Channel.SMS, source=Consent.Source.KEYWORD)).values("status")
    phone = lines.filter(channel=Channel.SMS, source__in=FROM_THE_PHONE, status__in=WISHES).values("status")[:1]
    holds = (Consent.Status.PAUSED, Consent.Status.BLOCKED)
    return (
        Q(Exact(Subquery(wish), Value(Consent.Status.GRANTED.value)))
        & ~Q(In(Coalesce(Subquery(held[:1]), Value("")), [one.value for one in holds]))
        & ~Q(Exact(Coalesce(Subquery(phone), Value("")), Value(Consent.Status.REVOKED.value)))
    )


def addresses_beside(address: str) -> list[tuple[Channel, str]]:
    """Every address in the ledger that stands beside this number in some request, the number first."""
    refs = Consent.objects.filter(address=address).exclude(subject_ref="").values("subject_ref")
    found = Consent.objects.filter(subject_ref__in=refs, status=Consent.Status.GRANTED)
    others = sorted(set(found.values_list("channel", "address")) - {(Channel.SMS.value, address)})
    return [(Channel.SMS, address), *((Channel(channel), other) for channel, other in others)]


def subjects_at(address: str) -> list[str]:
    """Whom an address was given for: a family may share one. Newest first."""
    refs = Consent.objects.filter(address=address, status=Consent.Status.GRANTED).exclude(subject_ref="")
    return list(dict.fromkeys(refs.order_by("-id").values_list("subject_ref", flat=True)))
