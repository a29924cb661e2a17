import datetime as dt

import pytest
import time_machine

from clinic.roles import Role
from scheduling.models import ScheduleException
from scheduling.public_holidays import accept_closures, proposed_closures, public_holidays
from scheduling.stranding import stranded_visits
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import CHICAGO, NOW, at, make_clinician, make_type, make_visit

PAGE = "/admin/desk/holidays/"
CHRISTMAS = dt.date(2026, 12, 25)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def test_public_holidays_of_a_year_with_the_days_on_which_they_are_observed():
    found = {one.date.isoformat()[5:]: one.name for one in public_holidays(2027)}

    assert found == {
        "01-01": "New Year's Day",
        "01-18": "Martin Luther King Jr. Day",
        "02-15": "Washington's and Lincoln's Birthday",
        "05-31": "Memorial Day",
        "06-18": "Juneteenth National Independence Day (observed)",
        "06-19": "Juneteenth National Independence Day",
        "07-04": "Independence Day",
        "07-05": "Independence Day (observed)",
        "09-06": "Labor Day",
        "10-11": "Columbus Day (Indigenous Peoples' Day in Minnesota)",
        "11-11": "Veterans Day",
        "11-25": "Thanksgiving Day",
        "12-24": "Christmas Day (observed)",
        "12-25": "Christmas Day",
        "12-31": "New Year's Day (observed)",
    }


@pytest.mark.django_db
def test_accepting_twice_closes_each_day_once():
    accept_closures(2027, {dt.date(2027, 1, 1), dt.date(2027, 7, 5)})
    again = accept_closures(2027, {dt.date(2027, 7, 5), dt.date(2027, 12, 25), dt.date(2027, 3, 3)})

    rows = ScheduleException.objects.order_by("date").values_list("date", "clinician", "effect", "starts", "reason")
    assert [row.date for row in again] == [dt.date(2027, 12, 25)]
    assert list(rows) == [
        (dt.date(2027, 1, 1), None, "closed", None, "New Year's Day"),
        (dt.date(2027, 7, 5), None, "closed", None, "Independence Day (observed)"),
        (dt.date(2027, 12, 25), None, "closed", None, "Christmas Day"),
    ]


@pytest.mark.django_db
def test_a_closure_of_one_clinician_or_of_a_part_of_the_day_is_not_there_already():
    ScheduleException.objects.create(date=CHRISTMAS, clinician=make_clinician())
    ScheduleException.objects.create(date=CHRISTMAS, starts=dt.time(12), ends=dt.time(17))

    assert [one.is_there for one in proposed_closures(2026) if one.holiday.date == CHRISTMAS] == [False]


@pytest.mark.django_db
def test_page_proposes_what_is_to_come_and_says_what_is_there(client, manager):
    ScheduleException.objects.create(date=CHRISTMAS, reason="Christmas")

    response = client.get(PAGE)
    text = response.content.decode()

    assert response.context["year"] == 2026
    assert text.count('name="date"') == 0  # every other holiday of 2026 is over
    assert "Closed already" in text
    assert "Every holiday to come in 2026 is closed already." in text
    assert client.get(PAGE, {"year": 2027}).content.decode().count('name="date"') == 15


@pytest.mark.django_db
def test_one_click_closes_the_ticked_days(client, manager):
    sent = client.post(PAGE, {"year": "2027", "date": ["2027-01-01", "2027-07-05", "nonsense"]}, follow=True)

    assert "The clinic is closed on 2 days more." in sent.content.decode()
    assert ScheduleException.objects.count() == 2
    again = client.post(PAGE, {"year": "2027", "date": "2027-01-01"}, follow=True)
    assert "These days were closed already." in again.content.decode()


@pytest.mark.django_db
def test_days_on_which_people_are_booked_are_shown_and_asked_about(client, manager):
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(10, day=CHRISTMAS, zone=CHICAGO))

    shown = client.get(PAGE).content.decode()
    asked = client.post(PAGE, {"year": "2026", "date": "2026-12-25"})
    kept = ScheduleException.objects.count()
    client.post(PAGE, {"year": "2026", "date": "2026-12-25", "stranding_ok": asked.context["stranding_ok"]})

    assert f"Fri Dec 25, 10:00 AM CST, {visit.patient}" in shown
    assert (asked.status_code, kept) == (409, 0)
    assert 'value="2026-12-25" checked' in asked.content.decode()
    assert [one.reason for one in stranded_visits()] == ["The clinic is closed then: Christmas Day."]


@pytest.mark.django_db
def test_nothing_ticked_is_said_and_the_past_cannot_be_closed(client, manager):
    for dates in ([], ["2026-11-11"]):
        response = client.post(PAGE, {"year": "2026", "date": dates})

        assert response.status_code == 422
        assert "Tick at least one day to close." in response.content.decode()
    assert ScheduleException.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("year", "shown"), [("1999", 2026), ("99999", 2026), ("x", 2026), ("9999", 2028)])
def test_year_in_the_address_stays_near(client, manager, year, shown):
    assert client.get(PAGE, {"year": year}).context["year"] == shown


@pytest.mark.django_db
def test_only_who_makes_the_rules_closes_days(client):
    staff(client, Role.FRONT_DESK)

    assert (client.get(PAGE).status_code, client.post(PAGE, {"date": "2026-12-25"}).status_code) == (403, 403)


@pytest.mark.django_db
@pytest.mark.parametrize("visits", [1, 3])
def test_page_costs_the_same_queries(client, manager, visits, django_assert_num_queries):
    clinician = make_clinician()
    for number in range(visits):
        make_visit(clinician, make_type([clinician]), at(9 + number, day=CHRISTMAS))
    client.get(PAGE)

    with django_assert_num_queries(9):  # one of them the safety banner of every staff page
        client.get(PAGE)
