import datetime as dt

import pytest
import time_machine

from scheduling.models import Clinician, ScheduleException, WorkingHours
from scheduling.stranding import stranded_visits
from scheduling.tests.admin_steps import url
from scheduling.tests.factories import NOW, TUESDAY, at, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(clinician, kind):
    return make_visit(clinician, kind, at(10))


def reasons():
    return [one.reason for one in stranded_visits()]


def closure(**changes):
    said = {"date": "2026-12-01", "effect": "closed", "clinician": "", "reason": "Snow"}
    return {**said, **changes}


# --- The admin asks -----------------------------------------------------------------------------------


def test_closing_a_day_with_a_visit_asks_and_keeps_what_was_typed(client, manager, visit):
    response = client.post(url("scheduleexception_add"), closure())
    text = response.content.decode()

    assert ScheduleException.objects.count() == 0
    assert "Not saved yet: 1 visit lies outside the rules after this change." in text
    assert "Tue Dec 1, 10:00 AM CST" in text
    assert str(visit.patient) in text
    assert 'value="Snow"' in text


def test_closing_a_day_is_saved_when_the_box_for_these_visits_is_ticked(client, manager, visit):
    asked = client.post(url("scheduleexception_add"), closure())

    client.post(url("scheduleexception_add"), closure(stranding_ok=asked.context["stranding_ok"]))

    assert ScheduleException.objects.get().reason == "Snow"
    assert reasons() == ["The clinic is closed then: Snow."]


def test_a_yes_to_other_visits_does_not_count(client, manager, visit, clinician, kind):
    asked = client.post(url("scheduleexception_add"), closure())
    make_visit(clinician, kind, at(11))  # somebody books meanwhile

    response = client.post(url("scheduleexception_add"), closure(stranding_ok=asked.context["stranding_ok"]))

    assert (len(response.context["stranded"]), ScheduleException.objects.count()) == (2, 0)


def test_a_change_that_strands_nobody_new_is_not_asked_about(client, manager, visit):
    ScheduleException.objects.create(date=TUESDAY, reason="Snow")

    client.post(url("scheduleexception_add"), closure(date="2026-12-02"))

    assert ScheduleException.objects.count() == 2


def test_switching_a_type_off_asks(client, manager, kind, visit):
    form = {
        "name": kind.name, "slug": kind.slug, "duration": 30, "buffer_before": 0, "buffer_after": 0,
        "minimum_notice": 0, "horizon_days": 60, "change_cutoff": 120, "offer_hours": 4, "modes": ["phone"],
        "clinicians": [str(one.pk) for one in kind.clinicians.all()],
    }  # fmt: skip
    asked = client.post(url("appointmenttype_change", kind.pk), form)
    kind.refresh_from_db()
    was_active = kind.is_active

    client.post(url("appointmenttype_change", kind.pk), {**form, "stranding_ok": asked.context["stranding_ok"]})

    kind.refresh_from_db()
    assert (was_active, kind.is_active) == (True, False)


def week(clinician, **changes):
    rows = list(clinician.working_hours.order_by("weekday"))
    form = {"name": clinician.name, "zone": "", "is_bookable": "on", "user": "", "languages": ["en"]}
    form |= {"exceptions-TOTAL_FORMS": 0, "exceptions-INITIAL_FORMS": 0}
    form |= {"working_hours-TOTAL_FORMS": len(rows), "working_hours-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        said = {"id": row.pk, "clinician": clinician.pk, "weekday": row.weekday, "starts": "09:00", "ends": "12:00"}
        form |= {f"working_hours-{number}-{key}": str(value) for key, value in said.items()}
    return {**form, **changes}


@pytest.mark.parametrize(
    "changes",
    [{"working_hours-1-DELETE": "on"}, {"working_hours-1-ends": "10:00"}, {"is_bookable": ""}],
    ids=["removed", "cut", "switched off"],
)
def test_a_clinician_changed_so_that_a_visit_is_stranded_asks(client, manager, clinician, visit, changes):
    form = {key: value for key, value in week(clinician, **changes).items() if value != ""}
    asked = client.post(url("clinician_change", clinician.pk), form)
    before = (WorkingHours.objects.filter(ends=dt.time(12)).count(), Clinician.objects.get().is_bookable)

    saved = client.post(url("clinician_change", clinician.pk), {**form, "stranding_ok": asked.context["stranding_ok"]})

    assert before == (7, True)
    assert (saved.status_code, len(stranded_visits())) == (302, 1)


@pytest.fixture
def extra_hours(clinician, kind):
    row = ScheduleException.objects.create(
        clinician=clinician, date=TUESDAY, effect="open", starts=dt.time(15), ends=dt.time(17)
    )
    make_visit(clinician, kind, at(15))
    return row


def test_deleting_extra_hours_with_a_visit_asks(client, manager, extra_hours):
    path = url("scheduleexception_delete", extra_hours.pk)
    asked = client.post(path, {"post": "yes"})
    kept = ScheduleException.objects.count()

    client.post(path, {"post": "yes", "stranding_ok": asked.context["stranding_ok"]})

    assert "Nothing is changed yet" in asked.content.decode()
    assert 'name="post" value="yes"' in asked.content.decode()
    assert (kept, ScheduleException.objects.count()) == (1, 0)


def test_deleting_extra_hours_from_the_list_asks(client, manager, extra_hours):
    form = {"action": "delete_selected", "_selected_action": str(extra_hours.pk), "post": "yes"}
    asked = client.post(url("scheduleexception_changelist"), form)
    kept = ScheduleException.objects.count()

    client.post(url("scheduleexception_changelist"), {**form, "stranding_ok": asked.context["stranding_ok"]})

    assert (kept, ScheduleException.objects.count()) == (1, 0)
