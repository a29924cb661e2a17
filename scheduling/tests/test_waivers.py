import uuid

import pytest

from clinic.models import ClinicProfile, User
from scheduling import services
from scheduling.errors import NotBookableError, SlotTakenError, WaiverNeededError
from scheduling.models import Appointment
from scheduling.rescheduling import reschedule
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_moves import book
from scheduling.waivers import OVERLAPS, Rule, Waiver, broken_rules, warnings

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(clinician):
    return make_type([clinician], minimum_notice=60, horizon_days=10, daily_cap=2)


@pytest.fixture
def desk():
    return User.objects.create_user("desk@clinic.example", "x")


def broken(kind, clinician, start, **more):
    return broken_rules(appointment_type=kind, clinician=clinician, start=start, now=NOW, **more)


def book_at(kind, clinician, start, desk, waiver, **more):
    return book(kind, start, clinician=clinician, waiver=waiver, source="staff", by=desk, **more)


@pytest.mark.parametrize(
    ("start", "rules"),
    [
        (at(10), set()),
        (at(9, 30, day=NOW.date()), {Rule.NOTICE}),
        (at(10, day=at(10).date().replace(day=20)), {Rule.HORIZON}),
        (at(10, 10), {Rule.HOURS}),
        (at(18), {Rule.HOURS}),
    ],
)
def test_broken_rules_names_what_a_time_breaks(kind, clinician, start, rules):
    assert broken(kind, clinician, start) == rules


def test_broken_rules_knows_cap_and_both_overlaps(kind, clinician):
    first = make_visit(clinician, kind, at(9))
    make_visit(clinician, kind, at(11))

    assert broken(kind, clinician, at(9), patient_id=first.patient_id) == {Rule.CAP} | OVERLAPS
    assert broken(kind, clinician, at(9), patient_id=first.patient_id, moving=first) == frozenset()


def test_broken_rules_while_booking_is_paused_says_so(kind, clinician):
    ClinicProfile.objects.update(booking_paused=True)

    assert broken(kind, clinician, at(10)) == {Rule.PAUSED}


def test_time_that_is_over_cannot_be_waived(kind, clinician):
    with pytest.raises(NotBookableError, match="over"):
        broken(kind, clinician, at(8, day=NOW.date()))


def test_staff_without_confirming_hear_each_warning_and_nothing_is_booked(kind, clinician, desk):
    with pytest.raises(WaiverNeededError) as refused:
        book_at(kind, clinician, at(18), desk, Waiver(rules=frozenset({Rule.CAP})))

    assert [rule for rule, _text in warnings(refused.value.broken)] == ["hours"]
    assert Appointment.objects.count() == 0


def test_staff_who_confirm_book_outside_the_hours_and_the_history_says_so(kind, clinician, desk):
    visit = book_at(kind, clinician, at(18), desk, Waiver(rules=frozenset({Rule.HOURS})))

    event = visit.events.get()
    assert (visit.is_overbooked, event.reason, event.made_by) == (False, "Waived: hours", desk)


def test_overbooking_without_a_reason_is_refused_and_with_one_is_flagged(kind, clinician, desk):
    make_visit(clinician, kind, at(10))
    confirmed = frozenset({Rule.CLINICIAN_BUSY})

    with pytest.raises(WaiverNeededError):
        book_at(kind, clinician, at(10), desk, Waiver(rules=confirmed, reason="  "))
    visit = book_at(kind, clinician, at(10), desk, Waiver(rules=confirmed, reason="In pain, doctor agreed"))

    assert visit.is_overbooked is True
    assert visit.events.get().reason == "Overbooked. In pain, doctor agreed"
    with pytest.raises(SlotTakenError):
        book(kind, at(10))  # for everybody else it stays taken


def test_overlap_is_checked_again_at_save(kind, clinician, desk):
    visit = book_at(kind, clinician, at(10), desk, Waiver(rules=frozenset({Rule.CLINICIAN_BUSY}), reason="Warned"))

    assert (visit.is_overbooked, visit.events.get().reason) == (False, "Warned")


def test_second_of_two_staff_hears_that_it_would_be_overbooking_now(kind, clinician, desk):
    book_at(kind, clinician, at(10), desk, Waiver())

    with pytest.raises(WaiverNeededError) as refused:
        book_at(kind, clinician, at(10), desk, Waiver())

    assert refused.value.broken == {Rule.CLINICIAN_BUSY}


def test_waiver_without_a_named_clinician_waives_nothing(kind, desk):
    with pytest.raises(NotBookableError):
        services.book(
            request=another_request(),
            appointment_type=kind,
            start=at(18),
            mode="in_person",
            booking_key=uuid.uuid4(),
            source="staff",
            by=desk,
            waiver=Waiver(rules=frozenset(Rule), reason="x"),
            now=NOW,
        )


def test_staff_move_over_another_visit_with_a_reason_and_back(kind, clinician, desk):
    make_visit(clinician, kind, at(9))
    visit = book(kind, at(11))
    said = {"appointment": visit, "source": "staff", "by": desk, "now": NOW}

    with pytest.raises(WaiverNeededError):
        reschedule(**said, start=at(9), change_key=uuid.uuid4(), waiver=Waiver())
    over = reschedule(
        **said, start=at(9), change_key=uuid.uuid4(), waiver=Waiver(rules=frozenset(Rule), reason="Twins")
    )
    back = reschedule(**said, start=at(11), change_key=uuid.uuid4(), waiver=Waiver())

    assert (over.is_overbooked, back.is_overbooked) == (True, False)
    assert [event.reason for event in visit.events.order_by("id")] == ["", "Overbooked. Twins", ""]


def test_staff_move_to_another_clinician_at_the_same_time(kind, clinician, desk):
    other = make_clinician("Dr. Jo Park")
    kind.clinicians.add(other)
    visit = book(kind, at(10), clinician=clinician)

    moved = reschedule(
        appointment=visit, start=at(10), clinician=other, change_key=uuid.uuid4(), source="staff", by=desk, now=NOW
    )

    assert (moved.clinician, moved.starts_at, moved.revision) == (other, at(10), 1)
