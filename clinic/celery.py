"""The Celery application. Workers are a doorbell: the truth stands in the database."""

import logging.config
import os

from celery import Celery
from celery.signals import beat_init, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_kwargs: object) -> None:
    """Having a receiver keeps Celery from putting its own handlers, which print arguments, in place of ours."""
    logging.config.dictConfig(settings.LOGGING)


@beat_init.connect
def sweep_at_start(**_kwargs: object) -> None:
    """Sweep once when beat starts, so that what waited while we were down leaves at once."""
    app.send_task("notifications.sweep", ignore_result=True)
