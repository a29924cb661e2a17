"""The Celery application. Workers are a doorbell: the truth stands in the database."""

import os

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def sweep_at_start(**_kwargs: object) -> None:
    """Sweep once when beat starts, so that what waited while we were down leaves at once."""
    app.send_task("notifications.sweep", ignore_result=True)
