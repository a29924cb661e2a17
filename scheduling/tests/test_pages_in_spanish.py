"""The pages of times and visits in Spanish: every word was given to a translator, in every state."""

import datetime as dt
import re
import uuid

import pytest
import time_machine

from clinic.models import ClinicProfile, RateBucket
from clinic.tests.untranslated import marked, words_outside
from intake.models import ConsultationRequest
from intake.services import close_request
from notifications.models import Message
from scheduling.models import Appointment, AppointmentType, ScheduleException
from scheduling.services import cancel
from scheduling.tests import time_steps
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.test_waiting_pages import path_of as offer_path
from scheduling.tests.time_steps import send
from scheduling.tests.visit_steps import booked, path_of
from scheduling.tests.waiting_steps import ask, offer
from scheduling.waiting.services import decline_offer

pytestmark = pytest.mark.django_db

NOBODYS = [
    "Minnesota Ketamine & Wellness Institute", "Minnesota", "MKWI Care", "100 Example Avenue, Suite 200", "Minneapolis, MN 55401",
    "hello@clinic.example", "English", "Español", "LLC", "Dr. Dana Rivers", "Dr. Robin Reyes", "Free consultation", "person.example",
    "This week we are moving.", "https://video.example/x", "ext.",
]  # fmt: skip


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def kind():
    return make_type(
        [make_clinician(languages=["en", "es"]), make_clinician("Dr. Robin Reyes")],
        modes=["in_person", "video", "phone"],
        change_cutoff=120,
    )


def days(client, kind, _clock):
    asker = another_request()
    path = time_steps.path_of(asker)
    yield client.get(path)
    yield client.get(path, {"shown": str(TUESDAY)})
    yield client.get(path, {"day": "2027-12-25"})
    yield client.get(path, {"from": "2026-12-08", "language": "es"})
    yield client.get(path, {"day": str(TUESDAY), "page": "2"})


def times(client, kind, _clock):
    asker = another_request(phone="", sms_consent=False)
    path = time_steps.path_of(asker)
    yield client.get(path, {"day": str(TUESDAY)})
    yield client.get(path, {"day": str(TUESDAY), "language": "es"})
    yield send(client, asker, start="", mode="x", booking_key="x")
    yield send(client, asker, start="nonsense", mode="", day=None)
    yield send(client, asker, start="2026-12-01T08:00:00Z")
    booked(kind, start=at(9))
    booked(kind, start=at(9))
    yield send(client, asker)
    AppointmentType.objects.update(modes=["phone"])
    yield client.get(path, {"day": str(TUESDAY)})


def refusals(client, kind, _clock):
    asker = another_request()
    path = time_steps.path_of(asker)
    ClinicProfile.objects.update_or_create(pk=1, defaults={"live_visits_per_contact": 0})
    yield send(client, asker)
    ClinicProfile.objects.update(booking_paused=True)
    yield client.get(path)
    ClinicProfile.objects.update(booking_paused_message="This week we are moving.")
    yield client.get(path)
    close_request(request=asker, reason="Sent twice")
    yield client.get(path)
    yield client.get("/visit/unknown/")
    AppointmentType.objects.update(is_active=False)
    yield client.get(time_steps.path_of(another_request()))


def calls(client, kind, _clock):
    asker, without = another_request(), another_request(phone="", sms_consent=False)
    yield client.get(time_steps.path_of(without, "call_me"))
    yield client.post(time_steps.path_of(without, "call_me"), {"phone": "12"})
    yield client.post(time_steps.path_of(without, "call_me"), {"phone": ""})
    yield client.get(time_steps.path_of(asker, "call_me"))
    client.post(time_steps.path_of(asker, "call_me"))
    yield client.get(time_steps.path_of(asker, "call_me"))
    yield client.get(time_steps.path_of(asker))
    visit = booked(kind)
    client.post(path_of(visit, "visit_call_me"))
    yield client.get(path_of(visit, "visit_call_me"))
    yield client.get(path_of(visit))


def coming(client, kind, clock):
    for hour, mode in enumerate(("in_person", "video", "phone"), start=9):
        visit = booked(kind, mode=mode, start=at(hour))
        ConsultationRequest.objects.filter(pk=visit.request_id).update(phone_extension="12")
        yield client.get(path_of(visit))
    Appointment.objects.filter(mode="video").update(language="es", video_link="https://video.example/x")
    yield client.get(path_of(Appointment.objects.get(mode="video")))
    for state in Message.State.values:
        Message.objects.update(state=state)
        yield client.get(path_of(visit))
    yield client.get(path_of(visit) + "?already=1&moved=1&mode_changed=1&undone=1")
    ask(visit.request, kind)
    yield client.get(path_of(visit))
    yield client.get(path_of(booked(kind, start=at(10), asker=another_request(sms_consent=False, email_consent=False))))
    clock.move_to(at(10, 45))
    yield client.get(path_of(visit))
    yield client.get(path_of(visit, "cancel"))


def changes(client, kind, clock):
    visit = booked(kind)
    path = path_of(visit, "change")
    key = str(uuid.uuid4())
    same = {"start": at(9).isoformat(), "mode": "in_person", "booking_key": key}
    yield client.get(path)
    yield client.get(path, {"day": str(TUESDAY)})
    yield client.post(path, same)
    yield client.post(path, {**same, "start": at(7).isoformat()})
    booked(kind, start=at(10))
    booked(kind, start=at(10))
    yield client.post(path, {**same, "start": at(10).isoformat()})
    AppointmentType.objects.update(modes=["in_person"])
    ScheduleException.objects.bulk_create(
        ScheduleException(date=TUESDAY + dt.timedelta(days=day), effect="closed") for day in range(-2, 90)
    )
    yield client.get(path)
    ClinicProfile.objects.update(booking_paused=True, booking_paused_message="This week we are moving.")
    yield client.get(path)
    clock.move_to(at(8))
    yield client.get(path)
    yield client.post(path, same)


def cancelled(client, kind, clock):
    visit = booked(kind)
    yield client.get(path_of(visit, "cancel"))
    yield client.post(path_of(visit, "cancel"), {"reason": "5" * 301})
    cancel(appointment=visit, source="web")
    yield client.get(path_of(visit) + "?undo_late=1")
    clock.shift(dt.timedelta(minutes=11))
    yield client.get(path_of(visit))
    booked(kind, asker=visit.request, start=at(10))
    yield client.get(path_of(visit))
    called_off = booked(kind, start=at(11))
    cancel(appointment=called_off, source="staff")
    yield client.get(path_of(called_off))
    past = make_visit(make_clinician("Dr. Robin Reyes"), kind, NOW - dt.timedelta(days=2), status="completed")
    yield client.get(path_of(past))


def contacts(client, kind, _clock):
    visit = booked(kind)
    path = path_of(visit, "messages")
    yield client.get(path)
    client.post(path, {"channel": "sms", "wish": "stop"})
    client.post(path, {"channel": "email", "wish": "stop"})
    yield client.get(path + "?saved=1")
    yield client.post(path, {"channel": "sms", "wish": "allow"})
    yield client.post(path, {"channel": "email", "wish": "allow", "agree": "on", "wording": "x"})


def links_sent(client, _kind, _clock):
    path = "/send-my-link/"
    yield client.get(path)
    yield client.get(path + "?sent=1")
    for typed in ("", "5@", "no digits", "12", "5" * 300):
        yield client.post(path, {"contact": typed})
    for _time in range(31):
        RateBucket.objects.update(count=100)
    yield client.post(path, {"contact": "612-555-0142"})


def waiting(client, kind, _clock):
    visit, without = booked(kind, start=at(11)), another_request()
    for path in (path_of(visit, "visit_earlier"), time_steps.path_of(without, "earlier")):
        yield client.get(path)
        yield client.post(path, {"wish": "ask", "weekdays": ["9"], "parts_of_day": ["x"], "clinician": "x"})
        yield client.post(path, {})
        client.post(path, {"wish": "ask"})
        yield client.get(path + "?saved=1")
        client.post(path, {"wish": "stop"})
        yield client.get(path + "?saved=1")
    bare = another_request(sms_consent=False, email_consent=False)
    yield client.get(time_steps.path_of(bare, "earlier"))
    ConsultationRequest.objects.filter(pk=bare.pk).update(phone="")
    yield client.get(time_steps.path_of(bare, "earlier"))


def offered(client, kind, clock):
    clinician = kind.clinicians.order_by("name")[0]
    visit = booked(kind, start=at(11))
    made = offer(ask(visit.request, kind), clinician, at(9))
    yield client.get(offer_path(made))
    declined = offer(ask(another_request(), kind), clinician, at(9, 30))
    yield client.get(offer_path(declined))
    decline_offer(offer=declined)
    yield client.get(offer_path(declined))
    for outcome in ("open", "lost", "withdrawn"):
        type(made).objects.filter(pk=made.pk).update(
            outcome=outcome, expires_at=NOW, answered_at=None if outcome == "open" else NOW
        )
        yield client.get(offer_path(made))
        yield client.post(offer_path(made), {"answer": "take"})


STATES = [
    days, times, refusals, calls, coming, changes, cancelled, contacts, links_sent, waiting, offered,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_word_of_a_page_can_be_translated(client, kind, clock, state):
    seen = 0
    with marked():
        for response in state(client, kind, clock):
            assert response.status_code not in {302, 303, 500}
            references = ConsultationRequest.objects.values_list("reference", flat=True)
            assert words_outside(response.text, nobodys=[*NOBODYS, *references]) == [], response.request["PATH_INFO"]
            seen += 1
    assert seen > 3


def test_a_visit_in_spanish(client, kind):
    visit = booked(kind, asker=another_request(language="es"), mode="phone")

    page = re.sub("[ \\n]+", " ", client.get(path_of(visit)).text)

    assert '<html lang="es">' in page
    assert (
        "<strong>Martes 1 de diciembre de 2026</strong><br>9:00 a.\N{NO-BREAK SPACE}m. (hora del Centro), 30 minutos"
        in page
    )
    assert "Free consultation, por teléfono" in page
    assert "Le llamamos al (612) 555-" in page
    AppointmentType.objects.update(name_es="Consulta gratuita")
    assert "Consulta gratuita, por teléfono" in client.get(path_of(visit)).text


def test_the_days_in_spanish(client, kind):
    page = client.get(time_steps.path_of(another_request(language="es"))).text

    assert "Lunes 30 de noviembre \N{EN DASH} 6 horarios" in page
    assert "<h1>Elija un día</h1>" in page
