"""A visit that waits for a clinician, because the person may be under 18: the desk sees it, nothing reminds of it."""

import pytest
import time_machine

from clinic.models import User
from clinic.roles import Role
from intake.models import Screening
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import at, make_clinician, make_type
from scheduling.tests.test_reminders import LONG_HOURS, booked, swept

pytestmark = pytest.mark.django_db
HELD = "On hold: clinician calls"


@pytest.fixture
def visit():
    return booked(make_type([make_clinician(hours=LONG_HOURS)]), at(14), email_consent=False)


@pytest.fixture
def sitting(visit):
    return Screening.objects.create(request=visit.request, patient=visit.request.patient, held_at=at(9))


def test_desk_sees_the_hold_on_the_board_and_on_the_visit(client, visit, sitting):
    with time_machine.travel(at(12), tick=False):
        staff(client, Role.FRONT_DESK)
        board = client.get("/admin/desk/today/")
        page = client.get(f"/admin/desk/visits/{visit.pk}/").content.decode()

    assert [HELD in [flag.words for flag in row.flags] for row in board.context["rows"]] == [True]
    assert HELD in page


def test_visit_on_hold_is_not_reminded_of_until_a_clinician_lifts_the_hold(visit, sitting):
    assert swept(at(12)) == []

    sitting.hold_lifted, sitting.hold_decided_by = True, User.objects.create(email="dr@clinic.example", is_staff=True)
    sitting.save()

    assert swept(at(12, 5)) == [("sms", "2h")]
