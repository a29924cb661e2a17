import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from clinic.roles import Role
from notifications.models import Message
from scheduling.models import WaitlistOffer
from scheduling.rescheduling import reschedule
from scheduling.services import cancel
from scheduling.tests.admin_steps import staff
from scheduling.tests.factories import NOW, at
from scheduling.tests.visit_steps import booked
from scheduling.tests.waiting_steps import ask, desk_user, offer
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def made(kind, clinician):
    """An offer of 9:00 to somebody who comes at 11:00."""
    visit = booked(kind, start=at(11))
    return offer(ask(visit.request, kind), clinician, at(9))


# --- The desk --------------------------------------------------------------------------------------

DESK = "/admin/desk/waiting/"


def test_desk_sees_who_wants_a_time_and_offers_it_with_one_click(client, kind, clinician):
    visit = booked(kind, start=at(9, 30))
    entry = ask(visit.request, kind)
    user = staff(client, Role.FRONT_DESK)
    text = client.get(DESK).content.decode()
    assert f"{visit.request.patient}, {visit.request}" in text
    assert f'aria-label="Offer Tue Dec 1, 9:00 AM to {visit.request.patient}"' in text

    response = client.post(
        f"{DESK}offer/", {"entry": entry.pk, "clinician": clinician.pk, "start": value_of(at(9))}, follow=True
    )

    made = WaitlistOffer.objects.get()
    assert (made.starts_at, made.offered_by, made.entry) == (at(9), user, entry)
    assert Message.objects.filter(kind="scheduling.offer").count() == 2
    text = response.content.decode()
    assert "They can take it until Monday, November 30, 1:00 PM Central Time." in text
    assert "Offered, no answer yet." in text


def test_desk_page_lets_a_browser_send_its_forms(client):
    """From a `no-referrer` page a browser sends a blank origin, which staff pages refuse."""
    staff(client, Role.FRONT_DESK)

    response = client.get(DESK)

    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "same-origin")


def test_desk_sees_times_that_came_free_on_top(client, kind):
    first, freed = booked(kind, start=at(9)), booked(kind, start=at(10))
    ask(booked(kind, start=at(11)).request, kind)
    cancel(appointment=freed, source="staff")
    reschedule(appointment=first, start=at(11, 30), change_key=uuid.uuid4(), source="staff")
    staff(client, Role.FRONT_DESK)

    rows = client.get(DESK).content.decode().split('<th scope="row">')[1:4]

    assert [row.partition("</th>")[0] for row in rows] == [
        "Tue Dec 1, 9:00 AM CST<br>Came free Nov 30, 9:00 AM",
        "Tue Dec 1, 10:00 AM CST<br>Came free Nov 30, 9:00 AM",
        "Mon Nov 30, 9:00 AM CST",
    ]


def test_desk_is_told_why_not(client, kind, clinician, made):
    staff(client, Role.FRONT_DESK)
    again = {"entry": made.entry.pk, "clinician": clinician.pk, "start": value_of(at(9))}

    texts = [
        client.post(f"{DESK}offer/", sent, follow=True).content.decode()
        for sent in (again, {**again, "start": "x"}, {**again, "entry": "1"})
    ]

    assert "This time was offered to them before." in texts[0]
    assert all("This button is out of date." in text for text in texts[1:])
    assert WaitlistOffer.objects.count() == 1


def test_desk_list_without_anybody(client):
    staff(client, Role.AUDITOR)

    text = client.get(DESK).content.decode()

    assert "No free time fits anybody on the list now." in text
    assert "Nobody waits." in text


def test_who_may_only_read_offers_nothing(client, kind, clinician):
    entry = ask(booked(kind).request, kind)
    assert client.get(DESK).status_code == 302
    staff(client, Role.AUDITOR)

    sent = {"entry": entry.pk, "clinician": clinician.pk, "start": value_of(at(9))}

    assert client.post(f"{DESK}offer/", sent).status_code == 403
    assert client.get(f"{DESK}offer/").status_code == 405
    assert "<button" not in client.get(DESK).content.decode().split("content-main")[1]


@pytest.mark.parametrize("model", ["waitlistentry", "waitlistoffer"])
def test_admin_lists_read_only(client, made, model):
    staff(client, Role.FRONT_DESK)
    row = made if model == "waitlistoffer" else made.entry

    listing = client.get(reverse(f"admin:scheduling_{model}_changelist"))
    detail = client.get(reverse(f"admin:scheduling_{model}_change", args=[row.pk]))

    assert (listing.status_code, detail.status_code) == (200, 200)
    below_the_strip = listing.content.decode().split('id="content-start"')[1]
    assert (DESK in below_the_strip) is (model == "waitlistentry")
    assert 'name="_save"' not in detail.content.decode()
    assert made.offered_by == desk_user()
    assert made.expires_at - NOW == dt.timedelta(hours=4)
