import urllib.error
import urllib.request

import icalendar
import pytest
import time_machine
import vobject
from django.urls import reverse

from clinic import links
from clinic.models import AccessEvent
from clinic.roles import Role
from scheduling import feeds
from scheduling.models import Appointment
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_moves import book, cancel, move

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW):
        yield


def path_of(clinician):
    return links.path_for("calendar", clinician.pk)


def page_of(clinician):
    return reverse("scheduling:calendar_address", args=[clinician.pk])


def events(text):
    return [
        (str(event["uid"]).partition("@")[0], event.decoded("dtstart"), str(event["summary"]), int(event["sequence"]))
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
    ]


def test_feed_follows_booking_moving_and_cancelling(client, clinician, kind):
    visit = book(kind, at(9), asker=another_request(name="Sam van Example"))
    first = client.get(path_of(clinician)).content
    move(visit, at(11))
    second = client.get(path_of(clinician)).content
    cancel(visit)

    assert events(first) == [(str(visit.pk), at(9), "S.E. Free consultation", 0)]
    assert events(second) == [(str(visit.pk), at(11), "S.E. Free consultation", 1)]
    assert events(client.get(path_of(clinician)).content) == []


def test_feed_holds_no_name_contact_reason_or_clinical_word(client, clinician):
    kind = make_type([clinician], name="Ketamine consultation")
    request = another_request(name="Quentin Zebra", message="depressed")
    book(kind, at(9), asker=request)

    text = client.get(path_of(clinician)).content.decode()

    assert events(text)[0][2] == "Q.Z. Appointment"
    said = (request.email, str(request.phone), "Quentin", "Zebra", "etamine", "depress", request.reference)
    assert [word for word in said if word in text] == []
    assert "DTSTART:20261201T150000Z\r\n" in text


@pytest.mark.parametrize(
    ("name", "expected"), [("Sam", "S."), ("Ana María Ölund", "A.Ö."), ("-- 7", "?"), ("josé de la Cruz", "J.C.")]
)
def test_initials(name, expected):
    assert feeds.initials(name) == expected


def test_feed_shows_the_clinicians_own_visits_of_the_last_month_and_to_come(client, clinician, kind):
    other = make_clinician("Dr. Other")
    make_visit(other, kind, at(9))
    old, recent = at(9, day=NOW.date().replace(month=10)), at(9, day=NOW.date().replace(day=5))
    make_visit(clinician, kind, old, status="completed")
    make_visit(clinician, kind, recent, status="completed")
    make_visit(clinician, kind, at(10), status="no_show")

    assert [start for _uid, start, *_rest in events(client.get(path_of(clinician)).content)] == [recent]


def test_feed_is_cached_by_nobody_else_and_answers_304(client, clinician, kind):
    visit = book(kind, at(9))
    first = client.get(path_of(clinician))

    again = client.get(path_of(clinician), headers={"If-None-Match": first["ETag"]})
    move(visit, at(10))
    changed = client.get(path_of(clinician), headers={"If-None-Match": first["ETag"]})

    assert (first["Cache-Control"], first["Referrer-Policy"]) == ("private, no-cache", "no-referrer")
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert changed.status_code == 200
    assert client.head(path_of(clinician)).status_code == 200
    assert client.post(path_of(clinician)).status_code == 405


def test_address_is_shown_once_and_the_old_one_dies(client, clinician):
    user = staff(client, Role.CLINICIAN)
    clinician.user = user
    clinician.save()
    old = path_of(clinician)
    before = client.get(page_of(clinician))

    made = client.post(page_of(clinician))

    new = path_of(clinician)
    assert made.content.decode().count(new) == 1
    assert made["Cache-Control"] == "no-store"
    assert new not in before.content.decode() + client.get(page_of(clinician)).content.decode()
    assert [client.get(path).status_code for path in (old, new)] == [404, 200]
    event = AccessEvent.objects.get(action="export")
    assert (event.by, event.subject_ref) == (user, f"scheduling.clinician:{clinician.pk}")


def test_switched_off_no_address_works(client, clinician):
    staff(client, Role.MANAGER)
    path = path_of(clinician)

    assert "The calendar is off" in client.post(page_of(clinician), {"stop": "1"}).content.decode()

    assert client.get(path).status_code == 404


def test_nobody_else_gets_an_address(client, clinician):
    assert client.post(page_of(clinician)).status_code == 302
    for role in (Role.FRONT_DESK, Role.CLINICIAN, Role.AUDITOR):
        staff(client, role)
        assert client.post(page_of(clinician)).status_code == 403


def test_clinicians_admin_page_leads_there(client, clinician):
    staff(client, Role.MANAGER)

    shown = client.get(reverse("admin:scheduling_clinician_change", args=[clinician.pk])).content.decode()

    assert page_of(clinician) in shown
    assert client.get(reverse("admin:scheduling_clinician_add")).status_code == 200


def test_feed_of_somebody_who_left_is_gone(client, clinician):
    user = staff(client, Role.CLINICIAN)
    clinician.user = user
    clinician.save()
    path = path_of(clinician)
    user.is_active = False
    user.save()

    assert client.get(path).status_code == 404


def test_links_for_other_pages_open_no_feed(client, clinician, kind):
    visit = book(kind, at(9))
    tokens = ["x", links.token_for("visit", visit.pk), links.token_for("visit", clinician.pk)]

    paths = [reverse("scheduling:calendar", kwargs={"token": token}) for token in tokens]

    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


@pytest.mark.parametrize("visits", [1, 6])
def test_feed_asks_the_database_as_often_with_more_visits(client, clinician, kind, visits, django_assert_num_queries):
    for number in range(visits):
        make_visit(clinician, kind, at(9 + number // 2, 30 * (number % 2)))
    path = path_of(clinician)

    with django_assert_num_queries(4):
        assert len(events(client.get(path).content)) == visits


@pytest.mark.django_db(transaction=True)
def test_a_calendar_program_subscribes_over_http(live_server, clinician, kind):
    """As a program does: fetches, reads with its own parser, asks again with the mark, sees one visit move and go."""
    visit = book(kind, at(9), asker=another_request(name="Sam Example"))
    url = live_server.url + path_of(clinician)

    def fetch(etag=""):
        asked = urllib.request.Request(url, headers={"If-None-Match": etag} if etag else {})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.headers["ETag"], answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers["ETag"], ""

    status, etag, text = fetch()
    (vevent,) = vobject.readOne(text).vevent_list
    assert (status, vevent.dtstart.value, vevent.summary.value) == (200, at(9), "S.E. Free consultation")
    assert events(text) == [(str(visit.pk), at(9), vevent.summary.value, 0)]
    assert fetch(etag)[0] == 304

    move(visit, at(11))
    status, moved_etag, text = fetch(etag)
    (moved,) = vobject.readOne(text).vevent_list
    assert (status, moved.uid.value, moved.dtstart.value) == (200, vevent.uid.value, at(11))
    assert moved_etag != etag

    cancel(visit)
    assert "vevent" not in vobject.readOne(fetch(moved_etag)[2]).contents
    assert Appointment.objects.get().is_cancelled
