"""Celery tasks of the schedule: a few lines each. Losing one loses nothing, the next sweep does its work."""

import logging

from celery import shared_task

from scheduling import reminders, replies, screening_sweep, staff_letters

logger = logging.getLogger(__name__)


@shared_task(name="scheduling.sweep", ignore_result=True)
def sweep() -> None:
    """Each minute: what visits are due to say. Trouble with one part does not keep the others from theirs."""
    for part in (
        replies.read_confirmations, reminders.remind, screening_sweep.ask_for_answers, staff_letters.write_to_staff,
    ):  # fmt: skip
        try:
            part()
        except Exception:
            logger.exception("a part of the sweep failed", extra={"part": part.__name__})
