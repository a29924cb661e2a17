"""The letters of the intake desk."""

import datetime as dt
import re

from django.utils import timezone

from clinic import links
from intake.models import ConsultationRequest, Screening
from intake.selectors import contact_addresses, no_letter_about_request, subject_of
from notifications.kinds import Kind
from notifications.models import Channel, Message
from notifications.outbox import enqueue_consented

USEFUL_FOR = dt.timedelta(days=2)
LONGEST_GREETED = 40
# Letters of any script; a dot only after a word, as in "J. R." or "Dr. Kim": no address, no number, no sentence.
NAME_LIKE = re.compile(r"[^\W\d_][\w'\u2019\-]*\.?(?: [^\W\d_][\w'\u2019\-]*\.?){0,5}")

REQUEST_RECEIVED = Kind(
    name="intake.request_received",
    label="Request received",
    template="request_received",
    when="At once when a request comes in",
    sample={
        "name": "Sam Example",
        "reference": "K7RM4T",
        "time_link": "[[link:time:00000000-0000-4000-8000-000000000000]]",
    },
)

QUESTIONS = Kind(
    name="intake.questions",
    label="Questions before a visit",
    template="questions",
    sample={"name": "Sam Example", "questions_link": "[[link:questions:00000000-0000-4000-8000-000000000000]]"},
    withheld=no_letter_about_request,
)
QUESTIONS_USEFUL_FOR = dt.timedelta(days=5)


TRIED_TO_CALL = Kind(
    name="intake.tried_to_call",
    label="We tried to call",
    template="tried_to_call",
    sample={"time_link": "[[link:time:00000000-0000-4000-8000-000000000000]]"},
    when="When the desk called about a request, reached nobody and sends it; once a day",
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


def questions_sent(screening: Screening) -> list[Message]:
    """Give the link to the questions, on the channels the person agreed to. Nothing of what is asked stands in it."""
    request = screening.request
    return enqueue_consented(
        kind=QUESTIONS.name,
        addresses=contact_addresses(request),
        subject_ref=subject_of(request),
        occurrence=f"questions|{screening.pk}",
        context={"name": greeted(request.name), "questions_link": links.placeholder("questions", screening.pk)},
        useless_after=timezone.now() + QUESTIONS_USEFUL_FOR,
        is_discreet=request.is_discreet,
        language=request.language,
    )


def tried_to_call(request: ConsultationRequest, *, now: dt.datetime) -> list[Message]:
    """Say by text that we called, where they agreed to texts; once a day."""
    return enqueue_consented(
        kind=TRIED_TO_CALL.name,
        addresses=[one for one in contact_addresses(request) if one[0] == Channel.SMS],
        subject_ref=subject_of(request),
        occurrence=f"called {now:%Y-%m-%d}",
        context={"time_link": links.placeholder("time", request.pk)},
        useless_after=now + USEFUL_FOR,
        is_discreet=request.is_discreet,
        language=request.language,
    )
