import datetime as dt
import uuid

import pytest
import time_machine

from scheduling.models import AppointmentType, Clinician, Location, ScheduleException, WorkingHours
from scheduling.services import book
from scheduling.tests.admin_steps import url
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def booked(kind, start=None, **changes):
    return book(
        request=another_request(**changes),
        appointment_type=kind,
        start=start or at(9),
        mode="phone",
        booking_key=uuid.uuid4(),
        source="web",
    )


def type_form(**changes):
    return {
        "name": "Follow-up",
        "slug": "follow-up",
        "is_active": "on",
        "duration": 30,
        "slot_step": "",
        "buffer_before": 0,
        "buffer_after": 0,
        "minimum_notice": 120,
        "horizon_days": 60,
        "daily_cap": "",
        "change_cutoff": 120,
        "offer_hours": 4,
        "modes": ["video"],
        **changes,
    }


def week_form(*windows):
    form = {"name": "Dr. New", "zone": "", "is_bookable": "on", "user": "", "languages": ["en", "es"]}
    form |= {f"exceptions-{key}": value for key, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    form |= {"working_hours-TOTAL_FORMS": len(windows), "working_hours-INITIAL_FORMS": 0}
    for number, (weekday, starts, ends, *rest) in enumerate(windows):
        said = {"weekday": weekday, "starts": starts, "ends": ends, **(rest[0] if rest else {})}
        form |= {f"working_hours-{number}-{key}": value for key, value in said.items()}
    return form


def test_visit_page_of_the_admin_lets_nobody_type(client, desk, kind):
    visit = booked(kind)

    page = client.get(url("appointment_change", visit.pk)).content.decode()
    client.post(url("appointment_change", visit.pk), {"status": "completed", "starts_at_0": "2026-12-05"})

    assert "Tue Dec 01 2026, 09:00 AM CST" in page
    assert "booked" in page
    assert 'name="_save"' not in page
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == ("booked", at(9))
    assert client.get(url("appointment_add")).status_code == 403
    assert client.post(url("appointment_delete", visit.pk)).status_code == 403


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(
    ("name", "queries"), [("clinician", 7), ("scheduleexception", 8), ("appointmenttype", 7), ("location", 7)]
)
def test_rule_lists_ask_the_database_as_often_with_many_rows(
    client, manager, name, queries, rows, django_assert_num_queries
):
    for number in range(rows):
        clinician = make_clinician(f"Dr. Number {number}")
        make_type([clinician])
        ScheduleException.objects.create(clinician=clinician, date=dt.date(2026, 12, 24))

    with django_assert_num_queries(queries + 1):  # the safety banner of every staff page
        client.get(url(f"{name}_changelist"))


def test_appointment_type_is_kept_with_its_modes(client, manager):
    client.post(url("appointmenttype_add"), type_form(modes=["phone", "video"]))

    assert set(AppointmentType.objects.get().modes) == {"phone", "video"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slot_step": 0}, "Slot step: enter"),
        ({"slot_step": 2000}, "Slot step: enter 5 to 1440 minutes"),
        ({"duration": 0}, "Duration: enter at least 5 minutes"),
        ({"duration": 240}, "their longest window is 180 minutes"),
        ({"modes": []}, "Modes: tick at least one way to meet."),
        ({"modes": ["telepathy"]}, "Modes: tick in person, video or phone."),
        ({"horizon_days": 0}, "Horizon days: enter at least 1."),
        ({"daily_cap": 0}, "Daily cap: enter at least 1"),
        ({"duration": 721, "clinicians": []}, "Duration: enter at most 720 minutes."),
        ({"buffer_before": 361}, "Buffer before: enter at most 360 minutes."),
        ({"buffer_after": 361}, "Buffer after: enter at most 360 minutes."),
        ({"video_link": "https://video.example/room"}, "Video link: enter an address that begins with https://"),
        ({"video_link": "http://video.example/{code}"}, "Video link: enter an address that begins with https://"),
        ({"video_link": "https://{code}"}, "Video link: this is not an address."),
        ({"minimum_notice": 90000}, "Minimum notice: 90000 minutes is longer than the horizon of 60 days"),
    ],
)
def test_nonsense_type_is_refused_with_the_rule(client, manager, changes, words):
    clinician = make_clinician()

    response = client.post(url("appointmenttype_add"), type_form(**{"clinicians": [str(clinician.pk)], **changes}))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert AppointmentType.objects.count() == 0


def test_windows_that_touch_hold_a_long_visit(client, manager):
    clinician = make_clinician(hours=[(dt.time(9), dt.time(12)), (dt.time(12), dt.time(14))])

    client.post(url("appointmenttype_add"), type_form(clinicians=[str(clinician.pk)], duration=240))

    assert AppointmentType.objects.count() == 1


def test_clinician_is_kept_with_a_week(client, manager):
    client.post(url("clinician_add"), week_form((0, "09:00", "12:00"), (0, "12:00", "14:00"), (1, "09:00", "12:00")))

    assert (Clinician.objects.get().spoken, WorkingHours.objects.count()) == (["English", "Spanish"], 3)


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ([(0, "17:00", "09:00")], "Working hours: 09:00 is not after 17:00."),
        ([(0, "09:00", "09:00")], "Working hours: 09:00 is not after 09:00."),
        ([(0, "09:00", "12:00"), (0, "11:00", "14:00")], "on Monday, 09:00-12:00 and 11:00-14:00 overlap"),
        (
            [(0, "09:00", "12:00", {"valid_from": "2026-12-02", "valid_until": "2026-12-01"})],
            "they end on 2026-12-01 before they begin on 2026-12-02",
        ),
        (
            [(0, "09:00", "12:00", {"valid_from": "2026-12-01", "valid_until": "2026-12-06"})],
            "no Monday lies between 2026-12-01 and 2026-12-06",
        ),
        ([(0, "09:00", "12:00", {"valid_until": "2026-11-29"})], "2026-11-29 is over, so they would never hold"),
    ],
)
def test_nonsense_week_is_refused_with_the_rule(client, manager, windows, words):
    response = client.post(url("clinician_add"), week_form(*windows))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert Clinician.objects.count() == 0


@pytest.mark.parametrize(
    ("second", "saved"),
    [
        ({"starts": "12:00"}, 0),
        ({"starts": "12:30"}, 1),
        ({"starts": "12:00", "valid_from": "2027-01-01"}, 0),
        ({"starts": "12:00", "weekday": 1}, 1),
    ],
    ids=["touch", "time between", "touch from January", "another day"],
)
def test_windows_at_two_places_need_time_between(client, manager, second, saved):
    here, there = Location.objects.create(name="Here"), Location.objects.create(name="There")
    later = {"weekday": 0, "ends": "14:00", "location": str(there.pk), **second}
    form = week_form((0, "09:00", "12:00", {"location": str(here.pk)}), (0, "12:00", "14:00", later))

    response = client.post(url("clinician_add"), form)

    assert Clinician.objects.count() == saved
    assert ("touch, but are held at different locations" in response.content.decode()) is not bool(saved)


@pytest.mark.parametrize(("ends", "says"), [("09:20", True), ("09:30", False)])
def test_hours_that_hold_none_of_the_visits_are_refused(client, manager, ends, says):
    clinician = Clinician.objects.create(name="Dr. New")
    make_type([clinician], duration=30)

    response = client.post(url("clinician_change", clinician.pk), week_form((0, "09:00", ends)))

    words = "the longest window is 20 minutes, and Free consultation takes 30."
    assert (words in response.content.decode()) is says
    assert WorkingHours.objects.count() == int(not says)


EXTRA = {"effect": "open", "starts": "10:00", "ends": "12:00"}


@pytest.mark.parametrize(
    ("there", "changes", "words"),
    [
        ({"reason": "Party"}, {}, "on that day already"),
        ({"reason": "Party"}, {"starts": "09:00", "ends": "10:00"}, "is there already (Party, the whole day)"),
        ({"reason": "Party"}, EXTRA, "is closed then (Party, the whole day), and a closure wins"),
        ({"starts": dt.time(11), "ends": dt.time(13)}, EXTRA, "is closed then (11:00-13:00), and a closure wins"),
        ({"starts": dt.time(12), "ends": dt.time(13)}, EXTRA, ""),
        ({"effect": "open", "starts": dt.time(11), "ends": dt.time(13)}, EXTRA, "Extra hours on 2026-12-24 is there"),
    ],
)
def test_exception_that_another_one_makes_pointless_is_refused(client, manager, there, changes, words):
    ScheduleException.objects.create(date=dt.date(2026, 12, 24), **there)

    response = client.post(
        url("scheduleexception_add"), {"date": "2026-12-24", "effect": "closed", "clinician": "", **changes}
    )

    assert ScheduleException.objects.count() == (1 if words else 2)
    assert words in response.content.decode().replace("&#x27;", "'")


def test_exception_of_the_past_is_refused_and_an_old_one_can_still_be_named(client, manager):
    form = {"date": "2026-11-29", "effect": "closed", "clinician": ""}
    refused = client.post(url("scheduleexception_add"), form)
    old = ScheduleException.objects.create(date=dt.date(2026, 11, 29))

    client.post(url("scheduleexception_change", old.pk), {**form, "reason": "Snow"})

    old.refresh_from_db()
    assert "Exception: 2026-11-29 is over, so it would change nothing." in refused.content.decode()
    assert old.reason == "Snow"


def test_exceptions_on_the_page_of_a_clinician_are_checked_too(client, manager):
    form = week_form((0, "09:00", "12:00"))
    form |= {"exceptions-TOTAL_FORMS": 1, "exceptions-0-date": "2026-11-01", "exceptions-0-effect": "closed"}

    response = client.post(url("clinician_add"), form)

    assert "Exception: 2026-11-01 is over" in response.content.decode()
    assert Clinician.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts": "09:00"}, "enter both times, or none"),
        ({"effect": "open"}, "extra hours need a start and an end"),
        ({"starts": "12:00", "ends": "09:00"}, "Exception: 09:00 is not after 12:00."),
    ],
)
def test_nonsense_exception_is_refused_with_the_rule(client, manager, changes, words):
    response = client.post(
        url("scheduleexception_add"), {"date": "2026-12-24", "effect": "closed", "clinician": "", **changes}
    )

    assert response.status_code == 200
    assert words in response.content.decode()
    assert ScheduleException.objects.count() == 0
