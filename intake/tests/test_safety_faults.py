"""The alert leaves although the broker, a worker or the provider died when somebody asked for help."""

import datetime as dt

import pytest
from celery import Celery
from django.db import transaction
from django.utils import timezone

from intake.models import SafetyItem, SafetyLevel
from intake.safety import raise_item
from intake.tests.factories import make_request
from intake.tests.safety_steps import clinician, on_call
from notifications import bell, claims, tasks
from notifications.models import Message
from notifications.tests.servers import FakeMail

pytestmark = pytest.mark.django_db(transaction=True)
ALERT = "intake.safety_alert"


@pytest.fixture
def mail(settings):
    with FakeMail() as server:
        settings.EMAIL_CONFIGURED = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 1.0
        yield server


@pytest.fixture(autouse=True)
def broker_is_down(monkeypatch):
    bell.breaker.reset()
    nobody = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    nobody.conf.broker_transport_options = {"socket_connect_timeout": 0.5, "max_retries": 0}  # as the settings have it
    monkeypatch.setattr(bell, "current_app", nobody)
    yield
    bell.breaker.reset()


def cry_for_help():
    now = timezone.now()
    on_call(clinician(), now - dt.timedelta(hours=1), now + dt.timedelta(hours=1), phone="")
    request = make_request()
    Message.objects.all().delete()
    with transaction.atomic():
        raise_item(patient=request.patient, request=request, level=SafetyLevel.EMERGENCY, trigger="asq-5")
    return Message.objects.get(kind=ALERT)


def test_alert_leaves_by_the_sweep_while_the_broker_is_down(mail):
    alert = cry_for_help()
    assert (alert.state, mail.recipients) == ("queued", [])

    tasks.sweep()

    alert.refresh_from_db()
    assert (alert.state, mail.recipients) == ("sent", [["oncall-dana@clinic.example"]])


def test_alert_of_a_worker_that_was_killed_leaves_by_the_sweep(mail):
    alert = cry_for_help()
    _taken, (claimed,) = claims.claim(first=alert.pk, now=timezone.now())
    assert claims.begin_try(claimed, now=timezone.now())  # and here the worker is killed

    tasks.sweep()
    while_leased = list(mail.recipients)
    Message.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    tasks.sweep()

    alert.refresh_from_db()
    assert (while_leased, alert.state, len(mail.recipients)) == ([], "sent", 1)


def test_item_stands_whatever_died():
    cry_for_help()

    assert SafetyItem.objects.get().state == "open"
