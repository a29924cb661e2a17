"""The letters about what the clinic changed: a visit called off, with the way to a new time, or handed over."""

import datetime as dt
import uuid
from collections.abc import Sequence

from clinic import links
from notifications import kinds
from notifications.models import Message
from scheduling.messages import SAMPLE, WAYS, enqueue_about, facts_in_words, instant
from scheduling.models import Appointment

CALLED_OFF = "scheduling.called_off"
HANDED_OVER = "scheduling.handed_over"
SAMPLE_REQUEST = uuid.UUID("00000000-0000-4000-8000-000000000000")


def register_kinds() -> None:
    """Tell the post room about these letters. Called from `apps.ready()`."""
    kinds.register(
        kinds.Kind(
            name=CALLED_OFF,
            label="Appointment called off, choose a new time",
            template="called_off",
            sample={**SAMPLE, "time_link": links.placeholder("time", SAMPLE_REQUEST), "free_starts": []},
            states=({"free_starts": [SAMPLE["starts"]]},),
            in_words=facts_in_words,
        )
    )
    kinds.register(
        kinds.Kind(
            name=HANDED_OVER,
            label="Appointment with another clinician",
            template="handed_over",
            sample=SAMPLE,
            states=WAYS,
            in_words=facts_in_words,
        )
    )


def visit_called_off(appointment: Appointment, *, free_starts: Sequence[dt.datetime] = ()) -> list[Message]:
    """Say that we had to call it off; the letter leads to the free times, and names the nearest."""
    if appointment.request is None:
        return []
    return enqueue_about(
        appointment,
        kind=CALLED_OFF,
        method="CANCEL",
        answers_own_action=False,
        more={
            "time_link": links.placeholder("time", appointment.request.pk),
            "free_starts": [instant(start) for start in free_starts],
        },
    )


def visit_handed_over(appointment: Appointment) -> list[Message]:
    """Say that the time stays and the clinician does not."""
    return enqueue_about(appointment, kind=HANDED_OVER, method="REQUEST", answers_own_action=False)
