"""Real threads against the real database, on both engines."""

import datetime as dt
import sqlite3
import threading
import time
import uuid
from collections import Counter
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction

from notifications.models import Message
from scheduling import availability, busy, guard, services
from scheduling.errors import AlreadyBookedError, NotBookableError, SlotTakenError, TooManyVisitsError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_request, make_type

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

WEB = AppointmentEvent.Source.WEB


def race(*acts):
    """Run all acts at once, each in a thread with a connection of its own; results or errors, in order."""
    gate = threading.Barrier(len(acts))
    outcomes = [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            outcomes[index] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at whatever came
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def booking(request, kind, start, **changes):
    said = {"mode": "in_person", "booking_key": uuid.uuid4(), "source": WEB, "now": NOW}
    return lambda: services.book(request=request, appointment_type=kind, start=start, **{**said, **changes})


def kinds_of(outcomes):
    return Counter(type(outcome) for outcome in outcomes)


def booked_messages():
    return Message.objects.filter(kind="scheduling.booked")


@pytest.mark.parametrize("is_named", [True, False], ids=["one clinician", "any clinician"])
def test_fifty_people_on_one_time_make_one_visit(is_named):
    clinician = make_clinician()
    kind = make_type([clinician])
    requests = [another_request() for _ in range(50)]
    wanted = clinician if is_named else None

    outcomes = race(*[booking(request, kind, at(10), clinician=wanted) for request in requests])

    visit = Appointment.objects.get()
    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 49}
    assert all(len(o.nearest) == 6 and at(10) not in o.nearest for o in outcomes if isinstance(o, SlotTakenError))
    assert AppointmentEvent.objects.count() == 1
    assert set(booked_messages().values_list("address", flat=True)) == {str(visit.request.phone), visit.request.email}
    assert booked_messages().count() == 2


def test_fifty_people_on_any_of_five_clinicians_make_five_visits_all_different():
    kind = make_type([make_clinician(f"Dr. {letter}") for letter in "ABCDE"])
    requests = [another_request() for _ in range(50)]

    outcomes = race(*[booking(request, kind, at(10)) for request in requests])

    visits = Appointment.objects.all()
    assert kinds_of(outcomes) == {Appointment: 5, SlotTakenError: 45}
    assert sorted(visit.clinician.name for visit in visits) == ["Dr. A", "Dr. B", "Dr. C", "Dr. D", "Dr. E"]
    assert len({visit.patient_id for visit in visits}) == 5
    assert set(booked_messages().values_list("address", flat=True)) == {
        address for visit in visits for address in (str(visit.request.phone), visit.request.email)
    }
    assert booked_messages().count() == 10


def test_one_patient_at_two_clinicians_at_overlapping_times_is_booked_once():
    ann, bob = make_clinician("Dr. A"), make_clinician("Dr. B", hours=[(dt.time(9, 15), dt.time(12))])
    kinds = [make_type([ann]), make_type([bob])]
    first = another_request()
    requests = [first] + [another_request() for _ in range(9)]
    for request in requests[1:]:
        type(request).objects.filter(pk=request.pk).update(patient=first.patient)
        request.refresh_from_db()
    wishes = [(kinds[0], at(10)), (kinds[1], at(10, 15))] * 5

    outcomes = race(*[booking(request, *wish) for request, wish in zip(requests, wishes, strict=True)])

    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 9}
    assert Appointment.objects.filter(patient=first.patient).count() == 1
    assert booked_messages().count() == 2


def test_overlapping_times_of_different_types_never_both_stand():
    clinician = make_clinician()
    short, long = make_type([clinician]), make_type([clinician], duration=60)
    wishes = [(short, at(9, 30)), (long, at(9)), (short, at(9)), (long, at(10))] * 4

    outcomes = race(*[booking(another_request(), kind, start) for kind, start in wishes])

    ranges = sorted(Appointment.objects.values_list("occupied_from", "occupied_until"))
    assert set(kinds_of(outcomes)) == {Appointment, SlotTakenError}
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(ranges))
    assert booked_messages().count() == 2 * len(ranges)


def test_one_booking_key_from_ten_threads_makes_one_visit():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    request, key = make_request(), uuid.uuid4()

    outcomes = race(*[booking(request, kind, at(10), booking_key=key) for _ in range(10)])

    assert {outcome.pk for outcome in outcomes} == {Appointment.objects.get().pk}
    assert (AppointmentEvent.objects.count(), booked_messages().count()) == (1, 2)


def test_one_booking_key_of_two_people_is_used_once():
    ann, bob = make_clinician("Dr. A"), make_clinician("Dr. B")
    kind, key = make_type([ann, bob]), uuid.uuid4()
    wishes = [(ann, at(9)), (bob, at(10))] * 3

    outcomes = race(*[booking(another_request(), kind, start, booking_key=key, clinician=who) for who, start in wishes])

    assert kinds_of(outcomes) == {Appointment: 1, NotBookableError: 5}
    assert booked_messages().count() == 2


def test_one_request_in_ten_tabs_makes_one_visit():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    request = make_request()
    times = [at(9), at(9, 30), at(10), at(10, 30), at(11)] * 2

    outcomes = race(*[booking(request, kind, start) for start in times])

    assert kinds_of(outcomes) == {Appointment: 1, AlreadyBookedError: 9}
    assert booked_messages().count() == 2


def test_one_contact_with_ten_requests_gets_as_many_visits_as_the_clinic_allows():
    kind = make_type([make_clinician(f"Dr. {letter}") for letter in "ABCD"])
    requests = [make_request(name=f"Person {number}") for number in range(10)]
    times = [at(9), at(9, 30), at(10), at(10, 30), at(11)] * 2

    outcomes = race(*[booking(request, kind, start) for request, start in zip(requests, times, strict=True)])

    assert kinds_of(outcomes) == {Appointment: 2, TooManyVisitsError: 8}


def test_a_daily_cap_holds_in_a_stampede():
    kind = make_type([make_clinician()], daily_cap=2)
    times = [at(9), at(9, 30), at(10), at(10, 30), at(11)] * 2

    outcomes = race(*[booking(another_request(), kind, start) for start in times])

    assert kinds_of(outcomes) == {Appointment: 2, SlotTakenError: 8}


def test_cancelling_ten_times_at_once_is_one_event():
    kind = make_type([make_clinician()])
    visit = booking(make_request(), kind, at(10))()

    outcomes = race(*[lambda: services.cancel(appointment=visit, source=WEB, now=NOW)] * 10)

    assert kinds_of(outcomes) == {Appointment: 10}
    assert list(AppointmentEvent.objects.values_list("event", flat=True)) == ["booked", "cancelled_by_patient"]
    assert Message.objects.filter(kind="scheduling.cancelled").count() == 2
    assert Appointment.objects.get().revision == 1


def test_cancelling_while_others_book_never_books_twice():
    kind = make_type([make_clinician()])
    visit = booking(make_request(), kind, at(10))()
    others = [booking(another_request(), kind, at(10)) for _ in range(10)]

    outcomes = race(lambda: services.cancel(appointment=visit, source=WEB, now=NOW), *others)

    assert set(kinds_of(outcomes)) <= {Appointment, SlotTakenError}
    assert Appointment.objects.filter(status="booked").count() <= 1
    assert Appointment.objects.filter(status="cancelled_by_patient").count() == 1


def test_a_writer_that_holds_the_database_for_two_seconds_delays_the_booking():
    kind = make_type([make_clinician()])
    request = make_request()
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        release = lambda: (time.sleep(2), other.execute("COMMIT"), other.close())  # noqa: E731
    else:  # the nearest PostgreSQL has: somebody else is booking this clinician
        held, done = threading.Event(), threading.Event()
        holder = threading.Thread(target=hold_clinician, args=(kind.clinicians.get().pk, held, done))
        holder.start()
        held.wait()
        release = lambda: (time.sleep(2), done.set(), holder.join())  # noqa: E731
    began = time.monotonic()

    outcomes = race(release, booking(request, kind, at(10)))

    assert isinstance(outcomes[1], Appointment)
    assert time.monotonic() - began >= 2


def hold_clinician(clinician_id, held, done):
    with transaction.atomic():
        guard.hold(clinician_id, [])
        held.set()
        done.wait()
    connections.close_all()


def test_when_the_rule_saw_a_free_time_the_guard_sends_on_to_the_next_clinician(monkeypatch):
    ann, bob = make_clinician("Dr. A"), make_clinician("Dr. B")
    kind = make_type([ann, bob])
    booking(make_request(), kind, at(10), clinician=ann)()
    monkeypatch.setattr(availability, "free_clinicians", lambda **_kwargs: [ann, bob])
    monkeypatch.setattr(busy, "is_clinician_busy", lambda *_args, **_kwargs: False)
    monkeypatch.setattr(availability, "bookable", lambda **_kwargs: True)

    visit = booking(another_request(), kind, at(10))()

    assert visit.clinician == bob
    assert booked_messages().count() == 4
    assert isinstance(race(booking(another_request(), kind, at(10)))[0], SlotTakenError)
