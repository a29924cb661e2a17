import datetime as dt

import pytest
import time_machine

from clinic.models import DeskTask
from clinic.roles import Role
from notifications.models import Message
from scheduling import day_changes
from scheduling.models import Appointment, ScheduleException
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import desk_url
from scheduling.tests.factories import TUESDAY, another_request, at, make_clinician, make_type, make_visit

pytestmark = pytest.mark.django_db
DAY = ((dt.time(9), dt.time(17)),)
PAGES = ("off_sick", "cancel_day", "hand_over", "block")


@pytest.fixture(autouse=True)
def _seven_forty():
    with time_machine.travel(at(7, 40), tick=False):
        yield


@pytest.fixture
def rivers():
    return make_clinician("Dr. Dana Rivers", hours=DAY)


@pytest.fixture
def park():
    return make_clinician("Dr. Jo Park", hours=DAY)


@pytest.fixture
def kind(rivers, park):
    return make_type([rivers, park], minimum_notice=60)


def sick(client, visits, whom, **changes):
    said = {"clinician": whom.pk, "day": TUESDAY.isoformat(), "reason": "Flu", "block": "1"}
    ticks = [f"{visit.pk}:{visit.revision}" for visit in visits]
    return client.post(desk_url("off_sick"), {**said, "visit": ticks, **changes})


def statuses(*visits):
    return [Appointment.objects.get(pk=visit.pk).status for visit in visits]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.FRONT_DESK, 200), (Role.MANAGER, 200), (Role.CLINICIAN, 403), (Role.AUDITOR, 403)],
)
def test_only_those_who_change_visits_open_the_pages(client, page, role, status):
    staff(client, role)

    assert client.get(desk_url(page)).status_code == status
    assert client.post(desk_url(page)).status_code == (422 if status == 200 else 403)


def test_off_sick_lists_the_day_with_the_nearest_times_of_colleagues(client, desk, kind, rivers, park):
    visit = make_visit(rivers, kind, at(10))
    make_visit(rivers, kind, at(10, day=TUESDAY + dt.timedelta(days=1)))
    make_visit(park, kind, at(11))

    answer = client.get(desk_url("off_sick"), {"clinician": rivers.pk, "day": TUESDAY.isoformat()})

    assert [row[0] for row in answer.context["rows"]] == [visit]
    # Dr. Rivers is away: what is offered is free with Dr. Park, who has a visit at eleven.
    assert answer.context["rows"][0][1] == [f"Tuesday, December 1, {time} AM" for time in ("9:30", "10:00", "10:30")]


def test_off_sick_tells_by_letter_or_puts_on_the_call_list_and_blocks_the_day(client, desk, kind, rivers):
    early = make_visit(rivers, kind, at(9))  # texts may go at nine
    late = make_visit(rivers, kind, at(15))
    quiet = make_visit(rivers, kind, at(16), request=another_request(sms_consent=False, email_consent=False))

    answer = sick(client, [early, late, quiet], rivers)

    assert statuses(early, late, quiet) == ["cancelled_by_clinic"] * 3
    assert [(row.visit, row.is_done, list(row.told_by), row.needs_call) for row in answer.context["done"]] == [
        (early, True, ["e-mail", "text"], True),
        (late, True, ["e-mail", "text"], False),
        (quiet, True, [], True),
    ]
    letters = Message.objects.filter(kind="scheduling.called_off")
    assert {letter.context["time_link"].partition(":time:")[0] for letter in letters} == {"[[link"}
    assert {task.due_at for task in DeskTask.objects.filter(kind="tell")} == {at(7, 40)}
    closure = ScheduleException.objects.get()
    assert (closure.clinician, closure.date, closure.starts, closure.reason) == (rivers, TUESDAY, None, "Flu")
    assert [event.reason for event in early.events.all()] == ["Flu"]


def test_off_sick_from_a_time_on_leaves_the_morning(client, desk, kind, rivers):
    morning, afternoon = make_visit(rivers, kind, at(9)), make_visit(rivers, kind, at(14))

    answer = client.get(desk_url("off_sick"), {"clinician": rivers.pk, "day": TUESDAY.isoformat(), "starts": "12:00"})
    sick(client, [afternoon], rivers, starts="12:00")

    assert [row[0] for row in answer.context["rows"]] == [afternoon]
    assert statuses(morning, afternoon) == ["booked", "cancelled_by_clinic"]
    assert ScheduleException.objects.get().starts == dt.time(12)


def test_off_sick_sent_twice_changes_nothing_more_and_says_who_was_faster(client, desk, kind, rivers):
    visit = make_visit(rivers, kind, at(15))

    sick(client, [visit], rivers)
    before = (Message.objects.count(), ScheduleException.objects.count(), visit.events.count())
    again = sick(client, [visit], rivers).context["done"][0]

    assert (Message.objects.count(), ScheduleException.objects.count(), visit.events.count()) == before
    assert (again.is_done, again.problem) == (False, f"Somebody was faster: Cancelled by clinic, by {desk}.")


def test_off_sick_with_one_that_fails_does_the_others(client, desk, kind, rivers, monkeypatch):
    visits = [make_visit(rivers, kind, at(hour)) for hour in (13, 14, 15)]
    whole = day_changes.cancel

    def fails_for_one(*, appointment, **said):
        if appointment.pk == visits[1].pk:
            raise day_changes.DatabaseError("gone")
        return whole(appointment=appointment, **said)

    monkeypatch.setattr(day_changes, "cancel", fails_for_one)

    done = sick(client, visits, rivers).context["done"]

    assert [row.is_done for row in done] == [True, False, True]
    assert done[1].problem == day_changes.TROUBLE
    assert statuses(*visits) == ["cancelled_by_clinic", "booked", "cancelled_by_clinic"]


def test_off_sick_leaves_a_visit_that_was_moved_since_the_page_was_shown(client, desk, kind, rivers):
    visit = make_visit(rivers, kind, at(15))
    Appointment.objects.update(revision=1)

    done = sick(client, [visit], rivers).context["done"]

    assert (done[0].is_done, statuses(visit)) == (False, ["booked"])


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"clinician": ""}, "Choose the clinician"),
        ({"day": "someday"}, "Enter the day as 2026-12-31"),
        ({"day": "2026-11-01"}, "That day is over"),
        ({"starts": "noon"}, "Enter the time as 14:30"),
    ],
)
def test_off_sick_says_what_to_mend_and_does_nothing(client, desk, kind, rivers, changes, text):
    visit = make_visit(rivers, kind, at(15))

    answer = sick(client, [visit], rivers, **changes)

    assert (answer.status_code, text in answer.content.decode()) == (422, True)
    assert statuses(visit) == ["booked"]


@pytest.mark.parametrize("page", ["off_sick", "hand_over", "block"])
@pytest.mark.parametrize("rows", [1, 6])
def test_pages_of_a_day_ask_the_database_as_often_with_more_visits(
    client, desk, kind, rivers, park, page, rows, django_assert_num_queries
):
    for number in range(rows):
        make_visit(rivers, kind, at(9 + number))
    said = {"clinician": rivers.pk, "to": park.pk, "day": TUESDAY.isoformat()}

    with django_assert_num_queries({"off_sick": 20, "hand_over": 21, "block": 13}[page]):
        client.get(desk_url(page), said)


def hand(client, rivers, park, visits, **changes):
    said = {"clinician": rivers.pk, "to": park.pk, "day": TUESDAY.isoformat(), "reason": "Leave"}
    ticks = [f"{visit.pk}:{visit.revision}" for visit in visits]
    return client.post(desk_url("hand_over"), {**said, "visit": ticks, **changes})


def test_hand_over_previews_what_fits_and_moves_that_only(client, desk, kind, rivers, park):
    other = make_type([rivers])
    fits, clashes = make_visit(rivers, kind, at(10)), make_visit(rivers, kind, at(11))
    not_held = make_visit(rivers, other, at(12))
    make_visit(park, kind, at(11))
    said = {"clinician": rivers.pk, "to": park.pk, "day": TUESDAY.isoformat()}

    plan = client.get(desk_url("hand_over"), said).context["plan"]
    done = hand(client, rivers, park, [fits, clashes, not_held]).context["done"]

    assert [(row.visit, row.fits) for row in plan] == [(fits, True), (clashes, False), (not_held, False)]
    assert [row.is_done for row in done] == [True, False, False]
    assert [Appointment.objects.get(pk=one.pk).clinician for one in (fits, clashes, not_held)] == [park, rivers, rivers]
    assert set(
        Message.objects.filter(state="queued", kind="scheduling.handed_over").values_list("channel", flat=True)
    ) == {
        "sms",
        "email",
    }
    assert fits.events.last().reason == "Leave"


def test_hand_over_needs_somebody_else_and_days_in_order(client, desk, kind, rivers, park):
    same = hand(client, rivers, rivers, [])
    backwards = hand(client, rivers, park, [], until="2026-11-30")

    assert "Choose somebody else" in same.content.decode()
    assert "Enter a day after the first" in backwards.content.decode()


def test_hand_over_takes_no_visit_of_a_third_clinician(client, desk, kind, rivers, park):
    third = make_clinician("Dr. Lee", hours=DAY)
    foreign = make_visit(third, kind, at(10))

    hand(client, rivers, park, [foreign])

    assert Appointment.objects.get().clinician == third


def test_block_lists_the_visits_it_would_strand_first(client, desk, kind, rivers):
    visit = make_visit(rivers, kind, at(10))
    said = {"clinician": rivers.pk, "day": TUESDAY.isoformat(), "starts": "09:30", "ends": "10:15", "reason": "Call"}

    listed = client.get(desk_url("block"), said)
    unseen = client.post(desk_url("block"), said)
    assert (list(listed.context["visits"]), unseen.status_code) == ([visit], 409)
    assert ScheduleException.objects.count() == 0

    client.post(desk_url("block"), {**said, "visit": [f"{visit.pk}:0"]})
    client.post(desk_url("block"), {**said, "visit": [f"{visit.pk}:0"]})

    closure = ScheduleException.objects.get()
    assert (closure.starts, closure.ends, statuses(visit)) == (dt.time(9, 30), dt.time(10, 15), ["booked"])


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ({"ends": "10:00"}, "Enter from when"),
        ({"starts": "11:00", "ends": "10:00"}, "Enter an end after the start"),
    ],
)
def test_block_says_what_to_mend(client, desk, rivers, times, text):
    said = {"clinician": rivers.pk, "day": TUESDAY.isoformat(), **times}

    assert text in client.post(desk_url("block"), said).content.decode()
    assert ScheduleException.objects.count() == 0
