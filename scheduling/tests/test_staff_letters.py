"""Staff hear by e-mail what came in and what changed, each thing once, without a name."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError

from clinic.access import subject_ref
from clinic.models import ClinicProfile, User
from notifications import results
from notifications.models import Message
from scheduling import staff_letters, tasks
from scheduling.models import Clinician
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move, undo

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
MONDAY = TUESDAY - dt.timedelta(days=1)
LONG_HOURS = ((dt.time(8), dt.time(18)),)


@pytest.fixture
def rivers():
    return make_clinician(hours=LONG_HOURS, user=User.objects.create_user("rivers@clinic.example"))


@pytest.fixture
def kind(rivers):
    return make_type([rivers])


def at_time(moment, act):
    with time_machine.travel(moment, tick=False):
        return act()


def booked(kind, start=None, **changes):
    return at_time(NOW, lambda: book(kind, start or at(14), asker=another_request(name="Sam Example"), **changes))


def swept(moment=NOW + MINUTE):
    """(kind, address, words) of what a sweep at this moment writes; a second one writes nothing."""
    before = set(Message.objects.values_list("pk", flat=True))
    at_time(moment, staff_letters.write_to_staff)
    assert at_time(moment, staff_letters.write_to_staff) == 0
    rows = Message.objects.filter(basis="staff").exclude(pk__in=before).order_by("kind", "address")
    return [(row.kind.removeprefix("scheduling.staff_"), row.address, row.context) for row in rows]


def news(moment):
    return [(address.partition("@")[0], words["news"], words["when"]) for _kind, address, words in swept(moment)]


def test_clinician_hears_of_a_booking_by_initials(kind):
    visit = booked(kind)

    ((name, address, words),) = swept()

    assert (name, address) == ("visit", "rivers@clinic.example")
    assert words.pop("staff_link").endswith(f"/admin/scheduling/appointment/{visit.pk}/change/")
    assert words == {"news": "Booked", "when": "Tue Dec 1, 2:00 PM CST", "who": "S.E.", "how": "In person"}


def test_clinician_hears_of_a_change_and_of_a_cancelling_once_it_cannot_be_undone(kind):
    visit = booked(kind)
    swept()

    at_time(NOW + 2 * MINUTE, lambda: move(visit, at(16), now=NOW + 2 * MINUTE))
    assert news(NOW + 3 * MINUTE) == [("rivers", "Changed", "Tue Dec 1, 4:00 PM CST")]
    at_time(NOW + 4 * MINUTE, lambda: cancel(visit, now=NOW + 4 * MINUTE))
    assert news(NOW + 5 * MINUTE) == []
    assert news(NOW + 14 * MINUTE) == [("rivers", "Cancelled", "Tue Dec 1, 4:00 PM CST")]


def test_cancelling_that_was_undone_and_one_of_an_untold_booking_are_no_news(kind):
    undone, short = booked(kind), booked(kind, at(16))
    at_time(NOW, lambda: cancel(short, source="staff", now=NOW))
    assert news(NOW + MINUTE) == [("rivers", "Booked", "Tue Dec 1, 2:00 PM CST")]

    at_time(NOW + 2 * MINUTE, lambda: cancel(undone, now=NOW + 2 * MINUTE))
    at_time(NOW + 3 * MINUTE, lambda: undo(undone, now=NOW + 3 * MINUTE))

    assert news(NOW + 20 * MINUTE) == []


def test_both_clinicians_hear_when_a_visit_goes_to_the_other(kind, rivers):
    visit = booked(kind)
    swept()
    kind.clinicians.set([make_clinician("Dr. B", hours=LONG_HOURS, user=User.objects.create_user("b@clinic.example"))])

    at_time(NOW + 2 * MINUTE, lambda: move(visit, at(16), now=NOW + 2 * MINUTE))

    assert news(NOW + 3 * MINUTE) == [
        ("b", "Changed", "Tue Dec 1, 4:00 PM CST"),
        ("rivers", "Now with somebody else", "Tue Dec 1, 4:00 PM CST"),
    ]


def test_clinician_hears_nothing_they_did_themselves_or_switched_off(kind, rivers):
    booked(kind, by=rivers.user, source="staff")
    assert swept() == []

    Clinician.objects.update(hears_of_visits=False, hears_of_tomorrow=False)
    booked(kind, at(16))
    assert swept(at(17, day=MONDAY)) == []


def test_desk_hears_of_each_request_by_reference_when_it_has_an_address():
    asker = at_time(NOW, another_request)
    assert swept() == []

    ClinicProfile.objects.update(desk_email="desk@clinic.example")
    ((name, address, words),) = swept()

    assert (name, address, words["reference"]) == ("request", "desk@clinic.example", asker.reference)
    assert str(asker.name) not in str(words)


def test_desk_hears_once_of_trouble_with_a_provider():
    ClinicProfile.objects.update(desk_email="desk@clinic.example")
    at_time(NOW, lambda: results.tell_desk_of_our_account("sms", now=NOW))

    assert [(name, words["what"].partition(":")[0]) for name, _address, words in swept()] == [
        ("trouble", "Texts do not leave")
    ]


def test_tomorrow_goes_at_four_in_the_order_of_the_day(kind):
    booked(kind, at(14))
    booked(kind, at(9), mode="phone")
    booked(kind, at(9, day=TUESDAY + dt.timedelta(days=1)))
    swept()

    assert swept(at(15, 59, day=MONDAY)) == []
    ((name, address, words),) = swept(at(16, day=MONDAY))

    assert (name, address, words["day"]) == ("tomorrow", "rivers@clinic.example", "Tuesday, December 1")
    assert words["visits"] == ["9:00 AM CST, S.E., Phone", "2:00 PM CST, S.E., In person"]


def test_day_without_visits_is_not_written_about(kind):
    assert swept(at(16, day=MONDAY)) == []


def test_bad_address_ends_no_other_letter_and_the_desk_hears_of_it_once(kind, rivers):
    ClinicProfile.objects.update(desk_email="desk@clinic.example")
    User.objects.filter(pk=rivers.user_id).update(email="rivers at clinic")
    other = make_clinician("Dr. B", hours=LONG_HOURS, user=User.objects.create_user("b@clinic.example"))
    kind.clinicians.add(other)
    booked(kind, clinician=rivers)
    booked(kind, at(16), clinician=other)

    for moment in (NOW + MINUTE, NOW + 2 * MINUTE, at(17, day=MONDAY), at(17, 1, day=MONDAY)):
        at_time(moment, staff_letters.write_to_staff)

    rows = Message.objects.filter(basis="staff", kind__in=("scheduling.staff_visit", "scheduling.staff_tomorrow"))
    assert set(rows.values_list("kind", "address")) == {
        ("scheduling.staff_visit", "b@clinic.example"),
        ("scheduling.staff_tomorrow", "b@clinic.example"),
    }
    assert Message.objects.filter(kind="scheduling.staff_request").count() == 2
    troubles = Message.objects.filter(kind="scheduling.staff_trouble")  # one of the visit, one of the day
    assert [row.context["what"].partition(":")[0] for row in troubles] == ["A letter to staff cannot leave"] * 2


def test_letter_that_breaks_in_the_writing_ends_no_other(kind, rivers, monkeypatch):
    broken, sound = booked(kind), booked(kind, at(16))
    write = staff_letters.staff_messages.visit_news

    def trouble(visit, user, **words):
        rows = write(visit, user, **words)  # written already: the savepoint takes it back
        if visit.pk == broken.pk:
            raise IntegrityError
        return rows

    monkeypatch.setattr(staff_letters.staff_messages, "visit_news", trouble)
    at_time(NOW + MINUTE, staff_letters.write_to_staff)

    refs = Message.objects.filter(basis="staff").values_list("subject_ref", flat=True)
    assert list(refs) == [subject_ref("scheduling.appointment", sound.pk)]


def test_sweep_goes_on_when_one_of_its_parts_fails(monkeypatch):
    ran = []

    def fails():
        raise ValueError

    monkeypatch.setattr(tasks.replies, "read_confirmations", fails)
    monkeypatch.setattr(tasks.staff_letters, "write_to_staff", lambda: ran.append("staff"))
    for module, name in ((tasks.reminders, "remind"), (tasks.screening_sweep, "ask_for_answers")):
        monkeypatch.setattr(module, name, lambda name=name: ran.append(name))

    tasks.sweep()

    assert ran == ["remind", "ask_for_answers", "staff"]


@pytest.mark.parametrize("number", [1, 3])
def test_sweep_with_nothing_new_asks_as_often(kind, number, django_assert_num_queries):
    ClinicProfile.objects.update(desk_email="desk@clinic.example")
    for index in range(number):
        booked(kind, at(9 + index))
    swept(at(17, day=MONDAY))

    with time_machine.travel(at(17, 1, day=MONDAY), tick=False), django_assert_num_queries(9):
        staff_letters.write_to_staff()
