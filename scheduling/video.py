"""The video room of a visit: one address for each visit, never shared.

It comes from a template of the clinician or the kind of visit, with an unguessable code in it, or staff
type it. The database refuses a link that any other visit has or had: a person who was once given it
could walk in on somebody else.
"""

import secrets
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from clinic.models import User
from scheduling import messages, selectors
from scheduling.errors import IllegalMoveError, VideoLinkError
from scheduling.history import write_event
from scheduling.models import LIVE, LONGEST_LINK, Appointment, AppointmentEvent, AppointmentType, Clinician, Mode

CODE_BYTES = 16  # 128 bits; hexadecimal, because some services do not tell capitals from small letters
CHANGED = "video link"
ONE_VISIT = "appointment_video_link_of_one_visit"


def new_link(*, appointment_type: AppointmentType, clinician: Clinician, mode: str) -> str:
    """A room nobody had before; empty when the visit is not by video or nobody gave a template."""
    template = clinician.video_link or appointment_type.video_link
    return template.replace("{code}", secrets.token_hex(CODE_BYTES)) if mode == Mode.VIDEO else ""


def link_after_move(visit: Appointment, *, clinician: Clinician, mode: str) -> str:
    """The visit keeps its room with the same clinician; with another one it gets theirs."""
    if mode == Mode.VIDEO and visit.video_link and clinician.pk == visit.clinician_id:
        return visit.video_link
    return new_link(appointment_type=visit.appointment_type, clinician=clinician, mode=mode)


def normalised(link: str) -> str:
    """The same room always reads the same. Raises VideoLinkError for what is no safe address."""
    try:
        URLValidator(schemes=["https"])(link)
        parts = urlsplit(link)
    except (ValidationError, ValueError) as error:
        raise VideoLinkError("Enter the whole address, beginning with https://") from error
    if parts.username or parts.password or len(link) > LONGEST_LINK:
        raise VideoLinkError("Enter an address without a name or password in it, of at most 300 characters")
    return urlunsplit(("https", parts.netloc.lower(), parts.path.rstrip("/"), parts.query, ""))


def set_video_link(*, appointment: Appointment, link: str, by: User) -> Appointment:
    """Staff give the visit its room, and the patient is told; an empty `link` makes a new one from the template.

    The link it has already changes nothing. Raises VideoLinkError, and IllegalMoveError for a visit that
    does not stand or is not by video.
    """
    visit, now = selectors.visit_by_id(appointment.pk), timezone.now()
    if not visit.is_live or visit.ends_at <= now or visit.mode != Mode.VIDEO:
        raise IllegalMoveError("Only a visit by video that is still to come has a video link.")
    room = (
        normalised(link)
        if link
        else new_link(appointment_type=visit.appointment_type, clinician=visit.clinician, mode=visit.mode)
    )
    if not room:
        raise VideoLinkError("Enter the address. No template is set from which one could be made.")
    if room == visit.video_link:
        return visit
    try:
        with transaction.atomic():
            return _write(visit, room, by)
    except IntegrityError as error:
        if ONE_VISIT not in str(error) and "video_link" not in str(error):
            raise
        raise VideoLinkError(
            "Another visit has or had this link. Enter one of its own, so that no patient walks in on another."
        ) from error


def _write(visit: Appointment, room: str, by: User) -> Appointment:
    rows = Appointment.objects.filter(pk=visit.pk, status__in=LIVE, revision=visit.revision)
    if not rows.update(video_link=room, revision=F("revision") + 1, updated_at=timezone.now()):
        raise IllegalMoveError("The visit was changed meanwhile. Look again.")
    changed = selectors.visit_by_id(visit.pk)
    write_event(changed, CHANGED, source=AppointmentEvent.Source.STAFF, by=by)
    messages.video_link_set(changed)
    return changed
