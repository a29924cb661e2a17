import datetime as dt
import uuid

import pytest
from django.db import transaction

from clinic.access import subject_ref
from clinic.models import ClinicProfile, DeskTask, User
from intake import services as intake_services
from notifications.models import Message
from scheduling import services
from scheduling.errors import (
    AlreadyBookedError,
    NotBookableError,
    SlotTakenError,
    TooManyVisitsError,
)
from scheduling.models import Appointment, AppointmentEvent, Location
from scheduling.tests.factories import (
    NOW,
    TUESDAY,
    another_request,
    at,
    make_clinician,
    make_request,
    make_type,
    make_visit,
)

WEB = AppointmentEvent.Source.WEB
STAFF = AppointmentEvent.Source.STAFF

pytestmark = pytest.mark.django_db


def book(request, appointment_type, start, **changes):
    said = {"mode": "in_person", "booking_key": uuid.uuid4(), "source": WEB, "now": NOW}
    return services.book(request=request, appointment_type=appointment_type, start=start, **{**said, **changes})


def kinds_of(visit):
    rows = Message.objects.filter(subject_ref=subject_ref("scheduling.appointment", visit.pk)).order_by("channel")
    return [(row.kind, row.channel, row.state) for row in rows if row.kind.startswith("scheduling.")]


def test_book_a_free_time_writes_visit_event_and_messages():
    clinician = make_clinician()
    kind = make_type([clinician], buffer_before=5, buffer_after=10)
    request = make_request()

    visit = book(request, kind, at(10))

    assert (visit.clinician, visit.patient, visit.request) == (clinician, request.patient, request)
    assert (visit.starts_at, visit.ends_at) == (at(10), at(10, 30))
    assert (visit.occupied_from, visit.occupied_until) == (at(9, 55), at(10, 40))
    assert [(e.event, e.source, e.starts_at) for e in visit.events.all()] == [("booked", "web", at(10))]
    assert kinds_of(visit) == [
        ("scheduling.booked", "email", "queued"),
        ("scheduling.booked", "sms", "queued"),
    ]
    message = Message.objects.get(kind="scheduling.booked", channel="email")
    assert (message.useless_after, message.answers_own_action) == (at(10), True)
    assert message.attachments[0]["mime"] == "text/calendar; method=REQUEST"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sms_consent": False, "email_consent": False}, []),
        ({"email": "", "email_consent": False}, [("scheduling.booked", "sms", "queued")]),
        ({"phone": "", "sms_consent": False}, [("scheduling.booked", "email", "queued")]),
    ],
)
def test_book_writes_only_where_consent_was_given(said, expected):
    kind = make_type([make_clinician()])

    visit = book(make_request(**said), kind, at(10))

    assert kinds_of(visit) == expected


def test_book_by_staff_is_not_an_answer_to_ones_own_action():
    kind = make_type([make_clinician()])
    staff = User.objects.create_user("desk@clinic.example")

    visit = book(make_request(), kind, at(10), source=STAFF, by=staff)

    assert visit.events.get().made_by == staff
    assert Message.objects.filter(kind="scheduling.booked", answers_own_action=False).count() == 2


def test_book_closes_the_call_back_and_withdraws_the_request_message():
    kind = make_type([make_clinician()])
    request = make_request()
    intake_services.ask_for_call(request=request)

    book(request, kind, at(10))

    task = DeskTask.objects.get(subject_ref=subject_ref("intake.request", request.pk), kind="call_back")
    assert (task.closed_at is None, task.outcome) == (False, "A time was booked")
    states = set(Message.objects.filter(kind="intake.request_received").values_list("state", flat=True))
    assert states == {"withdrawn"}


def test_book_stores_where_the_clinician_works_then():
    clinician = make_clinician()
    place = Location.objects.create(name="North", address="1 North Road")
    clinician.working_hours.update(location=place)

    visit = book(make_request(), make_type([clinician]), at(10))

    assert visit.location == place


def test_book_replayed_returns_the_same_visit():
    kind = make_type([make_clinician()])
    request, key = make_request(), uuid.uuid4()
    first = book(request, kind, at(10), booking_key=key)

    second = book(request, kind, at(10), booking_key=key)

    assert second == first
    assert AppointmentEvent.objects.count() == 1
    assert Message.objects.filter(kind="scheduling.booked").count() == 2


def test_book_replayed_after_cancelling_returns_the_cancelled_visit():
    kind = make_type([make_clinician()])
    request, key = make_request(), uuid.uuid4()
    visit = services.cancel(appointment=book(request, kind, at(10), booking_key=key), source=WEB, now=NOW)

    again = book(request, kind, at(10), booking_key=key)

    assert (again, again.status) == (visit, "cancelled_by_patient")


def test_book_with_the_same_key_and_another_time_says_what_is_booked():
    kind = make_type([make_clinician()])
    request, key = make_request(), uuid.uuid4()
    visit = book(request, kind, at(10), booking_key=key)

    with pytest.raises(AlreadyBookedError) as refusal:
        book(request, kind, at(11), booking_key=key)

    assert refusal.value.appointment == visit


def test_book_with_the_key_of_somebody_else_tells_nothing_and_offers_times():
    kind = make_type([make_clinician()])
    key = uuid.uuid4()
    book(make_request(), kind, at(10), booking_key=key)

    with pytest.raises(NotBookableError) as refusal:
        book(another_request(), kind, at(11), booking_key=key)

    assert at(11) in refusal.value.nearest
    assert Appointment.objects.count() == 1


def test_book_a_second_time_for_one_request_is_refused():
    kind = make_type([make_clinician()])
    request = make_request()
    visit = book(request, kind, at(10))

    with pytest.raises(AlreadyBookedError) as refusal:
        book(request, kind, at(11))

    assert refusal.value.appointment == visit


def test_book_a_taken_time_offers_the_nearest_and_leaves_nothing():
    clinician = make_clinician()
    kind = make_type([clinician])
    book(make_request(), kind, at(10))
    loser = another_request()

    with pytest.raises(SlotTakenError) as refusal:
        book(loser, kind, at(10))

    today = dt.date(2026, 11, 30)
    assert refusal.value.nearest == [at(11, 30, day=today), at(9), at(9, 30), at(10, 30), at(11), at(11, 30)]
    assert Appointment.objects.count() == 1
    assert not Message.objects.filter(kind="scheduling.booked", address=str(loser.phone)).exists()


@pytest.mark.parametrize(
    "start",
    [
        at(3),
        at(10, 7),
        at(10, day=dt.date(2026, 11, 23)),
        at(10, day=dt.date(2028, 1, 1)),
        at(11, 45),
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC),
    ],
    ids=["night", "off grid", "past", "past the horizon", "ends after hours", "first year", "last year"],
)
def test_book_what_the_list_never_held_is_refused_with_times(start):
    kind = make_type([make_clinician()])

    with pytest.raises(NotBookableError) as refusal:
        book(make_request(), kind, start)

    assert len(refusal.value.nearest) == 6


def test_book_a_mode_that_is_not_offered_is_refused():
    kind = make_type([make_clinician()], modes=["phone"])

    with pytest.raises(NotBookableError):
        book(make_request(), kind, at(10), mode="video")


def test_book_a_clinician_who_does_not_hold_the_type_is_refused():
    kind = make_type([make_clinician()])
    stranger = make_clinician("Dr. Sol Park")

    with pytest.raises(NotBookableError):
        book(make_request(), kind, at(10), clinician=stranger)


def test_book_while_paused_is_refused_without_times():
    kind = make_type([make_clinician()])
    request = make_request()
    ClinicProfile.current()
    ClinicProfile.objects.update(booking_paused=True)

    with pytest.raises(NotBookableError) as refusal:
        book(request, kind, at(10))

    assert refusal.value.nearest == []


def test_book_any_clinician_takes_the_one_with_fewest_visits_that_day():
    busy, quiet = make_clinician("Dr. A"), make_clinician("Dr. B")
    kind = make_type([busy, quiet])
    make_visit(busy, kind, at(9))

    visit = book(make_request(), kind, at(10))

    assert visit.clinician == quiet


def test_book_at_the_daily_cap_is_taken():
    kind = make_type([make_clinician()], daily_cap=1)
    book(make_request(), kind, at(9))

    with pytest.raises(SlotTakenError) as refusal:
        book(another_request(), kind, at(10))

    assert all(start.date() != TUESDAY for start in refusal.value.nearest)


def test_book_over_another_visit_of_the_patient_is_refused_and_not_offered():
    kind = make_type([make_clinician("Dr. A"), make_clinician("Dr. B")])
    first = make_request()
    book(first, kind, at(10))
    second = make_request(message="again")

    with pytest.raises(SlotTakenError) as refusal:
        book(second, kind, at(10))

    assert first.patient == second.patient
    assert at(10) not in refusal.value.nearest
    assert at(10, 30) in refusal.value.nearest


@pytest.mark.parametrize("same", [{"phone": "+16125550142"}, {"email": "SAM@person.example"}])
def test_book_a_third_visit_for_one_contact_is_refused(same):
    kind = make_type([make_clinician()])
    book(make_request(), kind, at(9))
    book(make_request(name="Kim Example"), kind, at(9, 30))

    with pytest.raises(TooManyVisitsError):
        book(another_request(**same), kind, at(10))


def test_book_when_an_earlier_visit_is_cancelled_or_over_counts_only_coming_ones():
    clinician = make_clinician()
    kind = make_type([clinician])
    make_visit(clinician, kind, NOW - dt.timedelta(days=3), request=make_request())
    cancelled = book(make_request(name="Kim Example"), kind, at(9))
    services.cancel(appointment=cancelled, source=WEB, now=NOW)
    book(make_request(name="Lee Example"), kind, at(9, 30))

    visit = book(make_request(name="Pat Example"), kind, at(10))

    assert visit.is_live


def test_book_undone_by_the_caller_leaves_nothing():
    kind = make_type([make_clinician()])
    request = make_request()

    with transaction.atomic():
        book(request, kind, at(10))
        transaction.set_rollback(True)

    assert (Appointment.objects.count(), Message.objects.filter(kind="scheduling.booked").count()) == (0, 0)
