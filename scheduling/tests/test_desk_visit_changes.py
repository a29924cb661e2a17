import datetime as dt

import pytest
import time_machine

from clinic import links
from clinic.models import DeskTask
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.steps import Seen
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import another_request, at, make_clinician, make_visit
from scheduling.tests.visit_moves import book
from scheduling.transitions import transition
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db
NOON = at(12)


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def clinician():
    return make_clinician(hours=((dt.time(8), dt.time(18)),))


@pytest.fixture
def visit(kind):
    return book(kind, at(14))


def held(visit):
    return transition(appointment=visit, to=Appointment.Status.COMPLETED, source="staff")


@pytest.mark.parametrize(
    ("asked", "status", "kind_of_letter"),
    [
        ("patient", "cancelled_by_patient", "scheduling.cancelled"),
        ("clinic", "cancelled_by_clinic", "scheduling.called_off"),
    ],
)
def test_cancel_says_who_wanted_it_and_tells(client, desk, visit, asked, status, kind_of_letter):
    client.post(desk_url("cancel", visit.pk), {"asked": asked, "reason": "Flood", "seen": str(Seen.of(visit))})

    visit.refresh_from_db()
    assert (visit.status, visit.events.last().reason) == (status, "Flood")
    assert set(Message.objects.filter(state="queued").values_list("kind", flat=True)) == {kind_of_letter}


def test_cancel_of_a_visit_that_was_moved_meanwhile_keeps_what_was_typed(client, desk, visit):
    seen = Seen.of(visit)
    Appointment.objects.update(revision=3)

    answer = client.post(
        desk_url("cancel", visit.pk), {"asked": "clinic", "reason": "Flood in the house", "seen": str(seen)}
    )

    visit.refresh_from_db()
    assert (answer.status_code, visit.status) == (409, "booked")
    assert 'value="Flood in the house"' in answer.content.decode()


def test_cancel_asks_who_wants_it(client, desk, visit):
    assert client.post(desk_url("cancel", visit.pk), {"seen": str(Seen.of(visit))}).status_code == 422


def test_new_link_is_shown_once_sent_and_the_old_one_dies(client, desk, visit):
    old = links.path_for("visit", visit.pk)

    answer = client.post(desk_url("link", visit.pk), {"send": "1"})

    new = links.path_for("visit", visit.pk)
    assert new in answer.content.decode()
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    assert new not in client.get(desk_url("link", visit.pk)).content.decode()
    assert sorted(Message.objects.filter(kind="scheduling.link").values_list("channel", flat=True)) == ["email", "sms"]
    assert visit.events.last().event == "new_link"


def test_new_link_of_somebody_who_agreed_to_nothing_is_only_shown(client, desk, kind, clinician):
    quiet = make_visit(clinician, kind, at(15), request=another_request(sms_consent=False, email_consent=False))

    page = client.post(desk_url("link", quiet.pk), {"send": "1"}).content.decode()

    assert "No message was sent: they agreed to none." in page
    assert Message.objects.count() == 0


def move(client, visit, start, **changes):
    said = {"start": value_of(start), "seen": str(Seen.of(visit)), "move": "1"}
    return client.post(desk_url("move", visit.pk), {**said, **changes})


def test_move_tells_the_patient_or_has_the_desk_call(client, desk, visit):
    answer = move(client, visit, at(15))

    visit.refresh_from_db()
    assert (answer.status_code, visit.starts_at, visit.revision) == (303, at(15), 1)
    assert "scheduling.changed" in set(Message.objects.filter(state="queued").values_list("kind", flat=True))
    assert DeskTask.objects.filter(kind="tell").count() == 0


def test_move_of_somebody_without_letters_becomes_a_call_unless_they_know(client, desk, kind, clinician):
    quiet = [
        make_visit(clinician, kind, at(hour), request=another_request(sms_consent=False, email_consent=False))
        for hour in (15, 16)
    ]

    move(client, quiet[0], at(17))
    move(client, quiet[1], at(17, 30), knows="on")

    assert [task.subject_ref for task in DeskTask.objects.filter(kind="tell")] == [
        f"scheduling.appointment:{quiet[0].pk}"
    ]


def test_move_over_another_visit_asks_for_the_reason_and_keeps_the_choice(client, desk, kind, clinician, visit):
    make_visit(clinician, kind, at(16))

    asked = move(client, visit, at(16))
    moved = move(client, visit, at(16), waive=["clinician_busy"], reason="Agreed")

    assert (asked.status_code, moved.status_code) == (409, 303)
    assert f'value="{value_of(at(16))}" checked' in asked.content.decode()
    visit.refresh_from_db()
    assert (visit.is_overbooked, visit.events.last().reason) == (True, "Overbooked. Agreed")


def test_move_of_a_visit_that_a_colleague_moved_says_so(client, desk, visit):
    seen = str(Seen.of(visit))
    move(client, visit, at(15))

    answer = move(client, visit, at(16), seen=seen)

    visit.refresh_from_db()
    assert (answer.status_code, visit.starts_at) == (409, at(15))
    assert "It was changed meanwhile. Moved to another time, by" in answer.content.decode()


def test_move_without_a_time_says_so(client, desk, visit):
    answer = client.post(desk_url("move", visit.pk), {"seen": str(Seen.of(visit)), "move": "1"})

    assert answer.status_code == 422
    assert "Choose a time, or type a day and a time" in answer.content.decode()


def test_move_of_a_visit_that_is_over_leads_back(client, desk, visit):
    held(visit)

    assert client.get(desk_url("move", visit.pk)).status_code == 303
