"""A visit of somebody who asked for Spanish: each letter about it, from booking to reminder."""

import datetime as dt

import pytest
import time_machine
from django.utils import translation

from notifications import delivery
from notifications.models import Message
from scheduling import messages
from scheduling.cancelling import cancel
from scheduling.reminder_messages import near_time
from scheduling.tests.factories import CHICAGO, NOW, another_request, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit():
    clinician = make_clinician()
    request = another_request()
    request.language = "es"
    request.save(update_fields=["language", "updated_at"])
    return make_visit(clinician, make_type([clinician]), at(14), request=request)


def plain(text):
    """With ordinary spaces: hours hold one that no line breaks at."""
    return text.replace("\u00a0", " ")


def written(kind, channel):
    row = Message.objects.get(kind=kind, channel=channel)
    with time_machine.travel(NOW, tick=False):
        delivery.deliver(row.pk)
    row.refresh_from_db()
    return row


def test_booking_made_by_staff_in_english_is_told_in_spanish(visit):
    messages.visit_booked(visit, answers_own_action=True)

    text, letter = (written(messages.BOOKED, channel) for channel in ("sms", "email"))

    assert text.body_text.startswith("MKWI Care: cita mar 1 dic, 2:00 p. m. CST. ")
    assert letter.subject == "Cita reservada: mar 1 dic, 2:00 p. m. CST"
    assert "Día: martes 1 de diciembre de 2026\nHora: 2:00 p. m. CST\nDónde:\n" in plain(letter.body_text)
    assert '<html lang="es">' in letter.body_html
    assert "SUMMARY:Cita\r\n" in letter.attachments[0]["text"]


def test_other_way_to_meet_is_told_in_spanish(visit):
    messages.visit_changed(visit, old_start=visit.starts_at, answers_own_action=True)
    text = Message.objects.get(kind=messages.CHANGED, channel="sms")
    Message.objects.filter(pk=text.pk).update(context={**text.context, "mode": "phone"})

    assert written(messages.CHANGED, "sms").body_text.startswith(
        "MKWI Care: ahora por teléfono, mar 1 dic".replace("í", "i")
    )


def test_free_times_of_a_visit_called_off_are_told_in_spanish(visit):
    cancel(appointment=visit, source="staff", new_times=[at(16), at(9, day=dt.date(2026, 12, 2))], now=NOW)

    letter = written("scheduling.called_off", "email")

    assert "Horas libres ahora:\n  mar 1 dic, 4:00 p. m. CST\n  mié 2 dic, 9:00 a. m. CST\n" in plain(letter.body_text)


def test_tomorrow_in_spanish_fits_any_hour():
    with translation.override("es"):
        told = [plain(near_time(at(hour), CHICAGO, now=at(8, day=dt.date(2026, 11, 30)))) for hour in (13, 14)]

    assert told == ["mañana, 1:00 p. m. CST", "mañana, 2:00 p. m. CST"]
