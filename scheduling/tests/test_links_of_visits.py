import uuid

import pytest
import time_machine
from django.urls import reverse
from django.utils.encoding import escape_uri_path

from clinic import links, private
from scheduling.models import Appointment
from scheduling.tests.factories import NOW, another_request, at
from scheduling.tests.visit_steps import booked, path_of
from scheduling.tests.waiting_steps import ask, offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


NAMES = (
    "visit", "cancel", "change", "undo", "messages", "invite", "visit_call_me", "visit_earlier",
    "time", "call_me", "earlier", "offer",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_unknown_and_foreign_links_get_one_page(client, kind, name):
    visit = booked(kind)
    purpose = "visit" if name in {"time", "call_me", "earlier"} else "time"
    object_id = visit.pk if purpose == "visit" else visit.request.pk
    foreign = links.token_for(purpose, object_id)
    own = links.token_for(
        "visit" if purpose == "time" else "time", visit.request.pk if purpose == "visit" else visit.pk
    )
    mutated = ("A" if own[0] != "A" else "B") + own[1:]

    send = client.post if name == "undo" else client.get
    answers = [
        send(reverse(f"scheduling:{name}", kwargs={"token": token}))
        for token in (foreign, mutated, "x", "é", "a" * 3000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    # All but the page's own address, which its link to the other language holds.
    assert (
        len({answer.content.replace(escape_uri_path(answer.wsgi_request.path).encode(), b"") for answer in answers})
        == 1
    )
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


@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled_by_patient", "cancelled_by_clinic"])
@pytest.mark.parametrize("name", ["visit", "cancel", "change", "messages", "invite", "visit_call_me", "visit_earlier"])
def test_links_explain_themselves_after_the_visit_and_after_cancelling(client, kind, name, status):
    visit = booked(kind)
    Appointment.objects.filter(pk=visit.pk).update(status=status)

    answer = client.get(path_of(visit, name), follow=True)

    assert answer.status_code == 200


def test_links_of_a_merged_patient_work_as_before(client, kind, clinician):
    """A merge hands requests and visits to the other patient; links belong to those, not to patients."""
    kept, merged = booked(kind), booked(kind, start=at(11))
    asker = another_request()
    made = offer(ask(merged.request, kind), clinician, at(9, 30))
    paths = [
        path_of(merged),
        path_of(merged, "change"),
        path_of(merged, "visit_earlier"),
        reverse("scheduling:time", kwargs={"token": links.token_for("time", asker.pk)}),
        reverse("scheduling:offer", kwargs={"token": links.token_for("offer", made.pk)}),
    ]

    for request in (merged.request, asker):
        type(request).objects.filter(pk=request.pk).update(patient=kept.patient)
    Appointment.objects.filter(pk=merged.pk).update(patient=kept.patient)

    assert [client.get(path).status_code for path in paths] == [200] * 5
    client.post(paths[4], {"answer": "take"})
    merged.refresh_from_db()
    assert merged.starts_at == at(9, 30)
