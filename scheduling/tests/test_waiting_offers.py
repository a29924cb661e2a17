import datetime as dt

import pytest

from clinic import links
from notifications.models import Message
from scheduling.errors import SlotTakenError, TooLateToChangeError, TooManyVisitsError
from scheduling.models import Appointment
from scheduling.tests.factories import (
    NOW,
    another_request,
    at,
    make_clinician,
    make_request,
    make_type,
)
from scheduling.tests.visit_moves import book, events_of, messages_of
from scheduling.tests.waiting_steps import accept, ask, desk_user, fill_monday, later, offer, offered_texts
from scheduling.waiting import services
from scheduling.waiting.errors import NotWaitingError, NoWayToWriteError, OfferedBeforeError, OfferOverError
from scheduling.waiting.selectors import live_entry_of

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clinician():
    return make_clinician(hours=[(dt.time(9), dt.time(10))])  # two times a day


@pytest.fixture
def kind(clinician):
    return make_type([clinician], horizon_days=1)


@pytest.fixture(autouse=True)
def _monday_is_full(kind):
    fill_monday(kind)


def test_offer_is_sent_by_the_agreed_ways_with_a_link_and_is_useless_when_over(kind, clinician):
    visit, entry = later(kind)

    made = offer(entry, clinician)

    email, text = offered_texts(made)
    assert (made.expires_at, made.offered_by, made.outcome) == (NOW + 4 * HOUR, desk_user(), "open")
    assert {(one.kind, one.useless_after, one.state) for one in (email, text)} == {
        ("scheduling.offer", made.expires_at, "queued")
    }
    assert (email.address, text.address) == (visit.request.email, str(visit.request.phone))
    assert text.context["offer_link"] == links.placeholder("offer", made.pk)


def test_offer_made_at_night_runs_from_when_texts_may_go(kind, clinician):
    _visit, entry = later(kind)

    made = offer(entry, clinician, now=at(6, day=NOW.date()))

    assert made.expires_at == at(13, day=NOW.date())  # texts go from 9 AM


def test_offer_ends_when_the_time_could_not_be_booked_any_more(clinician):
    kind = make_type([clinician], minimum_notice=21 * 60, horizon_days=1)
    _visit, entry = later(kind)

    made = offer(entry, clinician)

    assert made.expires_at == NOW + 3 * HOUR  # 9:00 on Tuesday less 21 hours


def test_offer_without_consent_is_not_made_and_says_whom_to_call(kind, clinician, monkeypatch):
    visit, entry = later(kind)
    Message.objects.all().delete()
    monkeypatch.setattr("scheduling.waiting.messages.contact_addresses", lambda _request: [])

    with pytest.raises(NoWayToWriteError, match=r"no consent.*Call \(612\)"):
        offer(entry, clinician)

    assert (entry.offers.count(), Message.objects.count(), visit.is_live) == (0, 0, True)


def test_the_same_time_is_offered_to_the_same_person_once(kind, clinician):
    _visit, entry = later(kind)
    made = offer(entry, clinician)

    with pytest.raises(OfferedBeforeError):
        offer(entry, clinician)

    assert len(offered_texts(made)) == 2


def test_offer_of_a_taken_time_or_to_somebody_who_stopped_is_refused(kind, clinician):
    visit, entry = later(kind)
    book(kind, at(9), asker=another_request())
    with pytest.raises(SlotTakenError):
        offer(entry, clinician)

    services.stop_asking(request=visit.request, reason="Enough", now=NOW)

    with pytest.raises(NotWaitingError):
        offer(entry, clinician)


def test_accepting_moves_the_visit_and_ends_the_waiting(kind, clinician):
    visit, entry = later(kind)
    made = offer(entry, clinician)

    moved = accept(made)

    made.refresh_from_db()
    entry.refresh_from_db()
    assert (moved.pk, moved.starts_at, events_of(moved)) == (visit.pk, at(9), ["booked", "moved"])
    assert (made.outcome, made.visit, entry.stop_reason) == ("accepted", moved, services.TAKEN)
    assert {text.state for text in offered_texts(made)} == {"withdrawn"}
    assert ("changed", "sms", "queued") in messages_of(moved)
    assert accept(made).pk == moved.pk  # a replay


def test_accepting_without_a_visit_books_one(kind, clinician):
    request = another_request()
    made = offer(ask(request, kind), clinician)

    visit = accept(made, mode="phone")

    assert (visit.request, visit.starts_at, visit.mode, visit.clinician) == (request, at(9), "phone", clinician)
    assert Appointment.objects.filter(request=request).count() == 1


def test_accepting_late_changes_nothing(kind, clinician):
    visit, entry = later(kind)
    made = offer(entry, clinician)

    with pytest.raises(OfferOverError):
        accept(made, now=made.expires_at)

    visit.refresh_from_db()
    assert (visit.starts_at, live_entry_of(visit.request)) == (at(9, 30), entry)


def test_accepting_a_time_that_is_taken_keeps_the_visit_and_names_the_nearest(kind, clinician):
    visit, entry = later(kind)
    made = offer(entry, clinician)
    book(kind, at(9), asker=another_request())

    with pytest.raises(SlotTakenError) as caught:
        accept(made)

    made.refresh_from_db()
    visit.refresh_from_db()
    assert (made.outcome, visit.starts_at, caught.value.nearest) == ("lost", at(9, 30), [])
    assert live_entry_of(visit.request) == entry


def test_accepting_inside_the_cut_off_or_over_the_limit_is_refused_as_for_everybody(kind, clinician):
    _visit, entry = later(kind)
    made = offer(entry, clinician)
    kind.change_cutoff = 48 * 60
    kind.save()
    with pytest.raises(TooLateToChangeError):
        accept(made)

    many = make_type([make_clinician("Dr. Free")])
    for hour in (10, 11):
        book(many, at(hour), asker=make_request())
    extra = make_request(name="Same contact")
    second = offer(ask(extra, kind), clinician)

    with pytest.raises(TooManyVisitsError):
        accept(second)

    second.refresh_from_db()
    assert second.outcome == "open"


def test_declining_keeps_the_place_and_cannot_be_accepted_afterwards(kind, clinician):
    visit, entry = later(kind)
    made = offer(entry, clinician)

    services.decline_offer(offer=made, now=NOW)

    made.refresh_from_db()
    assert (made.outcome, live_entry_of(visit.request)) == ("declined", entry)
    with pytest.raises(OfferOverError):
        accept(made)
