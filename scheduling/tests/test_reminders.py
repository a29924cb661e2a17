"""Reminders are found by sweep: each once, none for a time that no longer stands."""

import datetime as dt

import pytest
import time_machine

from clinic.access import subject_ref
from clinic.models import ClinicProfile
from notifications import consent, delivery
from notifications.models import Consent, Message
from scheduling import reminders
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move, undo
from scheduling.transitions import transition

pytestmark = pytest.mark.django_db
MONDAY, WEDNESDAY = TUESDAY - dt.timedelta(days=1), TUESDAY + dt.timedelta(days=1)
EARLIER = NOW - dt.timedelta(days=7)
LONG_HOURS = ((dt.time(6), dt.time(22)),)


@pytest.fixture
def kind():
    return make_type([make_clinician(hours=LONG_HOURS)])


def booked(kind, start, *, now=EARLIER, **asker):
    """A visit booked a week ago, whose confirmation went out then."""
    with time_machine.travel(now, tick=False):
        visit = book(kind, start, asker=another_request(**asker), now=now)
        Message.objects.filter(state="queued").update(state="sent", sent_at=now)
    return visit


def swept(*moments):
    """What the sweeps at these moments write."""
    before = set(Message.objects.values_list("pk", flat=True))
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            reminders.remind()
    rows = Message.objects.exclude(pk__in=before).filter(kind="scheduling.reminder").order_by("created_at", "channel")
    return [(row.channel, row.occurrence.partition("|")[2]) for row in rows]


def reminders_of(visit):
    rows = Message.objects.filter(
        kind="scheduling.reminder", subject_ref=subject_ref("scheduling.appointment", visit.pk)
    ).order_by("created_at", "channel")
    return [(row.channel, row.state) for row in rows]


def test_three_reminders_by_each_agreed_channel_each_once(kind):
    booked(kind, at(14))
    hours = [at(13, day=TUESDAY - dt.timedelta(days=3)) + dt.timedelta(hours=step) for step in range(0, 75, 1)]

    assert swept(*hours, hours[24], hours[-1]) == [
        (channel, hours) for hours in ("72h", "24h", "2h") for channel in ("email", "sms")
    ]


def test_nobody_is_reminded_by_a_channel_they_did_not_agree_to(kind):
    booked(kind, at(14), sms_consent=False)

    assert swept(at(16, day=MONDAY)) == [("email", "24h")]


def test_reminder_for_who_stopped_is_one_row_that_says_why_and_is_not_asked_for_again(kind, django_assert_num_queries):
    stopped = booked(kind, at(16))
    consent.revoke(channel="email", address=stopped.request.email, source=Consent.Source.LINK)
    swept(at(16, day=MONDAY))

    with time_machine.travel(at(16, 1, day=MONDAY), tick=False), django_assert_num_queries(6):
        reminders.remind()  # as often as with nothing due: the visit is not even locked

    assert reminders_of(stopped) == [("email", "suppressed"), ("sms", "queued")]
    row = Message.objects.get(kind="scheduling.reminder", channel="email")
    assert (row.reason, row.consent.status) == ("Consent withdrawn: Link in a message", "revoked")


def test_who_starts_again_gets_the_next_reminder(kind):
    visit = booked(kind, at(16), email_consent=False)
    number = str(visit.request.phone)
    consent.revoke(channel="sms", address=number, source=Consent.Source.KEYWORD)
    swept(at(16, day=MONDAY))
    consent.grant(channel="sms", address=number, wording="START", source=Consent.Source.KEYWORD)

    swept(at(14))

    assert reminders_of(visit) == [("sms", "suppressed"), ("sms", "queued")]


def test_hours_are_set_in_the_profile_and_zero_is_none(kind):
    ClinicProfile.objects.update(first_reminder_hours=0, second_reminder_hours=48, last_reminder_hours=0)
    booked(kind, at(14, day=WEDNESDAY), email_consent=False)

    assert swept(at(13, 59, day=MONDAY)) == []
    assert swept(at(14, day=MONDAY), at(14), at(12, day=WEDNESDAY)) == [("sms", "48h")]


def test_who_has_just_booked_is_not_reminded_at_once(kind):
    booked(kind, at(14), now=at(9, day=MONDAY), email_consent=False)

    moments = [at(9, 1, day=MONDAY), at(14, day=MONDAY), at(20, day=MONDAY), at(11)]
    assert swept(*moments) == []
    assert swept(at(12)) == [("sms", "2h")]


@pytest.mark.parametrize(
    ("change", "states"),
    [
        (lambda visit: cancel(visit, source="staff", now=at(13, 1)), ["withdrawn"]),
        (lambda visit: cancel(visit, now=at(9)), ["withdrawn"]),
        (lambda visit: move(visit, at(16), now=at(9)), ["withdrawn"]),
        (lambda visit: move(visit, at(14), mode="phone", now=at(9)), ["withdrawn"]),
        (
            lambda visit: transition(appointment=visit, to=Appointment.Status.ARRIVED, source="staff", now=at(13, 1)),
            ["withdrawn"],
        ),
        (
            lambda visit: transition(appointment=visit, to=Appointment.Status.NO_SHOW, source="staff", now=at(14, 1)),
            ["withdrawn"],
        ),
        (
            lambda visit: transition(appointment=visit, to=Appointment.Status.CONFIRMED, source="staff", now=at(13, 1)),
            ["queued"],
        ),
    ],
    ids=["clinic cancels", "patient cancels", "moved", "other way", "arrived", "missed", "confirmed"],
)
def test_change_of_the_visit_withdraws_what_waits(kind, change, states):
    visit = booked(kind, at(14), email_consent=False)
    swept(at(13))

    change(Appointment.objects.get(pk=visit.pk))

    assert [state for _channel, state in reminders_of(visit)] == states


def test_visit_that_came_back_is_reminded_again_when_nothing_told_its_time(kind):
    visit = booked(kind, at(14), email_consent=False)
    swept(at(14, day=MONDAY))
    with time_machine.travel(at(14, 1, day=MONDAY), tick=False):
        cancel(visit, now=at(14, 1, day=MONDAY))
        undo(visit, now=at(14, 2, day=MONDAY))

    assert swept(at(14, 3, day=MONDAY), at(14, 4, day=MONDAY)) == [("sms", "24h|2")]
    assert [state for _channel, state in reminders_of(visit)] == ["withdrawn", "queued"]


def test_moved_and_moved_back_is_told_by_the_changes_alone(kind):
    visit = booked(kind, at(14), email_consent=False)
    swept(at(14, day=MONDAY))
    with time_machine.travel(at(15, day=MONDAY), tick=False):
        move(visit, at(16), now=at(15, day=MONDAY))
        move(visit, at(14), now=at(15, 1, day=MONDAY))

    assert swept(at(15, 2, day=MONDAY), at(20, day=MONDAY)) == []
    assert swept(at(12)) == [("sms", "2h")]


def test_sweep_that_slept_sends_the_one_that_is_still_of_use(kind):
    booked(kind, at(14), email_consent=False)

    assert swept(at(10, 30)) == [("sms", "24h")]
    assert swept(at(13, 20)) == [("sms", "2h")]


def test_two_reminders_never_follow_each_other_closely(kind):
    booked(kind, at(14), email_consent=False)

    assert swept(at(11, 30)) == [("sms", "24h")]
    assert swept(at(12), at(13, 20)) == []


def test_sweep_that_slept_too_long_sends_nothing(kind):
    booked(kind, at(14))

    assert swept(at(13, 31), at(14), at(15)) == []


def test_words_are_those_of_the_moment_of_sending(kind):
    visit = booked(kind, at(14, day=WEDNESDAY), email_consent=False)
    swept(at(14))

    texts = []
    for moment in (at(14, 1), at(9, day=WEDNESDAY)):
        with time_machine.travel(moment, tick=False):
            Message.objects.filter(kind="scheduling.reminder").update(state="queued")
            delivery.deliver(Message.objects.get(kind="scheduling.reminder").pk)
            texts.append(Message.objects.get(kind="scheduling.reminder").body_text)

    link = f"[[link:visit:{visit.pk}]]"
    assert texts == [
        f"MKWI Care: visit {near} at 2:00 PM CST. Reply C to confirm. {link} STOP to end"
        for near in ("tomorrow", "today")
    ]


def test_row_that_a_late_worker_finds_is_never_sent_after_the_start(kind):
    booked(kind, at(14), email_consent=False)
    swept(at(12))

    with time_machine.travel(at(14), tick=False):
        state = delivery.deliver(Message.objects.get(kind="scheduling.reminder").pk)

    assert state == "expired"


def test_confirmed_visit_is_not_asked_to_confirm(kind):
    visit = booked(kind, at(14), email_consent=False)
    transition(appointment=visit, to=Appointment.Status.CONFIRMED, source="staff")
    swept(at(12))

    with time_machine.travel(at(12, 1), tick=False):
        delivery.deliver(Message.objects.get(kind="scheduling.reminder").pk)

    assert "Reply C" not in Message.objects.get(kind="scheduling.reminder").body_text


@pytest.mark.parametrize("number", [1, 3])
def test_sweep_over_many_visits_asks_the_database_as_often(kind, number, django_assert_num_queries):
    kind.clinicians.add(*(make_clinician(f"Dr. {index}", hours=LONG_HOURS) for index in range(3)))
    for _each in range(number):
        booked(kind, at(14))
    swept(at(14, day=MONDAY))

    with time_machine.travel(at(14, 1, day=MONDAY), tick=False), django_assert_num_queries(6):
        reminders.remind()


def test_sweep_holds_one_batch_at_a_time_and_finds_all(kind):
    kind.clinicians.add(*(make_clinician(f"Dr. {index}", hours=LONG_HOURS) for index in range(4)))
    for start in (at(14), at(14), at(14), at(14, 30), at(14, 30)):
        booked(kind, start, email_consent=False)

    with time_machine.travel(at(14, 30, day=MONDAY), tick=False):
        assert reminders.remind(batch=2) == 5


def test_visit_whose_reminder_cannot_be_written_does_not_stop_the_others(kind, monkeypatch):
    broken = booked(kind, at(14), email_consent=False)
    booked(kind, at(14, 30), email_consent=False)
    write = reminders.reminder_messages.visit_reminder

    def trouble(visit, **words):
        if visit.pk == broken.pk:
            raise ValueError
        return write(visit, **words)

    monkeypatch.setattr(reminders.reminder_messages, "visit_reminder", trouble)

    assert swept(at(14, 30, day=MONDAY)) == [("sms", "24h")]
