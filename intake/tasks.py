"""Celery tasks of the intake desk. Losing one loses nothing."""

from celery import shared_task
from django.utils import timezone

from intake.reviews import tell_reviewers
from intake.safety.sweep import sweep


@shared_task(name="intake.safety_sweep", ignore_result=True)
def safety_sweep() -> None:
    """Each minute: alerts, hand-overs, what did not arrive; then who signed answers that changed since."""
    sweep()
    tell_reviewers(timezone.now())
