"""Why somebody cancelled is their own words: encrypted, and moved to a new key although the ledger only grows."""

import os
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from scheduling.models import AppointmentEvent
from scheduling.services import cancel
from scheduling.tests.factories import NOW, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db
WORDS = "I am afraid of needles"


def _cancel_with_words() -> None:
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(10))
    cancel(appointment=visit, source=AppointmentEvent.Source.STAFF, reason=WORDS, now=NOW)


def _stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM scheduling_appointmentevent ORDER BY id DESC LIMIT 1")
        return cursor.fetchone()[0]


def test_reason_for_cancelling_stands_encrypted_in_the_history():
    _cancel_with_words()

    assert AppointmentEvent.objects.latest("id").reason == WORDS
    assert WORDS not in _stored()


def test_rotate_keys_moves_the_history_to_the_new_key_and_leaves_it_guarded():
    old, new = os.urandom(32), os.urandom(32)
    with override_settings(FIELD_KEYS={"k1": old}):
        _cancel_with_words()

    with override_settings(FIELD_KEYS={"k2": new, "k1": old}):
        call_command("rotate_keys", stdout=StringIO())

    assert _stored().startswith("k2.")
    with override_settings(FIELD_KEYS={"k2": new}):
        assert AppointmentEvent.objects.latest("id").reason == WORDS
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentEvent.objects.update(event="forged")
