"""The letters of the intake desk."""

import datetime as dt

from clinic import links
from intake.models import ConsultationRequest
from intake.selectors import contact_addresses, subject_of
from notifications.kinds import Kind
from notifications.models import Message
from notifications.outbox import enqueue_consented

USEFUL_FOR = dt.timedelta(days=2)

REQUEST_RECEIVED = Kind(
    name="intake.request_received",
    label="Request received",
    template="request_received",
    sample={
        "name": "Sam Example",
        "reference": "K7RM4T",
        "time_link": "[[link:time:00000000-0000-4000-8000-000000000000]]",
    },
)


def request_received(request: ConsultationRequest) -> list[Message]:
    """Thank the person and give the link to choose a time, on the channels they agreed to."""
    return enqueue_consented(
        kind=REQUEST_RECEIVED.name,
        addresses=contact_addresses(request),
        subject_ref=subject_of(request),
        occurrence="received",
        context={
            "name": request.name,
            "reference": request.reference,
            "time_link": links.placeholder("time", request.pk),
        },
        useless_after=request.created_at + USEFUL_FOR,
        answers_own_action=True,
        is_discreet=request.is_discreet,
        language=request.language,
    )
