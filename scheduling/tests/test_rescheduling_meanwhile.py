"""Moving a visit when something changes between the look and the lock; the database, not luck, decides."""

import uuid

import pytest

from scheduling import availability, busy
from scheduling.errors import IllegalMoveError, NotBookableError, SlotTakenError
from scheduling.models import Appointment, WorkingHours
from scheduling.tests.factories import at, make_clinician, make_type
from scheduling.tests.visit_moves import book, events_of, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(clinician):
    return make_type([clinician], buffer_before=5, buffer_after=10, slot_step=15)


def meanwhile(monkeypatch, clinicians, act=lambda: None):
    """The list named these clinicians as free, and then something happened."""

    def free(**_kwargs):
        act()
        return clinicians

    monkeypatch.setattr(availability, "free_clinicians", free)


def test_reschedule_when_the_rule_saw_a_free_time_the_guard_sends_on_to_the_next_clinician(
    clinician, kind, monkeypatch
):
    visit, other = book(kind, at(10)), make_clinician("Dr. A")
    book(kind, at(11))
    kind.clinicians.add(other)
    meanwhile(monkeypatch, [clinician, other])
    monkeypatch.setattr(busy, "is_clinician_busy", lambda *_args, **_kwargs: False)
    monkeypatch.setattr(availability, "bookable", lambda **_kwargs: True)

    assert move(visit, at(11)).clinician == other
    assert events_of(visit) == ["booked", "moved"]


def test_reschedule_when_the_list_changed_behind_the_locks_is_refused(clinician, kind, monkeypatch):
    visit = book(kind, at(10))
    book(kind, at(11))
    meanwhile(monkeypatch, [clinician])

    with pytest.raises(SlotTakenError):
        move(visit, at(11))


def test_reschedule_when_the_rules_changed_behind_the_locks_is_refused(clinician, kind, monkeypatch):
    visit = book(kind, at(10))
    meanwhile(monkeypatch, [clinician], lambda: WorkingHours.objects.all().delete())

    with pytest.raises(NotBookableError):
        move(visit, at(11))


def test_reschedule_with_a_key_used_in_the_same_moment_returns_that_move(clinician, kind, monkeypatch):
    visit, key = book(kind, at(10)), uuid.uuid4()
    real = availability.free_clinicians
    meanwhile(
        monkeypatch,
        [clinician],
        lambda: monkeypatch.setattr(availability, "free_clinicians", real) or move(visit, at(11), change_key=key),
    )

    assert move(visit, at(11), change_key=key).revision == 1
    assert events_of(visit) == ["booked", "moved"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "cancelled_by_clinic", "revision": 1}, "It is marked cancelled by clinic meanwhile."),
        ({"revision": 1, "mode": "phone"}, "It was moved to another time meanwhile."),
    ],
)
def test_reschedule_never_overwrites_what_happened_meanwhile(clinician, kind, monkeypatch, changes, words):
    visit = book(kind, at(10))
    meanwhile(monkeypatch, [clinician], lambda: Appointment.objects.filter(pk=visit.pk).update(**changes))

    with pytest.raises(IllegalMoveError, match=words):
        move(visit, at(11))

    assert Appointment.objects.get().starts_at == at(10)
    assert events_of(visit) == ["booked"]
