"""What the visit page says: state, place, and the truth about the confirmation. No database."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic import clock
from clinic.models import ClinicProfile
from notifications.models import Channel, Message
from scheduling.messages import TIME_TOLD
from scheduling.models import Appointment, Mode
from scheduling.views.numbers import number_of

HEADINGS = {
    Appointment.Status.CANCELLED_BY_PATIENT: gettext_lazy("You cancelled this appointment"),
    Appointment.Status.CANCELLED_BY_CLINIC: gettext_lazy("We cancelled this appointment"),
    Appointment.Status.COMPLETED: gettext_lazy("This appointment is over"),
    Appointment.Status.NO_SHOW: gettext_lazy("This appointment is over"),
}


@dataclass(frozen=True, kw_only=True)
class _Sentences:
    """What is said of a confirmation, by what became of it."""

    on_its_way: Promise
    went_out: Promise
    simulated: Promise
    unknown: Promise
    failed: Promise


SENTENCES = {
    Channel.SMS: _Sentences(
        on_its_way=gettext_lazy("We are sending a text to %(whither)s."),
        went_out=gettext_lazy("We sent a text to %(whither)s."),
        simulated=gettext_lazy("We would send a text to %(whither)s. Not sent: this demo has no provider."),
        unknown=gettext_lazy("We do not know yet whether a text reached %(whither)s."),
        failed=gettext_lazy("We could not send a text to %(whither)s. Save this page instead."),
    ),
    Channel.EMAIL: _Sentences(
        on_its_way=gettext_lazy("We are sending an e-mail to %(whither)s."),
        went_out=gettext_lazy("We sent an e-mail to %(whither)s."),
        simulated=gettext_lazy("We would send an e-mail to %(whither)s. Not sent: this demo has no provider."),
        unknown=gettext_lazy("We do not know yet whether an e-mail reached %(whither)s."),
        failed=gettext_lazy("We could not send an e-mail to %(whither)s. Save this page instead."),
    ),
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
        Appointment.Status(visit.status), _("You're booked") if is_coming else _("This appointment is over")
    )
    return VisitWords(
        heading=str(heading),
        day=clock.long_day_text(visit.starts_at.astimezone(zone).date()),
        time=_hours(visit, zone),
        mode=str(Mode(visit.mode).label),
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
    return clock.zoned_time_text(held_until, zone)


def _hours(visit: Appointment, zone: zoneinfo.ZoneInfo) -> str:
    minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    return ngettext("%(time)s, for %(minutes)s minute", "%(time)s, for %(minutes)s minutes", minutes) % {
        "time": clock.zoned_time_text(visit.starts_at, zone),
        "minutes": minutes,
    }


def _place(visit: Appointment, profile: ClinicProfile) -> list[str]:
    """Where to be, or how it is held, line by line."""
    if visit.mode == Mode.PHONE:
        number = number_of(visit.request) if visit.request else number_of(visit.patient)
        if number:
            return [_("We call you at %(number)s.") % {"number": number}]
        call_us = _("Call us at %(number)s so that we know your number.")
        return [call_us % {"number": profile.phone.as_national}]
    if visit.mode == Mode.VIDEO:  # the page links to the room, where there is one
        return [] if visit.video_link else [_("By video. We tell you how to join before it starts.")]
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
    """What became of one confirmation. Whole sentences for each channel: other languages bend them otherwise."""
    said = SENTENCES[Channel(message.channel)]
    if message.state in ON_ITS_WAY:
        sentence = said.on_its_way
    elif message.state in WENT_OUT:
        sentence = said.went_out
    elif message.state == Message.State.SIMULATED:
        sentence = said.simulated
    else:
        sentence = said.unknown if message.state == Message.State.UNKNOWN else said.failed
    return str(sentence) % {"whither": masked(message.channel, message.address)}


def masked(channel: str, address: str) -> str:
    """Not the whole address: the link may be opened where others look on."""
    if channel == Channel.SMS:
        return _("the number ending in %(digits)s") % {"digits": address[-LAST_DIGITS:]}
    name, __, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"
