"""What the schedule writes about the questions before a visit: invitation and reminders. No question, no answer.

They lead to the visit's page, which offers the questions: the address of the questions themselves holds
a word that may not stand in a text.
"""

from intake.selectors import contact_addresses
from notifications import kinds, outbox
from notifications.models import Message
from scheduling import call_first
from scheduling.messages import SAMPLE, facts_in_words, facts_of, visit_ref
from scheduling.models import Appointment

INVITATION = "scheduling.screening_invitation"
REMINDER = "scheduling.screening_reminder"
KINDS = (INVITATION, REMINDER)


def register_kinds() -> None:
    """Tell the post room about these. Called from `apps.ready()`."""
    kinds.register(
        kinds.Kind(
            name=INVITATION,
            label="Questions before the visit",
            template="screening_invitation",
            sample=SAMPLE,
            in_words=facts_in_words,
            withheld=call_first.about_visit,
            when="An hour after booking, while the questions are open; never while a clinician's call is needed",
        )
    )
    kinds.register(
        kinds.Kind(
            name=REMINDER,
            label="Reminder of the questions before the visit",
            template="screening_reminder",
            sample=SAMPLE,
            in_words=facts_in_words,
            withheld=call_first.about_visit,
            when="A day after the invitation and two days before the visit, until the questions are answered",
        )
    )


def ask(appointment: Appointment, *, number: int) -> list[Message]:
    """Put one letter in the outbox: the invitation (`number` 0) or a reminder."""
    request = appointment.request
    if request is None:
        return []
    return outbox.enqueue_consented(
        kind=REMINDER if number else INVITATION,
        addresses=contact_addresses(request),
        subject_ref=visit_ref(appointment),
        occurrence=f"{number}|{appointment.revision}",
        context=facts_of(appointment),
        useless_after=appointment.starts_at,
        is_discreet=request.is_discreet,
        language=request.language,
    )
