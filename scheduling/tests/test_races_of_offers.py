"""Real threads that take offered times, on both engines."""

import pytest

from notifications.models import Message
from scheduling.errors import SlotTakenError
from scheduling.models import Appointment, AppointmentEvent, WaitlistEntry, WaitlistOffer
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type
from scheduling.tests.test_races import booking, kinds_of, race
from scheduling.tests.visit_moves import book
from scheduling.tests.waiting_steps import accept, ask, offer
from scheduling.waiting.errors import OfferOverError
from scheduling.waiting.services import stop_asking

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def taking(made):
    return lambda: accept(made)


def outcomes_of_offers():
    return sorted(WaitlistOffer.objects.values_list("outcome", flat=True))


def told(kind):
    """The addresses that were sent a kind of message, past what was taken back."""
    return set(Message.objects.filter(kind=kind, state="queued").values_list("address", flat=True))


def test_fifty_people_taking_one_offered_time_make_one_visit():
    clinician = make_clinician()
    kind = make_type([clinician])
    made = [offer(ask(another_request(), kind), clinician, at(10)) for _ in range(50)]

    outcomes = race(*[taking(one) for one in made])

    visit = Appointment.objects.get()
    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 49}
    assert outcomes_of_offers() == ["accepted"] + ["lost"] * 49
    assert WaitlistEntry.objects.get(stopped_at__isnull=False).request == visit.request
    assert AppointmentEvent.objects.count() == 1
    assert told("scheduling.booked") == {str(visit.request.phone), visit.request.email}
    assert told("scheduling.offer") == set()
    assert all(len(one.nearest) == 6 for one in outcomes if isinstance(one, SlotTakenError))


def test_offers_that_move_visits_against_others_who_book_make_one_winner():
    clinician = make_clinician()
    kind = make_type([clinician])
    visits = [book(kind, start) for start in (at(10, 30), at(11), at(11, 30))]
    made = [offer(ask(visit.request, kind), clinician, at(9)) for visit in visits]
    others = [booking(another_request(), kind, at(9)) for _ in range(20)]

    outcomes = race(*[taking(one) for one in made], *others)

    assert kinds_of(outcomes) == {Appointment: 1, SlotTakenError: 22}
    assert Appointment.objects.filter(starts_at=at(9), status="booked").count() == 1
    assert Appointment.objects.filter(pk__in=[visit.pk for visit in visits], status="booked").count() == 3


def test_one_offer_taken_from_ten_tabs_is_taken_once():
    clinician = make_clinician()
    kind = make_type([clinician])
    visit = book(kind, at(11))
    made = offer(ask(visit.request, kind), clinician, at(9))

    outcomes = race(*[taking(made)] * 10)

    assert [(one.pk, one.starts_at) for one in outcomes] == [(visit.pk, at(9))] * 10
    assert list(AppointmentEvent.objects.values_list("event", flat=True)) == ["booked", "moved"]
    assert len(told("scheduling.changed")) == 2


def test_two_offers_of_one_person_taken_at_once_leave_one_visit_and_never_hang():
    clinician = make_clinician()
    kind = make_type([clinician])
    entry = ask(another_request(), kind)
    made = [offer(entry, clinician, start) for start in (at(9), at(10), at(11))]

    outcomes = race(*[taking(one) for one in made] * 3)

    assert set(kinds_of(outcomes)) == {Appointment, OfferOverError}
    assert Appointment.objects.filter(status="booked").count() == 1
    assert outcomes_of_offers() == ["accepted", "withdrawn", "withdrawn"]


def test_taking_against_stopping_and_offering_ends_in_one_truth():
    clinician = make_clinician()
    kind = make_type([clinician])
    request = another_request()
    entry = ask(request, kind)
    made = offer(entry, clinician, at(9))

    race(
        taking(made),
        lambda: stop_asking(request=request, reason="Enough", now=NOW),
        lambda: offer(entry, clinician, at(10)),
    )

    made.refresh_from_db()
    assert (made.outcome, Appointment.objects.count()) in {("accepted", 1), ("withdrawn", 0)}
    assert not WaitlistOffer.objects.filter(outcome="open").exists()
    assert told("scheduling.offer") == set()


def test_asking_from_ten_tabs_is_one_entry():
    kind = make_type([make_clinician()])
    request = another_request()

    outcomes = race(*[lambda: ask(request, kind)] * 10)

    assert {one.pk for one in outcomes} == {WaitlistEntry.objects.get().pk}
