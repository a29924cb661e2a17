"""After a backup was restored: what left since is not sent again."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from clinic.models import DeskTask
from notifications import delivery, outbox
from notifications.models import Channel, Message
from notifications.tests.factories import MAIL, waiting

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def written(ago, **fields):
    row = waiting(Channel.EMAIL, subject_ref=f"test.thing:{ago}", **fields)
    Message.objects.filter(pk=row.pk).update(created_at=timezone.now() - ago)
    return row


def hold_back(before, **options):
    out = StringIO()
    call_command(
        "withdraw_due",
        f"--before={before.isoformat()}",
        "--reason=Restored from a backup",
        *options.values(),
        stdout=out,
    )
    return out.getvalue()


def test_what_was_due_at_the_backup_is_held_back_and_the_rest_leaves(mail):
    old, new = written(5 * HOUR), written(dt.timedelta())

    told = hold_back(timezone.now() - HOUR)
    delivery.deliver_due(limit=10)

    held = Message.objects.get(pk=old.pk)
    assert (held.state, held.reason) == ("withdrawn", "Restored from a backup")
    assert Message.objects.get(pk=new.pk).state == "sent"
    assert len(mail.letters) == 1
    assert told.startswith("1 messages held back")
    assert DeskTask.objects.get().title.startswith("1 messages were held back")


def test_what_is_due_later_waits_on():
    later = written(5 * HOUR)
    Message.objects.filter(pk=later.pk).update(not_before=timezone.now() + HOUR)

    hold_back(timezone.now() - HOUR)

    assert Message.objects.get(pk=later.pk).state == "queued"


def test_what_came_due_after_the_machine_died_leaves():
    row = written(5 * HOUR)
    Message.objects.filter(pk=row.pk).update(not_before=timezone.now() - HOUR)

    hold_back(timezone.now() - 3 * HOUR, until=f"--until={(timezone.now() - 2 * HOUR).isoformat()}")

    assert Message.objects.get(pk=row.pk).state == "queued"
    assert DeskTask.objects.count() == 0


def test_one_that_was_under_way_is_not_tried_again():
    row = written(5 * HOUR)
    Message.objects.filter(pk=row.pk).update(state="unknown")

    hold_back(timezone.now() - HOUR)

    assert Message.objects.get(pk=row.pk).withdrawn_at is not None


def test_an_alert_to_a_colleague_is_said_again():
    with transaction.atomic():
        outbox.enqueue_staff(
            kind="note", addresses=[(Channel.EMAIL, MAIL)], subject_ref="test.thing:staff", occurrence="1",
            context={"word": "x", "link": ""}, useless_after=timezone.now() + HOUR, role="desk",
        )  # fmt: skip
    Message.objects.update(created_at=timezone.now() - 5 * HOUR)

    hold_back(timezone.now() - HOUR)

    assert Message.objects.get().state == "queued"


def test_a_time_to_come_is_refused():
    with pytest.raises(CommandError, match="still to come"):
        hold_back(timezone.now() + HOUR)


@pytest.mark.parametrize("before", ["yesterday", "2026-11-22T02:20", "2026-13-40T00:00Z", ""])
def test_a_time_without_a_zone_is_refused_and_one_is_shown(before):
    with pytest.raises(CommandError, match="with its zone, as 2026-11-22T02:20-06:00"):
        call_command("withdraw_due", f"--before={before}", "--reason=x")
