import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import triggers
from notifications.models import Message
from scheduling.errors import AlreadyBookedError, IllegalMoveError, SlotTakenError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import book
from scheduling.tests.factories import NOW, another_request, at, make_visit
from scheduling.transitions import MOVES, TRIGGER, sources_of, transition

Status = Appointment.Status
PAIRS = [(state, to) for state in Status for to in Status if state != to]

pytestmark = pytest.mark.django_db


def move(visit, to, **changes):
    return transition(appointment=visit, to=to, source="staff", **{"now": at(12), **changes})


def test_table_names_every_state():
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize(("state", "to"), PAIRS)
def test_transition_and_database_allow_what_the_table_allows(clinician, kind, state, to):
    first, second = (make_visit(clinician, kind, at(hour), status=state) for hour in (9, 10))
    legal = to in MOVES[state]

    def by_service():
        return move(first, to).status == to

    def by_database():
        with transaction.atomic():
            return Appointment.objects.filter(pk=second.pk).update(status=to) == 1

    if legal:
        assert by_service()
        assert by_database()
        assert list(AppointmentEvent.objects.values_list("event", "appointment")) == [(to.value, first.pk)]
    else:
        with pytest.raises(IllegalMoveError, match=f"It is marked {state.label.lower()}"):
            by_service()
        with pytest.raises(IntegrityError, match=TRIGGER):
            by_database()
        assert set(Appointment.objects.values_list("status", flat=True)) == {state}


def test_database_refuses_a_made_up_state(clinician, kind):
    visit = make_visit(clinician, kind, at(10))

    with pytest.raises(IntegrityError, match=TRIGGER), transaction.atomic():
        Appointment.objects.filter(pk=visit.pk).update(status="vanished")


def test_database_refuses_raw_sql(clinician, kind):
    make_visit(clinician, kind, at(10), status="cancelled_by_clinic")

    with pytest.raises(IntegrityError, match=TRIGGER), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_appointment SET status = 'booked'")


def test_database_holds_a_time_only_for_what_the_patient_cancelled(clinician, kind):
    visit = make_visit(clinician, kind, at(10))

    with pytest.raises(IntegrityError, match="appointment_held_only_when_the_patient_cancelled"), transaction.atomic():
        Appointment.objects.filter(pk=visit.pk).update(held_until=NOW)


def test_trigger_stands_after_migrate():
    assert TRIGGER not in triggers.missing(connection)


def test_transition_to_where_it_is_does_nothing(clinician, kind):
    visit = make_visit(clinician, kind, at(10), status="confirmed")

    assert move(visit, Status.CONFIRMED).status == "confirmed"
    assert AppointmentEvent.objects.count() == 0


def test_transition_writes_who_why_and_from_where(clinician, kind, django_user_model):
    user = django_user_model.objects.create_user("kim@clinic.example", "x")
    visit = make_visit(clinician, kind, at(10))

    move(visit, Status.CONFIRMED, by=user, reason="Said so on the phone")

    event = AppointmentEvent.objects.get()
    assert (event.event, event.source, event.made_by, event.reason, event.starts_at) == (
        "confirmed",
        "staff",
        user,
        "Said so on the phone",
        at(10),
    )


def test_no_show_before_the_start_is_refused(clinician, kind):
    visit = make_visit(clinician, kind, at(10))

    with pytest.raises(IllegalMoveError, match="It has not started yet"):
        move(visit, Status.NO_SHOW, now=at(9, 59))

    assert move(visit, Status.NO_SHOW, now=at(10)).status == "no_show"


def test_no_show_frees_the_clinician_and_arrived_takes_the_time_back_only_when_free(clinician, kind):
    visit = make_visit(clinician, kind, at(10))
    move(visit, Status.NO_SHOW)
    visit.refresh_from_db()
    other = make_visit(clinician, kind, at(10))

    with pytest.raises(SlotTakenError, match="Somebody else has this time now"):
        move(visit, Status.ARRIVED)

    move(other, Status.CANCELLED_BY_CLINIC)
    assert move(visit, Status.ARRIVED).status == "arrived"


def test_coming_back_to_life_beside_another_visit_of_the_request_is_refused(clinician, kind):
    missed = make_visit(clinician, kind, at(10), status="no_show")
    other = make_visit(clinician, kind, at(11), request=missed.request)

    with pytest.raises(AlreadyBookedError) as caught:
        move(missed, Status.ARRIVED)

    assert caught.value.appointment == other


def test_arrived_takes_back_what_still_waits(clinician, kind):
    visit = book(
        request=another_request(),
        appointment_type=kind,
        start=at(10),
        mode="phone",
        booking_key=uuid.uuid4(),
        source="web",
        now=NOW,
    )

    move(visit, Status.ARRIVED)

    assert set(Message.objects.filter(kind="scheduling.booked").values_list("state", flat=True)) == {"withdrawn"}


def test_every_state_but_the_final_one_has_an_exit_and_an_entrance():
    assert [state for state in Status if not MOVES[state]] == [Status.CANCELLED_BY_CLINIC]
    assert [state for state in Status if not sources_of(state)] == []


@pytest.mark.parametrize("count", [1, 3])
def test_transition_asks_the_database_as_often(clinician, kind, count, django_assert_num_queries):
    visits = [make_visit(clinician, kind, at(9 + number)) for number in range(count)]

    with django_assert_num_queries(7):  # update, read, event; two savepoints
        move(visits[0], Status.CONFIRMED)


@pytest.mark.parametrize(("seconds", "allowed"), [(0, False), (59, True), (61, False)])
@pytest.mark.parametrize("slip", ["completed", "no_show"])
def test_database_lets_a_slip_be_taken_back_for_a_minute_only(clinician, kind, slip, seconds, allowed):
    visit = make_visit(clinician, kind, at(10), status=slip)
    later = visit.updated_at + dt.timedelta(seconds=seconds)

    def take_back():
        with transaction.atomic():
            Appointment.objects.filter(pk=visit.pk).update(status="booked", updated_at=later)

    if allowed:
        take_back()
    else:
        with pytest.raises(IntegrityError, match=TRIGGER):
            take_back()
    visit.refresh_from_db()
    assert visit.status == ("booked" if allowed else slip)
