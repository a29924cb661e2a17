"""Sending the answers: the sitting is complete, and what was left empty counts from now on."""

from django.db import transaction
from django.utils import timezone

from intake.models import Screening, ScreeningResponse
from intake.screening import flow, sittings
from intake.screening.consequences import draw_consequences_of_sending


def complete(*, screening: Screening) -> Screening:
    """Send the answers. Idempotent. A safety question left empty is raised now."""
    with transaction.atomic():
        row = sittings.locked(screening)
        if row.status not in sittings.OPEN:
            return row
        now = timezone.now()
        asked = {step.response.pk: step.response for step in flow.Sitting(row).steps}
        for response in asked.values():
            response.status, response.completed_at = ScreeningResponse.Status.COMPLETED, now
            response.save(update_fields=["status", "completed_at", "updated_at"])
            draw_consequences_of_sending(row, response, now=now)
        row.status, row.completed_at = Screening.Status.COMPLETED, now
        row.save()
    return row
