"""What the visit page says: state, place, and the truth about the confirmation. No database."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from clinic.models import ClinicProfile
from notifications.models import Channel, Message
from scheduling.messages import TIME_TOLD
from scheduling.models import Appointment, Mode
from scheduling.views import clock
from scheduling.views.numbers import number_of

HEADINGS = {
    Appointment.Status.CANCELLED_BY_PATIENT: "You cancelled this appointment",
    Appointment.Status.CANCELLED_BY_CLINIC: "We cancelled this appointment",
    Appointment.Status.COMPLETED: "This appointment is over",
    Appointment.Status.NO_SHOW: "This appointment is over",
}
ON_ITS_WAY = {Message.State.QUEUED, Message.State.SENDING}
WENT_OUT = {Message.State.SENT, Message.State.DELIVERED}
LAST_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class VisitWords:
    """One visit in words. `is_coming`: it stands and is not over. `undo_until`: empty when it cannot be undone."""

    heading: str
    day: str
    time: str
    mode: str
    place: list[str]
    is_coming: bool
    is_cancelled: bool
    can_cancel: bool
    cancel_until: str
    undo_until: str


def visit_words(visit: Appointment, profile: ClinicProfile, now: dt.datetime) -> VisitWords:
    """Put the visit in words for its page."""
    zone = profile.zone_info
    is_coming = visit.is_live and visit.ends_at > now
    heading = HEADINGS.get(
        Appointment.Status(visit.status), "You're booked" if is_coming else "This appointment is over"
    )
    return VisitWords(
        heading=heading,
        day=clock.long_day_text(visit.starts_at.astimezone(zone).date()),
        time=_hours(visit, zone),
        mode=Mode(visit.mode).label,
        place=_place(visit, profile),
        is_coming=is_coming,
        is_cancelled=visit.is_cancelled,
        can_cancel=is_coming and now < visit.change_ends_at,
        cancel_until=clock.moment_text(visit.change_ends_at, zone),
        undo_until=_undo_until(visit.held_until, zone, now),
    )


def _undo_until(held_until: dt.datetime | None, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> str:
    if held_until is None or held_until <= now:
        return ""
    return f"{clock.time_text(held_until, zone)} {clock.zone_name(zone)}"


def _hours(visit: Appointment, zone: zoneinfo.ZoneInfo) -> str:
    minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    return f"{clock.time_text(visit.starts_at, zone)} {clock.zone_name(zone)}, for {minutes} minutes"


def _place(visit: Appointment, profile: ClinicProfile) -> list[str]:
    """Where to be, or how it is held, line by line."""
    if visit.mode == Mode.PHONE:
        number = number_of(visit.request) if visit.request else number_of(visit.patient)
        if number:
            return [f"We call you at {number}."]
        return [f"Call us at {profile.phone.as_national} so that we know your number."]
    if visit.mode == Mode.VIDEO:
        return ["By video. We tell you how to join before it starts."]
    address = (visit.location.address if visit.location else "") or profile.address
    name = [visit.location.name] if visit.location else []
    return [*name, *(line.strip() for line in address.splitlines() if line.strip())]


def confirmation_lines(messages: Iterable[Message]) -> list[str]:
    """One true sentence for each address a confirmation goes to. Empty: none goes anywhere."""
    newest: dict[tuple[str, str], Message] = {}
    for message in messages:  # newest first
        if message.kind in TIME_TOLD and message.state != Message.State.WITHDRAWN:
            newest.setdefault((message.channel, message.address), message)
    return [_sentence(message) for _key, message in sorted(newest.items(), reverse=True)]


def _sentence(message: Message) -> str:
    what, whither = _what_and_whither(message)
    if message.state in ON_ITS_WAY:
        return f"We are sending {what} to {whither}."
    if message.state in WENT_OUT:
        return f"We sent {what} to {whither}."
    if message.state == Message.State.SIMULATED:
        return f"We would send {what} to {whither}. Not sent: this demo has no provider."
    if message.state == Message.State.UNKNOWN:
        return f"We do not know yet whether {what} reached {whither}."
    return f"We could not send {what} to {whither}. Save this page instead."


def _what_and_whither(message: Message) -> tuple[str, str]:
    return "a text" if message.channel == Channel.SMS else "an e-mail", masked(message.channel, message.address)


def masked(channel: str, address: str) -> str:
    """Not the whole address: the link may be opened where others look on."""
    if channel == Channel.SMS:
        return f"the number ending in {address[-LAST_DIGITS:]}"
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"
