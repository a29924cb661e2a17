"""The Celery application. Workers are a doorbell: the truth stands in the database."""

import logging.config
import os

from celery import Celery, Task
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_kwargs: object) -> None:
    """Having a receiver keeps Celery from putting its own handlers, which print arguments, in place of ours."""
    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
@task_postrun.connect
def close_what_is_old(sender: Task[..., object], **_kwargs: object) -> None:
    """Keep this thread's connection to the database for its next task, unless it is old or broken."""
    if not sender.request.is_eager:
        close_old_connections()


@beat_init.connect
def sweep_at_start(**_kwargs: object) -> None:
    """Every sweep once when beat starts, so that what waited while we were down leaves at once."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        app.send_task(str(entry["task"]), ignore_result=True)
