"""Nothing that happens to a visit, a message or a person's record ends a call that a clinician owes them."""

import pytest
import time_machine
from django.db import transaction

from clinic.roles import Role
from intake.models import Patient, SafetyItem, SafetyLevel
from intake.safety import raise_item
from intake.services import close_request
from intake.tests.safety_steps import staff
from notifications import consent
from notifications.models import Channel, Consent
from scheduling.cancelling import cancel
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, at, make_clinician, make_type
from scheduling.tests.visit_steps import booked
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit():
    with time_machine.travel(NOW, tick=False):
        yield booked(make_type([make_clinician()]))


@pytest.fixture
def item(visit):
    with transaction.atomic():
        return raise_item(patient=visit.patient, request=visit.request, level=SafetyLevel.URGENT, trigger="item9")


def cancelled(visit):
    cancel(appointment=visit, source="web")


def missed(visit):
    with time_machine.travel(at(20), tick=False):
        transition(appointment=visit, to=Appointment.Status.NO_SHOW, source="desk")


def stopped(visit):
    consent.revoke(channel=Channel.SMS, address=str(visit.request.phone), source=Consent.Source.KEYWORD)


def request_closed(visit):
    close_request(request=visit.request, reason="Not for us", by=staff("robin", Role.FRONT_DESK))


def merged(visit):
    """As a merge of two records does it."""
    other = Patient.objects.create(name="The same person")
    SafetyItem.objects.filter(patient=visit.patient).update(patient=other)


@pytest.mark.parametrize("happens", [cancelled, missed, stopped, request_closed, merged])
def test_item_stays_open_whatever_happens_to_the_visit(visit, item, happens):
    before = SafetyItem.objects.values_list("state", "next_alert_at", "contact_due_at", "level").get()

    happens(visit)

    assert SafetyItem.objects.values_list("state", "next_alert_at", "contact_due_at", "level").get() == before
