import datetime as dt
import uuid

import pytest
from django.db import connection

from notifications.models import Message
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError, TooLateToChangeError
from scheduling.models import Appointment, AppointmentEvent, Location, WorkingHours
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_moves import book, cancel, events_of, messages_of, move
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(clinician):
    return make_type([clinician], buffer_before=5, buffer_after=10, slot_step=15)


def test_reschedule_moves_the_row_and_tells(kind):
    visit = book(kind, at(10))

    moved = move(visit, at(11))

    assert (moved.pk, moved.starts_at, moved.ends_at) == (visit.pk, at(11), at(11, 30))
    assert (moved.occupied_from, moved.occupied_until, moved.revision) == (at(10, 55), at(11, 40), 1)
    assert [(e.event, e.starts_at, e.source) for e in visit.events.all()] == [
        ("booked", at(10), "web"),
        ("moved", at(11), "web"),
    ]
    assert messages_of(visit) == [
        ("booked", "email", "withdrawn"),
        ("booked", "sms", "withdrawn"),
        ("changed", "email", "queued"),
        ("changed", "sms", "queued"),
    ]


def test_reschedule_sends_an_entry_that_takes_the_place_of_the_old_one(kind):
    visit = book(kind, at(10))

    move(visit, at(11))

    row = Message.objects.get(kind="scheduling.changed", channel="email")
    entry = row.attachments[0]
    assert entry["mime"] == "text/calendar; method=REQUEST"
    assert "SEQUENCE:1\r\n" in entry["text"]
    assert f"UID:{visit.pk}@" in entry["text"]
    assert (row.context["starts"], row.context["old_starts"]) == (
        "2026-12-01T17:00:00+00:00",
        "2026-12-01T16:00:00+00:00",
    )
    assert row.useless_after == at(11)


def test_reschedule_frees_the_old_time_at_once(kind):
    move(book(kind, at(10)), at(11))

    assert book(kind, at(10)).is_live


def test_reschedule_into_a_time_that_overlaps_its_own(kind):
    visit = book(kind, at(10))

    assert move(visit, at(10, 15)).starts_at == at(10, 15)


def test_reschedule_to_where_it_is_changes_nothing(kind):
    visit = book(kind, at(10))

    same = move(visit, at(10))

    assert (same.revision, events_of(visit)) == (0, ["booked"])


def test_reschedule_can_change_only_the_way_to_meet(kind):
    visit = book(kind, at(10))

    moved = move(visit, at(10), mode="phone")

    assert (moved.mode, moved.starts_at, moved.revision) == ("phone", at(10), 1)


def test_reschedule_to_video_at_the_same_time_gives_the_visit_a_room_and_back_takes_it(clinician):
    kind = make_type([clinician], modes=["in_person", "video"], video_link="https://video.example/{code}")
    visit = book(kind, at(10))

    by_video = move(visit, at(10), mode="video")
    in_person = move(visit, at(10), mode="in_person")

    assert by_video.video_link.startswith("https://video.example/")
    assert in_person.video_link == ""
    assert list(visit.events.values_list("event", flat=True)) == ["booked", "mode_changed", "mode_changed"]


def test_reschedule_to_a_mode_that_is_not_offered_is_refused(kind):
    visit = book(kind, at(10))

    with pytest.raises(NotBookableError):
        move(visit, at(11), mode="video")


def test_reschedule_stays_with_the_same_clinician_where_they_are_free(clinician, kind):
    visit = book(kind, at(10))
    other = make_clinician("Dr. A")
    kind.clinicians.add(other)
    book(kind, at(11, 0), clinician=clinician)  # so that the other has fewer visits that day

    assert move(visit, at(9)).clinician == clinician
    assert move(visit, at(11)).clinician == other


def test_reschedule_takes_the_place_of_the_new_hours(clinician, kind):
    visit = book(kind, at(10))
    north = Location.objects.create(name="North house", address="7 Example Road")
    wednesday = TUESDAY + dt.timedelta(days=1)
    WorkingHours.objects.filter(clinician=clinician, weekday=wednesday.weekday()).update(location=north)

    assert move(visit, at(10, day=wednesday)).location == north


def test_reschedule_replayed_returns_the_visit_and_writes_nothing_more(kind):
    visit, key = book(kind, at(10)), uuid.uuid4()
    move(visit, at(11), change_key=key)

    again = move(visit, at(11), change_key=key)

    assert (again.starts_at, again.revision, events_of(visit)) == (at(11), 1, ["booked", "moved"])


def test_reschedule_replayed_after_a_later_move_does_not_move_back(kind):
    visit, key = book(kind, at(10)), uuid.uuid4()
    move(visit, at(11), change_key=key)
    move(visit, at(9))

    again = move(visit, at(11), change_key=key)

    assert (again.starts_at, again.revision) == (at(9), 2)


def test_reschedule_with_a_used_key_and_another_wish_is_explained(kind):
    visit, other, key = book(kind, at(10)), book(kind, at(9)), uuid.uuid4()
    move(visit, at(11), change_key=key)

    for row, start in ((visit, at(9, 15)), (other, at(11))):
        with pytest.raises(NotBookableError, match="This page was used before"):
            move(row, start, change_key=key)

    assert events_of(other) == ["booked"]


def test_reschedule_to_a_taken_time_keeps_the_old_one_and_names_the_nearest(kind):
    visit = book(kind, at(10))
    book(kind, at(11))

    with pytest.raises(SlotTakenError) as caught:
        move(visit, at(11))

    kept = Appointment.objects.get(pk=visit.pk)
    assert (kept.starts_at, kept.revision, events_of(visit)) == (at(10), 0, ["booked"])
    assert len(caught.value.nearest) == 6
    assert at(10) not in caught.value.nearest
    assert at(10, 15) in caught.value.nearest  # free only because its own time does not count
    assert messages_of(visit) == [("booked", "email", "queued"), ("booked", "sms", "queued")]


@pytest.mark.parametrize(
    "start",
    [at(3), at(10, 7), at(11, 45), at(13), NOW - dt.timedelta(days=1), at(10) + dt.timedelta(days=400)],
    ids=["night", "off the grid", "past the end", "closed", "past", "beyond the horizon"],
)
def test_reschedule_to_what_the_list_never_offered_is_refused(kind, start):
    visit = book(kind, at(10))

    with pytest.raises(NotBookableError):
        move(visit, start)

    assert events_of(visit) == ["booked"]


def test_reschedule_over_another_visit_of_the_patient_is_refused(kind):
    visit = book(kind, at(10))
    elsewhere = make_clinician("Dr. Else")
    make_visit(elsewhere, make_type([elsewhere]), at(11), request=another_request(), patient=visit.patient)

    with pytest.raises(SlotTakenError) as caught:
        move(visit, at(11))

    assert at(11) not in caught.value.nearest


def test_reschedule_counts_its_own_visit_out_of_the_daily_cap(clinician):
    kind = make_type([clinician], daily_cap=1)
    visit = book(kind, at(10))

    assert move(visit, at(11)).starts_at == at(11)


@pytest.mark.parametrize("minutes_left", [120, 5, -60])
def test_reschedule_by_the_patient_inside_the_cut_off_is_refused(kind, minutes_left):
    visit = book(kind, at(10))

    with pytest.raises(TooLateToChangeError):
        move(visit, at(10, day=TUESDAY + dt.timedelta(days=1)), now=at(10) - dt.timedelta(minutes=minutes_left))


def test_reschedule_by_staff_inside_the_cut_off_is_done_and_says_who(kind, django_user_model):
    user = django_user_model.objects.create_user("kim@clinic.example", "x")
    visit = book(kind, at(10))

    move(visit, at(11), source="staff", by=user, now=at(9, 30))

    event = AppointmentEvent.objects.get(event="moved")
    assert (event.source, event.made_by) == ("staff", user)


@pytest.mark.parametrize("status", ["arrived", "completed", "no_show", "cancelled_by_patient", "cancelled_by_clinic"])
def test_reschedule_of_a_visit_that_does_not_stand_is_refused(clinician, kind, status):
    visit = make_visit(clinician, kind, at(10), status=status)

    with pytest.raises(IllegalMoveError, match="so its time cannot change"):
        move(visit, at(11), source="staff")


def test_reschedule_of_a_confirmed_visit_needs_a_new_confirmation(kind):
    visit = book(kind, at(10))
    transition(appointment=visit, to=Appointment.Status.CONFIRMED, source="staff")

    assert move(visit, at(11)).status == "booked"


def test_reschedule_of_a_visit_without_a_request_writes_to_nobody(clinician, kind):
    visit = make_visit(clinician, kind, at(10))
    Appointment.objects.update(request=None)

    assert move(visit, at(11), source="staff").starts_at == at(11)
    assert messages_of(visit) == []


def test_reschedule_to_a_time_whose_hold_is_over(kind):
    visit = book(kind, at(9))
    cancel(book(kind, at(11)))

    with pytest.raises(SlotTakenError):
        move(visit, at(11), now=NOW + dt.timedelta(minutes=9))

    assert move(visit, at(11), now=NOW + dt.timedelta(minutes=10)).starts_at == at(11)


@pytest.mark.parametrize("others", [1, 2])
def test_reschedule_asks_the_database_as_often_on_a_full_day(kind, others, django_assert_num_queries):
    visit = book(kind, at(9))
    for start in (at(9, 45), at(10, 30))[:others]:
        book(kind, start)

    locks = 4 if connection.vendor == "postgresql" else 0  # the clinician, the patient, the number, the address
    with django_assert_num_queries(36 + locks):
        move(visit, at(11, 15))
