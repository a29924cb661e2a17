import uuid

import pytest
import time_machine
from django.urls import reverse

from clinic import links
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, make_clinician, make_type
from scheduling.tests.visit_steps import booked, path_of
from scheduling.views import private

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind():
    return make_type([make_clinician()])


NAMES = ("visit", "cancel", "invite", "visit_call_me", "time", "call_me")


@pytest.mark.parametrize("name", NAMES)
def test_unknown_and_foreign_links_get_one_page(client, kind, name):
    visit = booked(kind)
    purpose = "visit" if name in {"time", "call_me"} else "time"
    object_id = visit.pk if purpose == "visit" else visit.request.pk
    foreign = links.token_for(purpose, object_id)
    own = links.token_for(
        "visit" if purpose == "time" else "time", visit.request.pk if purpose == "visit" else visit.pk
    )
    mutated = ("A" if own[0] != "A" else "B") + own[1:]

    answers = [
        client.get(reverse(f"scheduling:{name}", kwargs={"token": token}))
        for token in (foreign, mutated, "x", "é", "a" * 3000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "This link does not work" in answers[0].content.decode()
    assert reverse("scheduling:send_my_link") in answers[0].content.decode()


def test_revoked_link_gets_the_unknown_page(client, kind):
    visit = booked(kind)
    path = path_of(visit)
    links.revoke("visit", visit.pk)

    assert client.get(path).status_code == 404


def test_link_of_an_erased_visit_gets_the_unknown_page(client):
    path = reverse("scheduling:visit", kwargs={"token": links.token_for("visit", uuid.uuid4())})

    assert client.get(path).status_code == 404


def test_post_to_an_unknown_link_changes_nothing(client, kind):
    booked(kind)

    response = client.post(reverse("scheduling:cancel", kwargs={"token": "x"}))

    assert (response.status_code, Appointment.objects.get().status) == (404, "booked")


def test_guessing_links_ends_in_429(client, settings):
    settings.RATE_LIMIT_FACTOR = 2 / private.UNKNOWN_LINKS.most

    statuses = [client.get(reverse("scheduling:visit", kwargs={"token": f"x{n}"})).status_code for n in range(4)]

    assert statuses == [404, 404, 429, 429]
