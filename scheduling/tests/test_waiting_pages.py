import pytest
import time_machine
from django.urls import reverse

from clinic import links
from intake.selectors import contact_addresses
from notifications.models import Channel
from scheduling.messages import VIDEO_LINK
from scheduling.models import Appointment, WaitlistEntry
from scheduling.tests import time_steps, visit_steps
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_visit
from scheduling.tests.visit_steps import booked, text_of
from scheduling.tests.waiting_steps import ask, offer
from scheduling.views.offers import value_of
from scheduling.views.visit_words import masked
from scheduling.waiting.selectors import live_entry_of

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


def path_of(made):
    return reverse("scheduling:offer", kwargs={"token": links.token_for("offer", made.pk)})


def page(client, made):
    return client.get(path_of(made)).content.decode()


# --- Asking and stopping ---------------------------------------------------------------------------


def test_visit_page_leads_to_the_list_and_says_when_they_are_on_it(client, kind):
    visit = booked(kind)
    path = visit_steps.path_of(visit, "visit_earlier")
    assert f'<a href="{path}">Tell me if one comes up</a>' in text_of(client, visit)

    ask(visit.request, kind)

    assert f'<a href="{path}">You are on our list: change or stop it</a>' in text_of(client, visit)


def test_time_page_leads_to_the_list(client, kind):
    asker = another_request()

    assert time_steps.path_of(asker, "earlier") in client.get(time_steps.path_of(asker)).content.decode()


def test_asking_from_the_visit_page_keeps_the_wish_and_shows_it_again(client, kind):
    visit = booked(kind)
    path = visit_steps.path_of(visit, "visit_earlier")

    response = client.post(path, {"wish": "ask", "weekdays": ["1", "3"], "parts_of_day": ["morning"]})

    entry = WaitlistEntry.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"{path}?saved=1")
    assert (entry.request, entry.weekdays, entry.parts_of_day, entry.clinician) == (
        visit.request,
        [1, 3],
        ["morning"],
        None,
    )
    text = client.get(f"{path}?saved=1").content.decode()
    assert "You are on the list." in text
    assert text.count(" checked") == 3
    assert "We write to the number ending in" in text
    assert "With whom?" not in text  # there is one clinician


def test_page_names_only_where_an_offer_would_go_and_each_once(client, kind, monkeypatch):
    visit = booked(kind)
    email = (Channel.EMAIL, visit.request.email)
    monkeypatch.setattr("scheduling.views.earlier.OFFER", VIDEO_LINK)  # travels by e-mail only
    monkeypatch.setattr("scheduling.views.earlier.contact_addresses", lambda asker: [*contact_addresses(asker), email])

    text = text_of(client, visit, "visit_earlier")

    assert f"We write to {masked(*email)}." in text


def test_asking_without_a_visit_for_one_of_two_clinicians(client, kind):
    other = make_clinician("Dr. Other")
    kind.clinicians.add(other)
    asker = another_request(sms_consent=False, email_consent=False, email="")
    path = time_steps.path_of(asker, "earlier")
    assert "so we would call you at" in client.get(path).content.decode()

    client.post(path, {"wish": "ask", "clinician": str(other.pk)})

    assert live_entry_of(asker).clinician == other


@pytest.mark.parametrize(
    "sent", [{"wish": "ask", "weekdays": "9"}, {"wish": "x"}, {}, {"wish": "ask", "clinician": "1"}]
)
def test_tampered_wishes_are_refused_and_keep_what_was_ticked(client, kind, sent):
    visit = booked(kind)

    response = client.post(visit_steps.path_of(visit, "visit_earlier"), {**sent, "parts_of_day": ["evening"]})

    text = response.content.decode()
    assert (response.status_code, WaitlistEntry.objects.count()) == (422, 0)
    assert "There is a problem" in text
    assert 'value="evening" checked' in text


def test_stopping_by_the_same_link(client, kind):
    visit = booked(kind)
    ask(visit.request, kind)
    path = visit_steps.path_of(visit, "visit_earlier")
    assert "Take me off the list" in client.get(path).content.decode()

    client.post(path, {"wish": "stop"})

    assert live_entry_of(visit.request) is None
    assert "You are not on the list any more." in client.get(f"{path}?saved=1").content.decode()


def test_a_visit_without_a_request_has_no_list(client, kind, clinician):
    visit = make_visit(clinician, kind, at(9))
    Appointment.objects.filter(pk=visit.pk).update(request=None)

    assert "visit_earlier" not in text_of(client, visit)
    assert client.get(visit_steps.path_of(visit, "visit_earlier")).status_code == 404


# --- The offered time ------------------------------------------------------------------------------


def test_offer_page_shows_both_times_and_changes_nothing(client, made):
    text = page(client, made)

    assert "An earlier time is free" in text
    assert "Tuesday, December 1, 9:00 AM Central Time" in text
    assert "Your appointment now: <strong>Tuesday, December 1, 2026, 11:00 AM" in text
    assert "You can take it until Monday, November 30, 1:00 PM Central Time" in text
    made.refresh_from_db()
    assert made.outcome == "open"


def test_taking_it_moves_the_visit_and_the_link_leads_there_ever_after(client, made):
    response = client.post(path_of(made), {"answer": "take"})

    visit = Appointment.objects.get()
    there = links.path_for("visit", visit.pk)
    assert (response.status_code, response["Location"], visit.starts_at) == (303, f"{there}?moved=1", at(9))
    assert client.get(path_of(made))["Location"] == there
    assert client.post(path_of(made), {"answer": "take"})["Location"].startswith(there)


def test_taking_it_without_a_visit_books_the_chosen_way_to_meet(client, kind, clinician):
    made = offer(ask(another_request(), kind), clinician, at(9))
    assert "How would you like to meet?" in page(client, made)

    client.post(path_of(made), {"answer": "take", "mode": "phone"})

    assert Appointment.objects.get().mode == "phone"


def test_saying_no_keeps_everything_and_is_remembered(client, made):
    client.post(path_of(made), {"answer": "decline"})

    text = page(client, made)
    assert "You said no to this time" in text
    assert Appointment.objects.get().starts_at == at(11)
    assert "Change what you would like to be told, or stop it" in text


def test_late_is_answered_kindly_with_the_nearest_times_this_one_among_them(client, made, clock):
    clock.move_to(made.expires_at)

    response = client.post(path_of(made), {"answer": "take"})

    text = response.content.decode()
    assert response.status_code == 409
    assert "The time to take it is over." in text
    assert "You have your appointment on <strong>Tuesday, December 1, 2026, 11:00 AM" in text
    assert value_of(at(9)) in text
    assert f'action="{visit_steps.path_of(Appointment.objects.get(), "change")}"' in text
    assert page(client, made).count(value_of(at(9))) == 1


def test_lost_is_answered_kindly_with_the_nearest_times(client, kind, made):
    booked(kind, start=at(9))
    assert "Somebody else has taken this time" in page(client, made)

    response = client.post(path_of(made), {"answer": "take"})

    text = response.content.decode()
    made.refresh_from_db()
    assert (response.status_code, made.outcome) == (409, "lost")
    assert "Somebody else has taken this time" in text
    assert value_of(at(9)) not in text
    assert value_of(at(9, 30)) in text


def test_lost_without_a_visit_can_book_another_time_at_once(client, kind, clinician):
    asker = another_request()
    made = offer(ask(asker, kind), clinician, at(9))
    booked(kind, start=at(9))

    text = client.post(path_of(made), {"answer": "take"}).content.decode()

    assert f'action="{time_steps.path_of(asker)}"' in text
    time_steps.send(client, asker, start=value_of(at(9, 30)))
    assert Appointment.objects.get(request=asker).starts_at == at(9, 30)


def test_too_near_to_move_is_answered_with_the_phone(client, kind, made):
    kind.change_cutoff = 48 * 60
    kind.save()

    response = client.post(path_of(made), {"answer": "take"})

    assert response.status_code == 409
    assert "It is too close to your appointment" in response.content.decode()


def test_who_stopped_is_told_so(client, made):
    client.post(time_steps.path_of(made.entry.request, "earlier"), {"wish": "stop"})

    assert "You asked us not to offer you times any more" in page(client, made)


def test_unknown_offers_get_the_one_page(client, made):
    visit_token = links.token_for("visit", Appointment.objects.get().pk)
    paths = [reverse("scheduling:offer", kwargs={"token": token}) for token in ("x", visit_token)]

    assert [client.get(path).status_code for path in paths] == [404, 404]
