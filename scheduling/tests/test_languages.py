import datetime as dt

import pytest
import time_machine

from scheduling.errors import SlotTakenError
from scheduling.models import Appointment
from scheduling.rescheduling import reschedule
from scheduling.services import book
from scheduling.tests.factories import CHICAGO, NOW, another_request, at, make_clinician, make_type
from scheduling.tests.time_steps import path_of, send, values
from scheduling.views import offers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ann():
    return make_clinician("Dr. Ann")  # 09:00 to noon


@pytest.fixture
def bea():
    return make_clinician("Dr. Bea", hours=[(dt.time(11), dt.time(14))], languages=["en", "es"])


@pytest.fixture
def kind(ann, bea):
    return make_type([ann, bea])


@pytest.fixture
def asker():
    return another_request()


def times(client, asker, **query):
    return values(client.get(path_of(asker), {"day": "2026-12-01", **query}), "start")


def test_time_page_lets_people_choose_a_language(client, kind, asker):
    shown = client.get(path_of(asker)).content.decode()

    assert "Times with somebody who speaks:" in shown
    assert "?language=es" in shown


def test_time_page_asks_for_no_language_where_all_speak_one(client, asker):
    make_type([make_clinician(), make_clinician("Dr. Other")])

    assert "somebody who speaks" not in client.get(path_of(asker)).content.decode()
    assert len(times(client, asker, language="es")) == 6  # nonsense in the address narrows nothing


def test_language_of_somebody_who_cannot_be_booked_is_not_offered(client, kind, asker, bea):
    type(bea).objects.filter(pk=bea.pk).update(is_bookable=False)

    assert "somebody who speaks" not in client.get(path_of(asker)).content.decode()


def test_chosen_language_narrows_the_times_and_comes_along(client, kind, asker):
    shown = client.get(path_of(asker), {"day": "2026-12-01", "language": "es"})
    text = shown.content.decode()

    assert values(shown, "start") == [offers.value_of(at(11) + dt.timedelta(minutes=30 * n)) for n in range(6)]
    assert values(shown, "language") == ["es"]
    assert "?from=2026-12-01&amp;chosen=2026-12-01&amp;language=es" in text
    assert values(client.get(path_of(asker), {"language": "es"}), "language") == ["es"]


@pytest.mark.parametrize("language", ["xx", "", "en-US", "es'"])
def test_other_languages_narrow_nothing(client, kind, asker, language):
    assert len(times(client, asker, language=language)) == 8


def test_a_booking_in_a_language_is_with_somebody_who_speaks_it(client, kind, asker, bea):
    for number in range(2):  # Bea has more visits that day, so without a language it would be Ann
        book(
            request=another_request(), appointment_type=kind, start=at(12 + number), mode="phone",
            booking_key=another_request().form_key, source="web",
        )  # fmt: skip

    sent = send(client, asker, start=offers.value_of(at(11)), language="es")

    visit = Appointment.objects.get(request=asker)
    assert (visit.clinician, visit.language) == (bea, "es")
    assert "Dr. Bea, in Spanish" in client.get(sent.url).content.decode()


def test_a_time_at_which_nobody_speaks_it_is_refused_with_times_at_which_somebody_does(client, kind, asker):
    refused = send(client, asker, start=offers.value_of(at(9)), language="es")

    assert (refused.status_code, Appointment.objects.count()) == (422, 0)
    assert values(refused, "start")[0] == offers.value_of(at(11))
    assert values(refused, "language") == ["es"]


def test_the_loser_of_a_time_in_a_language_gets_times_in_it(kind, bea, asker):
    said = {"appointment_type": kind, "start": at(11), "mode": "phone", "source": "web", "language": "es"}
    book(request=another_request(), booking_key=another_request().form_key, **said)

    with pytest.raises(SlotTakenError) as lost:
        book(request=asker, booking_key=another_request().form_key, **said)
    assert {start.astimezone(CHICAGO).hour for start in lost.value.nearest} == {11, 12, 13}


def test_a_moved_visit_stays_with_somebody_who_speaks_the_language(client, kind, asker, ann, bea):
    visit = book(
        request=asker, appointment_type=kind, start=at(13), mode="phone", booking_key=another_request().form_key,
        source="web", language="es",
    )  # fmt: skip

    with pytest.raises(Exception, match="cannot be booked here"):
        reschedule(appointment=visit, start=at(9), change_key=another_request().form_key, source="web")
    moved = reschedule(appointment=visit, start=at(11), change_key=another_request().form_key, source="web")
    assert moved.clinician == bea
