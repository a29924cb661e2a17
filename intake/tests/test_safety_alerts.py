import datetime as dt

import pytest
import time_machine

from clinic.models import ClinicProfile, DeskTask
from intake import safety
from intake.models import SafetyEvent, SafetyLevel, Screening
from intake.safety.crisis import crisis_block, when_someone_calls
from intake.tasks import safety_sweep
from intake.tests.factories import make_request
from intake.tests.safety_steps import (
    ALERT,
    MONDAY,
    NIGHT,
    arrived,
    clinician,
    item_of,
    on_call,
    rounds,
    sweep_at,
    waiting,
)
from notifications import delivery, outbox
from notifications.models import Message

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def dana():
    """On call the whole week."""
    user = clinician()
    on_call(user, MONDAY - dt.timedelta(days=3), MONDAY + dt.timedelta(days=4))
    return user


def sweep_until(begin, *, steps, step):
    for number in range(1, steps + 1):
        arrived()
        sweep_at(begin + number * step)


def test_alert_goes_to_everybody_on_call_by_every_address(dana):
    lee = clinician("lee")
    on_call(lee, MONDAY - HOUR, MONDAY + HOUR, phone="", email="lee@home.example")
    on_call(clinician("off"), MONDAY - 3 * HOUR, MONDAY - HOUR)

    item_of()

    assert waiting() == [
        ("email", "lee@home.example"),
        ("email", "oncall-dana@clinic.example"),
        ("sms", "+16125550171"),
    ]


def test_alert_says_sign_in_and_nothing_of_the_person(dana):
    item = item_of(make_request(name="Canary Person"), detail="canary words")
    with time_machine.travel(MONDAY, tick=False):
        for message in Message.objects.filter(kind=ALERT):
            delivery.deliver(message.pk)

    bodies = set(Message.objects.filter(kind=ALERT, channel="sms").values_list("body_text", flat=True))
    everything = " ".join(str(row) for row in Message.objects.filter(kind=ALERT).values())
    assert len(bodies) == 1
    assert "A new intake needs attention now. Sign in: http" in bodies.pop()
    assert [word for word in ("Canary", "canary", str(item.patient_id), "phq") if word in everything] == []


@pytest.mark.parametrize("now", [MONDAY, NIGHT])
def test_emergency_is_told_every_quarter_of_an_hour_day_and_night(dana, now):
    item = item_of(level=SafetyLevel.EMERGENCY, now=now)

    sweep_until(now, steps=12, step=5 * MINUTE)

    assert rounds(item) == 1 + 4 + 3  # and from the second on to all clinicians, too: Dana again


def test_lower_tier_is_told_once_at_night_and_again_from_opening(dana):
    item = item_of(now=NIGHT)
    sweep_until(NIGHT, steps=8, step=HOUR)
    assert rounds(item) == 1

    sweep_until(NIGHT + 8 * HOUR, steps=1, step=HOUR)

    assert rounds(item) == 2


def test_acknowledged_item_is_silent_until_the_time_to_call_has_passed(dana):
    item = safety.acknowledge(item=item_of(), by=dana, now=MONDAY + 5 * MINUTE)
    assert waiting() == []
    sweep_at(MONDAY + 59 * MINUTE)
    assert waiting() == []

    sweep_at(MONDAY + 60 * MINUTE)

    assert item.events.filter(kind="clock_passed").count() == 1
    assert ("sms", "+16125550171") in waiting()


def test_two_sweeps_at_once_tell_once(dana):
    item = item_of()
    arrived()

    sweep_at(MONDAY + 15 * MINUTE)
    sweep_at(MONDAY + 15 * MINUTE)

    assert rounds(item) == 2


def test_new_alert_takes_the_place_of_one_that_still_waits(dana):
    item_of()
    sweep_at(MONDAY + 15 * MINUTE)

    assert len(waiting()) == 2
    assert Message.objects.filter(kind=ALERT, state="withdrawn").count() == 2


@pytest.fixture
def overdue(dana):
    """Taken, and not called in time: alerts wait again."""
    item = safety.acknowledge(item=item_of(), by=dana, now=MONDAY)
    sweep_at(item.next_alert_at)
    assert waiting() != []
    return item


def test_trying_to_reach_the_person_takes_back_the_alerts_that_wait(overdue, dana):
    safety.record_attempt(item=overdue, by=dana, outcome=safety.Attempt.NO_ANSWER, now=MONDAY + 2 * HOUR)

    assert waiting() == []


def test_handing_over_takes_back_the_alerts_that_wait_and_tells_the_next_at_once(overdue, dana):
    lee = clinician("lee")
    before = set(Message.objects.filter(kind=ALERT, state="queued").values_list("pk", flat=True))

    safety.hand_over(item=overdue, to=lee, by=dana, now=MONDAY + 2 * HOUR)

    assert set(Message.objects.filter(pk__in=before).values_list("state", flat=True)) == {"withdrawn"}
    assert waiting() != []


def test_form_left_after_a_safety_answer_is_noted_once(dana):
    request = make_request()
    sitting = Screening.objects.create(
        request=request, patient=request.patient, status="in_progress", last_saved_at=MONDAY
    )
    item = item_of(request, screening=sitting)

    sweep_at(MONDAY + 59 * MINUTE)
    assert item.events.filter(kind="raised").count() == 1
    sweep_at(MONDAY + 61 * MINUTE)
    sweep_at(MONDAY + 62 * MINUTE)

    assert item.events.filter(kind="raised").count() == 2


def test_gap_in_the_roster_is_a_task_while_screening_is_on_and_the_clinic_open():
    sweep_at(MONDAY)
    assert DeskTask.objects.count() == 0
    ClinicProfile.objects.update(screening_on=True)

    sweep_at(NIGHT)
    sweep_at(MONDAY)
    sweep_at(MONDAY + HOUR)

    assert [task.title for task in DeskTask.objects.all()] == [
        "Nobody is on call now: fill the roster, or turn screening off"
    ]


@pytest.mark.parametrize(("now", "tasks"), [(MONDAY, 1), (NIGHT, 0)])
def test_gap_in_the_roster_is_no_task_while_the_clinic_is_closed(now, tasks):
    ClinicProfile.objects.update(screening_on=True)

    sweep_at(now)

    assert DeskTask.objects.count() == tasks


def test_one_item_that_breaks_does_not_keep_the_others_waiting(dana, monkeypatch):
    broken, sound = item_of(), item_of(make_request(name="Kim Other", phone="+16125550188", email="kim@x.example"))
    real = outbox.withdraw

    def withdraw(*, subject_ref, **rest):
        if str(broken.pk) in subject_ref:
            raise RuntimeError("broken")
        return real(subject_ref=subject_ref, **rest)

    monkeypatch.setattr(outbox, "withdraw", withdraw)
    arrived()

    sweep_at(MONDAY + 15 * MINUTE)

    assert (rounds(broken), rounds(sound)) == (1, 2)


def test_task_of_the_worker_sweeps(dana):
    item_of()
    with time_machine.travel(MONDAY + 20 * MINUTE, tick=False):
        safety_sweep()

    assert SafetyEvent.objects.filter(kind="alerted").count() == 2


@pytest.mark.parametrize("by_voice", [True, False])
def test_only_who_asked_for_it_is_called_by_voice(settings, by_voice):
    settings.TWILIO_VOICE_ALERTS = True
    on_call(clinician(), MONDAY - HOUR, MONDAY + HOUR, by_voice=by_voice)

    item_of()

    calls = [("voice", "+16125550171")] if by_voice else []
    assert waiting() == [("email", "oncall-dana@clinic.example"), ("sms", "+16125550171"), *calls]


def test_shift_without_an_e_mail_address_is_reached_by_text():
    on_call(clinician(), MONDAY - HOUR, MONDAY + HOUR, email="")

    item_of()

    assert waiting() == [("sms", "+16125550171")]


@pytest.mark.parametrize(
    ("due", "says"),
    [
        (None, "A member of our clinical team is in touch with you."),
        (MONDAY - HOUR, "A member of our clinical team will try to reach you as soon as they can."),
        (MONDAY, "A member of our clinical team will try to reach you as soon as they can."),
    ],
)
def test_person_is_told_truly_when_the_time_has_passed_or_somebody_called(dana, due, says):
    item = item_of()
    item.contact_due_at = due

    assert when_someone_calls(item, ClinicProfile.current(), can_call=True, now=MONDAY) == says


@pytest.mark.parametrize(("state", "is_live"), [("open", True), ("acknowledged", True), ("closed", False)])
def test_block_of_a_closed_item_shows_the_lines_alone(dana, state, is_live):
    item = item_of(level=SafetyLevel.EMERGENCY)
    item.state = state

    block = crisis_block(item=item, now=MONDAY)

    assert (block.is_emergency, block.will_call != "") == (is_live, is_live)
