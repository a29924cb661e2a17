"""Staff see where they are logged in and end it; a manager ends it for them."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from clinic.accounts.invitations import invite
from clinic.accounts.sessions import device_words, open_sessions
from clinic.models import AccessEvent, StaffSession, User
from clinic.roles import Role
from clinic.tests.admin_steps import PASSWORD, staff

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
ACCOUNT, END = "/admin/account/", "/admin/account/sessions/end/"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TABLET = (
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1"
)
NEW = "river otter lantern quiet"


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as moved:
        yield moved


@pytest.fixture
def desk(clock):
    return staff("desk@clinic.example", Role.FRONT_DESK)


def logged_in(browser=LAPTOP, email="desk@clinic.example"):
    client = Client(headers={"User-Agent": browser})
    client.post("/admin/login/", {"username": email, "password": PASSWORD, "next": "/admin/"})
    return client


def is_in(client):
    return client.get(ACCOUNT).status_code == 200


def test_list_says_device_and_times_in_plain_words_and_marks_this_one(desk, clock):
    here = logged_in()
    clock.shift(dt.timedelta(minutes=5))
    logged_in(TABLET)

    text = here.get(ACCOUNT).text

    assert [one.device for one in open_sessions(desk)] == ["Safari on an iPad", "Firefox on Linux"]
    assert "<strong>Firefox on Linux</strong> (this one)" in text
    assert "Logged in Nov 24, 9:05 AM CST" in text
    assert text.count("(this one)") == 1


def test_ending_one_leaves_the_others(desk):
    here, tablet, third = logged_in(), logged_in(TABLET), logged_in()
    row = StaffSession.objects.get(user_agent=TABLET)

    answer = here.post(END, {"session": row.pk}, follow=True)

    assert "One session is logged out." in answer.text
    assert [is_in(client) for client in (here, tablet, third)] == [True, False, True]


def test_logging_out_everywhere_else_leaves_this_one(desk):
    here, tablet, third = logged_in(), logged_in(TABLET), logged_in()

    here.post(END, {"all": "1"})

    assert [is_in(client) for client in (here, tablet, third)] == [True, False, False]
    assert len(open_sessions(desk)) == 1


def test_who_holds_a_lost_phone_is_logged_out_at_once(desk):
    phone, other = logged_in(TABLET), logged_in()

    invite(user=desk, by=None, without_second_factor=True)

    assert [is_in(client) for client in (phone, other)] == [False, False]


def test_nobody_ends_a_colleagues_session_from_their_own_page(desk):
    staff("colleague@clinic.example", Role.FRONT_DESK)
    here, theirs = logged_in(), logged_in(email="colleague@clinic.example")
    row = StaffSession.objects.get(user__email="colleague@clinic.example")

    answer = here.post(END, {"session": row.pk}, follow=True)

    assert "over already" in answer.text
    assert is_in(theirs)


@pytest.mark.parametrize("sent", [{}, {"session": "x"}, {"session": "00000000-0000-0000-0000-000000000000"}])
def test_nonsense_and_what_ended_meanwhile_end_nothing(desk, sent):
    here, tablet = logged_in(), logged_in(TABLET)

    assert "over already" in here.post(END, sent, follow=True).text
    assert is_in(tablet)


def test_new_password_logs_out_everywhere_else_and_says_so(desk):
    here, tablet = logged_in(), logged_in(TABLET)

    answer = here.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, "usable_password": "true"},
        follow=True,
    )

    assert "One session is logged out." in answer.text
    assert [is_in(here), is_in(tablet)] == [True, False]
    desk.refresh_from_db()
    assert [one.is_here for one in open_sessions(desk, here=here.session.session_key)] == [True]


def test_wrong_old_password_ends_nothing(desk):
    here, tablet = logged_in(), logged_in(TABLET)

    here.post("/admin/password_change/", {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW})

    assert [is_in(here), is_in(tablet)] == [True, True]


def test_sessions_that_are_over_are_not_on_the_list(desk, clock):
    ended, forgotten = logged_in(), logged_in(TABLET)
    ended.post("/admin/logout/")
    clock.shift(dt.timedelta(minutes=16))
    idle = open_sessions(desk)
    clock.shift(dt.timedelta(hours=9, minutes=45))
    logged_in()

    assert [(one.device, one.is_covered) for one in idle] == [("Safari on an iPad", True)]
    assert [one.device for one in open_sessions(desk)] == ["Firefox on Linux"]
    assert not is_in(forgotten)


def test_session_behind_an_unfinished_second_step_is_nobodys(desk):
    Client().post("/admin/login/", {"username": desk.email, "password": "wrong"})

    assert not StaffSession.objects.exists()


def test_manager_logs_somebody_out_everywhere_on_the_record(desk):
    boss = staff("boss@clinic.example", Role.MANAGER)
    theirs, tablet, manager = logged_in(), logged_in(TABLET), logged_in(email=boss.email)
    page = f"/admin/clinic/user/{desk.pk}/sessions/"

    shown = manager.get(page)
    answer = manager.post(page, follow=True)

    assert "Safari on an iPad" in shown.text
    assert "2 sessions are logged out." in answer.text
    assert [is_in(client) for client in (theirs, tablet, manager)] == [False, False, True]
    looks = AccessEvent.objects.filter(by=boss, subject_ref=f"clinic.user:{desk.pk}").order_by("pk")
    assert [look.reason for look in looks] == ["Where they are logged in", "Logged them out everywhere: 2"]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.CLINICIAN, Role.MEDICAL_DIRECTOR, Role.AUDITOR])
def test_nobody_else_does(desk, role):
    staff("else@clinic.example", role)
    client, theirs = logged_in(email="else@clinic.example"), logged_in()
    page = f"/admin/clinic/user/{desk.pk}/sessions/"

    assert [client.get(page).status_code, client.post(page).status_code] == [403, 403]
    assert is_in(theirs)


def test_manager_logs_out_no_administrator(desk):
    root = User.objects.create_superuser("root@clinic.example", PASSWORD)
    staff("boss@clinic.example", Role.MANAGER)
    manager, theirs = logged_in(email="boss@clinic.example"), logged_in(email=root.email)

    assert manager.post(f"/admin/clinic/user/{root.pk}/sessions/").status_code == 403
    assert is_in(theirs)


def test_key_of_a_session_is_on_no_page(desk):
    staff("boss@clinic.example", Role.MANAGER)
    manager, theirs = logged_in(email="boss@clinic.example"), logged_in()
    row = StaffSession.objects.get(user=desk)
    pages = [
        ACCOUNT,
        f"/admin/clinic/user/{desk.pk}/sessions/",
        "/admin/clinic/staffsession/",
        f"/admin/clinic/staffsession/{row.pk}/change/",
    ]

    answers = [manager.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer for answer in answers if theirs.session.session_key in answer.text] == []


@pytest.mark.parametrize("count", [1, 4])
def test_account_page_takes_the_same_number_of_queries(desk, django_assert_num_queries, count):
    for _other in range(count):
        logged_in(TABLET)
    here = logged_in()
    here.get(ACCOUNT)

    with django_assert_num_queries(10):
        here.get(ACCOUNT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAPTOP, "Firefox on Linux"),
        (TABLET, "Safari on an iPad"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36", "Chrome on a Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) CriOS/140.0 Mobile Safari/604.1", "Chrome on an iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537.36", "Chrome on a Chromebook"),
        ("<script>alert(1)</script>", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_devices_in_plain_words(text, words):
    assert device_words(text) == words
