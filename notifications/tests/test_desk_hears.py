"""Whatever does not arrive ends as a task on the desk."""

import datetime as dt
from itertools import count

import pytest
import time_machine
from django.utils import timezone

from clinic import desk_tasks
from clinic.models import ClinicProfile, DeskTask
from notifications import callbacks, delivery, tasks
from notifications.models import Channel, Message
from notifications.tests.factories import make_due, waiting
from notifications.tests.servers import Answer

pytestmark = pytest.mark.django_db


def provider_tasks():
    return DeskTask.objects.filter(kind=DeskTask.Kind.PROVIDER)


@pytest.mark.parametrize("status", [401, 403])
def test_provider_that_refuses_our_account_opens_one_task(twilio, status):
    messages = [waiting(occurrence=str(number)) for number in range(3)]
    twilio.script = [Answer(status, 20003)] * 3

    states = [delivery.deliver(message.pk) for message in messages]

    task = provider_tasks().get()
    assert states == ["queued"] * 3
    assert task.title == "Texts do not leave: the provider refuses our account. Tell whoever keeps the system"


def test_provider_that_goes_on_refusing_opens_another_task_an_hour_after_the_first_is_closed(twilio):
    twilio.script = [Answer(401, 20003)] * 3
    occurrences = count()

    def refused():
        delivery.deliver(waiting(occurrence=str(next(occurrences))).pk)
        return provider_tasks().count()

    with time_machine.travel(dt.datetime(2026, 11, 24, 16, 5, tzinfo=dt.UTC), tick=False) as clock:
        first = refused()
        desk_tasks.close(provider_tasks(), outcome="Told")
        same_hour = refused()
        clock.shift(dt.timedelta(hours=1))
        next_hour = refused()

    assert (first, same_hour, next_hour) == (1, 1, 2)


def test_mail_server_that_refuses_our_login_opens_a_task(mail, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "wrong"
    message = waiting(Channel.EMAIL)

    state = delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (state, message.error_code, mail.letters) == ("queued", "535", [])
    assert provider_tasks().get().title.startswith("E-mails do not leave")


def lost(twilio):
    """A text whose answer was lost and about which nobody can be asked."""
    message = waiting(useless_after=timezone.now() + dt.timedelta(hours=2))
    twilio.script = [Answer(500, 20500)]
    twilio.list_status = 503
    delivery.deliver(message.pk)
    make_due(message)
    return message


def test_lost_answer_goes_to_the_desk_once_the_message_is_useless(twilio):
    message = lost(twilio)
    before = delivery.reconcile(message.pk)
    Message.objects.update(useless_after=timezone.now() - dt.timedelta(seconds=1))
    make_due(message)

    after = delivery.reconcile(message.pk)

    assert (before, after, len(twilio.requests)) == ("unknown", "failed", 1)
    assert DeskTask.objects.get().kind == "undelivered"


def test_bug_while_asking_about_one_row_does_not_stop_the_sweep(twilio, monkeypatch):
    message = lost(twilio)
    good = waiting(occurrence="good")
    monkeypatch.setattr(delivery, "_taken_ids", lambda _message, _since: 1 / 0)
    monkeypatch.setattr(tasks.bell, "ring", lambda _message_id: False)

    tasks.sweep()

    message.refresh_from_db()
    good.refresh_from_db()
    assert (message.state, good.state) == ("unknown", "sent")
    assert message.lease_until > timezone.now()


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_bad_news_of_the_network_opens_a_task(twilio, status):
    message = waiting()
    delivery.deliver(message.pk)
    message.refresh_from_db()

    callbacks.record_status(message_id=message.pk, provider_id=message.provider_id, status=status, error_code="30003")

    assert DeskTask.objects.get().kind == "undelivered"


def test_profile_made_a_moment_ago_holds_times():
    ClinicProfile.objects.all().delete()

    profile = ClinicProfile.current()

    assert (profile.quiet_from, profile.quiet_until) == (dt.time(21), dt.time(9))
