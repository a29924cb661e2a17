"""What the schedule writes to staff, by e-mail: initials, times and ways of meeting, no name and no clinical word."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.access import subject_ref
from clinic.models import ClinicProfile, DeskTask, User
from clinic.roles import Role
from intake.models import ConsultationRequest
from intake.selectors import subject_of
from notifications import kinds, outbox
from notifications.models import Channel, Message
from scheduling.feeds import initials
from scheduling.messages import short_time, visit_ref
from scheduling.models import Appointment, Clinician, Mode

NEW_REQUEST = "scheduling.staff_request"
VISIT_NEWS = "scheduling.staff_visit"
TOMORROW = "scheduling.staff_tomorrow"
TROUBLE = "scheduling.staff_trouble"
USEFUL_FOR = dt.timedelta(days=1)
SAMPLE_LINK = "https://book.clinic.example/admin/"
WHAT_HAPPENED = {
    "booked": "Booked",
    "moved": "Changed",
    "off": "Cancelled",
    "other": "Now with somebody else",
}

KINDS: tuple[tuple[str, str, str, dict[str, object], str], ...] = (
    (
        NEW_REQUEST,
        "To the desk: new request",
        "staff_request",
        {"reference": "K7RM4T", "staff_link": SAMPLE_LINK},
        "Within a minute of each request, to the desk's address (clinic profile)",
    ),
    (
        VISIT_NEWS,
        "To the clinician: a visit",
        "staff_visit",
        {
            "news": "Changed",
            "when": "Tue Dec 1, 2:00 PM CST",
            "who": "S. E.",
            "how": "Video",
            "staff_link": SAMPLE_LINK,
        },
        "Within a minute of each booking, change or cancelling, to that clinician; after the time to undo it",
    ),
    (
        TOMORROW,
        "To the clinician: tomorrow's visits",
        "staff_tomorrow",
        {"day": "Tuesday, December 1", "visits": ["9:00 AM CST, S. E., Video"], "staff_link": SAMPLE_LINK},
        "At 4 PM the day before, to each clinician with visits",
    ),
    (
        TROUBLE,
        "To the desk: texts or e-mails do not leave",
        "staff_trouble",
        {"what": "Texts do not leave", "staff_link": SAMPLE_LINK},
        "Once for each trouble with a provider, to the desk's address (clinic profile)",
    ),
)


def register_kinds() -> None:
    """Tell the post room about these. Called from `apps.ready()`."""
    for name, label, template, sample, when in KINDS:
        kinds.register(
            kinds.Kind(name=name, label=label, template=template, sample=sample, when=when, basis=Message.Basis.STAFF)
        )


def new_request(request: ConsultationRequest, profile: ClinicProfile) -> list[Message]:
    """Tell the desk's address that a request came in: its reference and where to read it."""
    return _to_desk(
        NEW_REQUEST,
        subject_of(request),
        profile,
        {"reference": request.reference, "staff_link": _page("intake_consultationrequest_change", request.pk)},
    )


def provider_trouble(task: DeskTask, profile: ClinicProfile) -> list[Message]:
    """Tell the desk's address that a provider refuses us, once for each task."""
    context = {"what": task.title, "staff_link": _page("clinic_desktask_change", task.pk)}
    return _to_desk(TROUBLE, subject_ref("clinic.task", task.pk), profile, context)


def visit_news(visit: Appointment, user: User, *, what: str, occurrence: str, zone: zoneinfo.ZoneInfo) -> list[Message]:
    """Tell a clinician what happened to a visit; `what` is a key of WHAT_HAPPENED."""
    return outbox.enqueue_staff(
        kind=VISIT_NEWS,
        addresses=[(Channel.EMAIL, user.email)],
        subject_ref=visit_ref(visit),
        occurrence=occurrence,
        context={
            "news": WHAT_HAPPENED[what],
            "when": short_time(visit.starts_at, zone),
            "who": initials(visit.patient.name),
            "how": str(Mode(visit.mode).label),
            "staff_link": _page("scheduling_appointment_change", visit.pk),
        },
        useless_after=visit.ends_at,
        user=user,
    )


def tomorrow(
    clinician: Clinician, user: User, *, visits: Sequence[Appointment], zone: zoneinfo.ZoneInfo
) -> list[Message]:
    """Tell a clinician who comes tomorrow, in the order of the day. `visits` holds at least one."""
    first = visits[0].starts_at.astimezone(zone)
    return outbox.enqueue_staff(
        kind=TOMORROW,
        addresses=[(Channel.EMAIL, user.email)],
        subject_ref=subject_ref("scheduling.clinician", clinician.pk),
        occurrence=first.date().isoformat(),
        context={
            "day": f"{first:%A, %B %-d}",
            "visits": [_line(visit, zone) for visit in visits],
            "staff_link": _home(),
        },
        useless_after=visits[-1].starts_at,
        user=user,
    )


def _to_desk(kind: str, subject: str, profile: ClinicProfile, context: dict[str, str]) -> list[Message]:
    return outbox.enqueue_staff(
        kind=kind,
        addresses=[(Channel.EMAIL, profile.desk_email)],
        subject_ref=subject,
        occurrence="opened",
        context=context,
        useless_after=timezone.now() + USEFUL_FOR,
        role=Role.FRONT_DESK,
    )


def _line(visit: Appointment, zone: zoneinfo.ZoneInfo) -> str:
    local = visit.starts_at.astimezone(zone)
    return f"{local:%-I:%M %p %Z}, {initials(visit.patient.name)}, {Mode(visit.mode).label}"


def _page(name: str, object_id: object) -> str:
    return settings.PUBLIC_BASE_URL + reverse(f"admin:{name}", args=[object_id])


def _home() -> str:
    return settings.PUBLIC_BASE_URL + reverse("admin:index")
