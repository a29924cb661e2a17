"""The letters of the intake desk."""

import datetime as dt
import re

from clinic import links
from intake.models import ConsultationRequest
from intake.selectors import contact_addresses, subject_of
from notifications.kinds import Kind
from notifications.models import Message
from notifications.outbox import enqueue_consented

USEFUL_FOR = dt.timedelta(days=2)
LONGEST_GREETED = 40
# Letters of any script; a dot only after a word, as in "J. R." or "Dr. Kim": no address, no number, no sentence.
NAME_LIKE = re.compile(r"[^\W\d_][\w'\u2019\-]*\.?(?: [^\W\d_][\w'\u2019\-]*\.?){0,5}")

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


def greeted(name: str) -> str:
    """The name in the greeting; none when it is more than a name.

    Anybody can give a stranger's address and write "Your account is locked, see evil.example" as the name.
    """
    return name if len(name) <= LONGEST_GREETED and NAME_LIKE.fullmatch(name) else ""


def request_received(request: ConsultationRequest) -> list[Message]:
    """Thank the person and give the link to choose a time, on the channels they agreed to."""
    return enqueue_consented(
        kind=REQUEST_RECEIVED.name,
        addresses=contact_addresses(request),
        subject_ref=subject_of(request),
        occurrence="received",
        context={
            "name": greeted(request.name),
            "reference": request.reference,
            "time_link": links.placeholder("time", request.pk),
        },
        useless_after=request.created_at + USEFUL_FOR,
        answers_own_action=True,
        is_discreet=request.is_discreet,
        language=request.language,
    )
