"""Celery tasks of the building itself."""

from celery import shared_task

from clinic import audit


@shared_task(name="clinic.seal_ledgers", ignore_result=True)
def seal_ledgers() -> None:
    """Each hour: seal the ledgers whose night it is. Losing one run loses nothing."""
    audit.seal_due()
