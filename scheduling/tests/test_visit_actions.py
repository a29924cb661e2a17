import pytest
import time_machine

from clinic.roles import Role
from scheduling.models import Appointment, AppointmentEvent
from scheduling.tests.admin_steps import staff, url
from scheduling.tests.factories import at, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(at(12), tick=False):
        yield


def act(client, action, *visits):
    said = {"action": action, "_selected_action": [str(visit.pk) for visit in visits]}
    return client.post(url("appointment_changelist") + "?day=all", said, follow=True).content.decode()


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [
        ("mark_confirmed", "confirmed", "Confirmed: 1."),
        ("mark_arrived", "arrived", "Arrived: 1."),
        ("mark_completed", "completed", "Completed: 1."),
        ("mark_no_show", "no_show", "Did not come: 1."),
    ],
)
def test_action_marks_the_visit_and_writes_down_who(client, clinician, kind, action, status, said):
    user = staff(client, Role.FRONT_DESK)
    visit = make_visit(clinician, kind, at(10))

    text = act(client, action, visit)

    event = AppointmentEvent.objects.get()
    assert said in text
    assert Appointment.objects.get().status == status
    assert (event.event, event.source, event.made_by) == (status, "staff", user)


def test_action_says_what_was_not_done_and_why(client, clinician, kind):
    staff(client, Role.FRONT_DESK)
    came = make_visit(clinician, kind, at(9))
    over = make_visit(clinician, kind, at(10), status="cancelled_by_clinic")
    coming = make_visit(clinician, kind, at(15))
    missed = make_visit(clinician, kind, at(11), status="no_show")

    text = act(client, "mark_no_show", came, over, coming, missed)

    assert "Did not come: 1." in text
    assert "It is marked cancelled by clinic, so it cannot be marked did not come." in text
    assert "It has not started yet." in text
    assert "It is marked did not come already." in text
    assert text.count("Not changed:") == 3


def test_action_that_needs_a_taken_time_says_so(client, clinician, kind):
    staff(client, Role.FRONT_DESK)
    missed = make_visit(clinician, kind, at(10), status="no_show")
    make_visit(clinician, kind, at(10))

    text = act(client, "mark_arrived", missed)

    assert "Somebody else has this time now." in text
    assert Appointment.objects.get(pk=missed.pk).status == "no_show"


def test_actions_are_not_offered_to_those_who_only_read(client, clinician, kind):
    staff(client, Role.CLINICIAN)
    visit = make_visit(clinician, kind, at(10))

    act(client, "mark_arrived", visit)

    assert Appointment.objects.get().status == "booked"
