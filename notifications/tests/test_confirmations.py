"""Texts that say "yes, I come" wait for the desk that asked."""

import pytest

from clinic.models import DeskTask
from notifications import inbound
from notifications.models import Message
from notifications.tests.factories import PHONE

pytestmark = pytest.mark.django_db


def came_in(body="C", number=1):
    return inbound.receive_text(provider_id=f"SM{number}", address=PHONE, body=body)


def test_confirmation_waits_without_task_and_without_answer():
    row = came_in()

    assert inbound.unread_confirmations(limit=5) == [row]
    assert (DeskTask.objects.count(), Message.objects.count()) == (0, 0)


def test_confirmation_is_taken_up_once():
    row = came_in()

    assert (inbound.take_up(row), inbound.take_up(row)) == (True, False)
    assert inbound.unread_confirmations(limit=5) == []


def test_other_words_are_no_confirmation():
    came_in("See you then", 2)

    assert inbound.unread_confirmations(limit=5) == []


def test_what_cannot_be_matched_is_read_by_a_person_once():
    row = came_in()

    inbound.lay_before_a_person(row)
    inbound.lay_before_a_person(row)

    assert [(task.kind, task.closed_at) for task in DeskTask.objects.all()] == [("inbound", None)]
