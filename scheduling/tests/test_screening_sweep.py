"""The questions before a visit are asked for by message, then by phone, until they are answered."""

import datetime as dt

import pytest
import time_machine

from clinic.models import ClinicProfile, DeskTask, User
from intake.models import Screening
from intake.tests.screening_rows import make_safety_item
from notifications import consent
from notifications.models import Message
from scheduling import screening_sweep
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
FRIDAY = TUESDAY + dt.timedelta(days=10)  # eleven days after the booking


@pytest.fixture
def kind():
    ClinicProfile.current()
    ClinicProfile.objects.update(screening_on=True)
    return make_type([make_clinician(hours=((dt.time(8), dt.time(18)),))])


def booked(kind, start=None, **asker):
    """A visit whose questions are open, booked on Monday at nine."""
    with time_machine.travel(NOW, tick=False):
        visit = book(kind, start or at(14, day=FRIDAY), asker=another_request(**asker))
        Screening.objects.get_or_create(request=visit.request, patient=visit.patient)
    return visit


def settle(visit, status="completed"):
    somebody = User.objects.create_user("desk@clinic.example")
    Screening.objects.filter(request=visit.request).update(status=status, completed_at=NOW, waived_by=somebody)


def swept(*moments):
    """(kind, channel) of what sweeps at these moments write; each runs twice."""
    before = set(Message.objects.values_list("pk", flat=True))
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            screening_sweep.ask_for_answers()
            screening_sweep.ask_for_answers()
    rows = Message.objects.exclude(pk__in=before).order_by("created_at", "channel")
    return [(row.kind.removeprefix("scheduling.screening_"), row.channel) for row in rows]


def calls():
    return list(DeskTask.objects.filter(kind="screening").values_list("title", "outcome"))


def test_invitation_and_two_reminders_until_the_call(kind):
    booked(kind)
    hourly = [NOW + step * HOUR for step in range(0, 24 * 11, 6)]

    assert swept(*hourly) == [
        (name, channel) for name in ("invitation", "reminder", "reminder") for channel in ("email", "sms")
    ]
    assert calls() == [("Call: the questions before this visit are not answered yet", "")]


def test_who_answers_right_after_booking_is_not_written_to(kind):
    visit = booked(kind)
    assert swept(NOW + HOUR / 2) == []
    settle(visit)

    assert swept(NOW + 2 * HOUR, NOW + 48 * HOUR) == []


@pytest.mark.parametrize("status", ["completed", "in_person", "waived"])
def test_nobody_is_asked_again_for_what_was_answered_or_put_off(kind, status):
    visit = booked(kind)
    settle(visit, status)

    assert (swept(NOW + 2 * HOUR, at(15, day=FRIDAY - dt.timedelta(days=1))), calls()) == ([], [])


def test_nothing_while_screening_is_off(kind):
    booked(kind)
    ClinicProfile.objects.update(screening_on=False)

    assert (swept(NOW + 2 * HOUR, at(15, day=FRIDAY - dt.timedelta(days=1))), calls()) == ([], [])


def test_nothing_while_a_clinicians_call_is_needed(kind):
    visit = booked(kind)
    make_safety_item(screening=Screening.objects.get(request=visit.request))

    assert (swept(NOW + 2 * HOUR, at(15, day=FRIDAY - dt.timedelta(days=1))), calls()) == ([], [])


def test_nothing_in_quiet_hours(kind):
    booked(kind)

    assert swept(at(22, day=NOW.date())) == []
    assert len(swept(at(9))) == 2


def test_who_agreed_to_no_message_gets_the_questions_from_the_desk(kind):
    booked(kind, sms_consent=False, email_consent=False)

    assert swept(NOW + 2 * HOUR) == []
    assert [title.partition(":")[0] for title, _outcome in calls()] == ["Give the questions at the desk or by phone"]


def test_who_agreed_to_no_message_is_left_to_the_desk_until_they_agree(kind, monkeypatch):
    visit = booked(kind, sms_consent=False, email_consent=False)
    swept(NOW + 2 * HOUR)
    with monkeypatch.context() as watched:
        watched.setattr(screening_sweep, "_write", None)  # would fail
        assert swept(NOW + 3 * HOUR, NOW + 48 * HOUR) == []

    consent.grant(channel="email", address=visit.request.email, wording="I agree", source="web_form")

    assert swept(NOW + 49 * HOUR) == [("invitation", "email")]


def test_letter_to_who_stopped_is_one_row_that_says_why_and_the_desk_gives_the_questions(kind):
    visit = booked(kind, email_consent=False)
    consent.revoke(channel="sms", address=str(visit.request.phone), source="keyword")

    moments = [NOW + step * HOUR for step in range(2, 20)]

    assert swept(*moments) == [("invitation", "sms")]
    assert Message.objects.get(kind__contains="screening").state == "suppressed"
    assert [title.partition(":")[0] for title, _outcome in calls()] == ["Give the questions at the desk or by phone"]


def test_letter_that_failed_is_followed_by_the_next_and_not_asked_for_again(kind, monkeypatch):
    booked(kind, email_consent=False)
    swept(NOW + 2 * HOUR)
    Message.objects.filter(kind__contains="screening").update(state="failed")
    with monkeypatch.context() as watched:
        watched.setattr(screening_sweep, "_write", None)
        assert swept(NOW + 3 * HOUR) == []

    assert swept(NOW + 27 * HOUR) == [("reminder", "sms")]


def test_visit_that_moved_is_asked_about_anew(kind):
    visit = booked(kind, email_consent=False)
    swept(NOW + 2 * HOUR)
    with time_machine.travel(NOW + 2.5 * HOUR, tick=False):
        move(visit, at(16, day=FRIDAY), now=NOW + 2.5 * HOUR)

    assert swept(NOW + 3 * HOUR) == [("invitation", "sms")]


def test_call_closes_when_the_answers_came_or_the_visit_went(kind):
    first, second = booked(kind, at(14)), booked(kind, at(16))
    swept(at(17, day=TUESDAY - dt.timedelta(days=1)))
    assert [outcome for _title, outcome in calls()] == ["", ""]
    settle(first)
    cancel(second, source="staff")

    swept(at(8))

    assert [outcome for _title, outcome in calls()] == ["No longer needed"] * 2


def test_cancelling_withdraws_the_letter(kind):
    visit = booked(kind)
    swept(NOW + 2 * HOUR)

    cancel(visit, source="staff")

    assert set(Message.objects.filter(kind__contains="screening").values_list("state", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize("number", [1, 3])
def test_sweep_over_many_visits_asks_as_often(kind, number, django_assert_num_queries):
    for index in range(number):
        booked(kind, at(9 + index, day=FRIDAY))
    swept(NOW + 2 * HOUR)

    with time_machine.travel(NOW + 3 * HOUR, tick=False), django_assert_num_queries(11):
        screening_sweep.ask_for_answers()
