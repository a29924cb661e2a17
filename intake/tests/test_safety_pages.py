import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from clinic.models import AccessEvent, ClinicProfile
from clinic.roles import Role
from intake import safety
from intake.models import SafetyItem, SafetyLevel
from intake.safety import Attempt
from intake.tests.factories import make_request
from intake.tests.safety_steps import MONDAY, clinician, item_of, on_call, staff

pytestmark = pytest.mark.django_db
SECRET = "canary: several days"
LIST = "/admin/desk/safety/"


@pytest.fixture
def item():
    return item_of(detail=SECRET)


@pytest.fixture
def dana(client):
    user = clinician()
    client.force_login(user)
    return user


@pytest.fixture
def robin(client):
    user = staff("robin", Role.FRONT_DESK)
    client.force_login(user)
    return user


def page(item, step=""):
    return reverse("intake:safety_item", args=[item.pk]) + step


def text(response):
    return " ".join(response.content.decode().split())


def test_front_desk_sees_the_call_and_how_far_it_is_and_never_why(client, item, robin):
    safety.acknowledge(item=item, by=clinician())

    shown = [text(client.get(path)) for path in (LIST, page(item), "/admin/?lists=1")]

    assert [SECRET in html or "item9" in html for html in shown] == [False, False, False]
    assert "Acknowledged by Dana Test" in shown[0]
    assert "Clinician call needed." in shown[2]
    assert "1 acknowledged." in shown[2]


@pytest.mark.parametrize("step", ["acknowledge/", "attempt/", "hand-over/", "close/"])
def test_front_desk_cannot_settle(client, item, robin, step):
    assert client.post(page(item, step)).status_code == 403


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_who_may_not_know_sees_neither_page_nor_banner(client, item, role):
    client.force_login(staff("ada", role))

    assert [client.get(path).status_code for path in (LIST, page(item))] == [403, 403]
    assert "safety-banner" not in text(client.get("/admin/"))


def test_clinician_reads_why_and_that_is_written_down(client, item, dana):
    shown = text(client.get(page(item)))

    assert SECRET in shown
    assert AccessEvent.objects.filter(by=dana, subject_ref=f"intake.safetyitem:{item.pk}", action="read").count() == 1


def test_clinician_walks_an_item_to_its_end(client, item, dana):
    lee = clinician("lee")
    assert "Acknowledge: I see to this" in text(client.get(page(item)))
    client.post(page(item, "acknowledge/"))
    client.post(page(item, "attempt/"), {"attempt-outcome": "voicemail", "attempt-note": "asked to call back"})
    client.post(page(item, "hand-over/"), {"hand-to": lee.pk, "hand-note": "end of my day"})
    client.force_login(lee)
    client.post(page(item, "acknowledge/"))
    seen = client.get(page(item)).context["close"].initial["seen"]

    answer = client.post(
        page(item, "close/"), {"close-disposition": "safe", "close-note": "Spoke, safe", "close-seen": seen}
    )

    item.refresh_from_db()
    assert answer.status_code == 302
    assert (item.state, item.closed_by, item.disposition) == ("closed", lee, {"outcome": "safe", "note": "Spoke, safe"})
    assert "safety-banner" not in text(client.get("/admin/"))


def test_close_without_a_try_keeps_what_was_typed_and_says_why(client, item, dana):
    safety.acknowledge(item=item, by=dana)

    answer = client.post(
        page(item, "close/"), {"close-disposition": "safe", "close-note": "typed words", "close-seen": "999999"}
    )

    assert answer.status_code == 422
    assert "Record how you tried to reach this person" in text(answer)
    assert "typed words" in text(answer)


@pytest.mark.parametrize("typed", [{}, {"close-disposition": "x", "close-seen": "x"}, {"close-seen": "9" * 40}])
def test_bad_input_is_explained_and_changes_nothing(client, item, dana, typed):
    safety.acknowledge(item=item, by=dana)

    assert [client.post(page(item, step), typed).status_code for step in ("close/", "attempt/", "hand-over/")] == [
        422
    ] * 3
    assert SafetyItem.objects.get().state == "acknowledged"


def test_get_changes_nothing(client, item, dana):
    assert [client.get(page(item, step)).status_code for step in ("acknowledge/", "close/")] == [405, 405]
    assert SafetyItem.objects.get().state == "open"


@pytest.mark.parametrize(("in_danger", "level"), [("yes", SafetyLevel.EMERGENCY), ("no", SafetyLevel.URGENT)])
def test_front_desk_raises_a_concern(client, robin, in_danger, level):
    request = make_request()
    path = reverse("intake:raise_concern", args=[request.patient_id])
    assert "Raise safety concern" in text(client.get(path))

    answer = client.post(path, {"in_danger": in_danger, "words": "said goodbye on the phone"})

    item = SafetyItem.objects.get()
    assert answer["Location"] == page(item)
    assert (item.level, item.raised_by, item.request) == (level, robin, request)
    assert "goodbye" not in text(client.get(page(item)))


def test_concern_twice_is_one_item_with_both_words(client, robin):
    request = make_request()
    path = reverse("intake:raise_concern", args=[request.patient_id])
    for words in ("first", "second"):
        client.post(path, {"in_danger": "yes", "words": words})

    item = SafetyItem.objects.get()
    client.force_login(clinician())
    shown = text(client.get(page(item)))
    assert ("first" in shown, "second" in shown) == (True, True)


def test_banner_says_what_is_late_and_that_nobody_is_on_call(client, robin):
    ClinicProfile.objects.update(screening_on=True)
    item_of()

    with time_machine.travel(MONDAY + dt.timedelta(hours=2), tick=False):
        client.force_login(robin)
        shown = text(client.get("/admin/?lists=1"))

    assert "1 waiting for a clinician." in shown
    assert "1 past the time to call." in shown
    assert "Nobody is on call now." in shown


def test_list_and_banner_cost_the_same_with_one_and_five_items(client, dana, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(30) as seen:
            assert client.get(LIST).status_code == 200
        return len(seen)

    item_of()
    one = queries()
    for number in range(4):
        item_of(make_request(name=f"Person {number}", phone=f"+1612555017{number}", email=f"p{number}@x.example"))

    assert queries() == one


def test_time_until_acknowledged_is_measured_for_managers_and_clinicians_only(client, dana):
    item = item_of()
    with time_machine.travel(MONDAY + dt.timedelta(minutes=7), tick=False):
        safety.acknowledge(item=item, by=dana)
        client.force_login(dana)
        shown = text(client.get(LIST))
        client.force_login(staff("robin", Role.FRONT_DESK))
        desk = text(client.get(LIST))

    assert "<td>1</td><td>7.0</td><td>7.0</td><td>0</td>" in shown
    assert '<svg viewBox="0 0 640 220"' in shown
    assert 'class="chart"' not in desk


def test_item_page_shows_where_to_reach_the_person(client, dana):
    request = make_request(voicemail_ok=False, discreet=True)
    shown = text(client.get(page(item_of(request))))

    assert 'href="tel:%2B16125550142"' in shown
    assert "NO voicemail. Discreet: say nothing about us." in shown


def test_try_after_closing_by_somebody_else_is_explained(client, item, dana):
    lee = clinician("lee")
    safety.acknowledge(item=item, by=lee)
    safety.close(item=item, by=lee, disposition=safety.Disposition.IN_ERROR, note="x", seen=item.events.latest("id").pk)

    answer = client.post(page(item, "attempt/"), {"attempt-outcome": Attempt.REACHED, "attempt-note": ""})

    assert "Lee Test closed this already." in text(answer)


def test_roster_is_shown_on_the_list(client, dana):
    on_call(dana, MONDAY, MONDAY + dt.timedelta(hours=8))

    with time_machine.travel(MONDAY, tick=False):
        client.force_login(dana)
        assert "On call now: Dana Test until Mon Nov. 23, 6:00 PM" in text(client.get(LIST))
