import pytest
from axes.models import AccessAttempt, AccessLog
from django.urls import reverse

from clinic.accounts import forms
from clinic.limits import Limit
from clinic.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


@pytest.fixture
def desk():
    return User.objects.create_user("desk@clinic.example", PASSWORD)


def try_to_log_in(client, password="wrong", address="203.0.113.9", email="desk@clinic.example"):
    return client.post(
        reverse("admin:login"), {"username": email, "password": password}, REMOTE_ADDR=address, follow=False
    )


def test_guessing_a_password_is_stopped_and_says_when_to_come_back(client, desk):
    tries = [
        try_to_log_in(client, email=email) for email in ["desk@clinic.example"] * 5 + [" DESK@clinic.example "] * 6
    ]

    assert [answer.status_code for answer in tries] == [200] * 9 + [429] * 2
    assert tries[-1]["Retry-After"] == "900"
    assert "Wait 15 minutes" in tries[-1].text


def test_right_password_does_not_end_the_wait(client, desk):
    for _try in range(10):
        try_to_log_in(client)

    assert try_to_log_in(client, PASSWORD).status_code == 429


def test_guesses_from_elsewhere_lock_nobody_out(client, desk):
    for _try in range(11):
        try_to_log_in(client, address="198.51.100.66")

    assert try_to_log_in(client, PASSWORD).status_code == 302


def test_many_accounts_tried_from_one_network_are_stopped(client, monkeypatch):
    monkeypatch.setattr(forms, "FROM_ONE_NETWORK", Limit(name="few", most=5, window=forms.WINDOW))

    tries = [try_to_log_in(client, email=f"{count}@clinic.example").status_code for count in range(6)]

    assert tries == [200] * 5 + [429]


def test_session_changes_at_login(client, desk):
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key

    try_to_log_in(client, PASSWORD)

    assert client.session.session_key != before


def test_account_that_is_switched_off_is_out_at_the_next_page(client, desk):
    try_to_log_in(client, PASSWORD)
    User.objects.update(is_active=False)

    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_login_leads_to_our_own_pages_only(client, desk, to):
    answer = client.post(reverse("admin:login"), {"username": desk.email, "password": PASSWORD, "next": to})

    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")


def test_search_while_typing_is_closed(client, desk):
    client.force_login(User.objects.create_superuser("admin@clinic.example", PASSWORD))

    address = "/admin/autocomplete/?app_label=intake&model_name=consultationrequest&field_name=patient&term=a"

    assert client.get(address).status_code == 404


def test_logins_and_failed_tries_are_kept_with_who_and_where(client, desk):
    try_to_log_in(client)
    tried = list(AccessAttempt.objects.values_list("username", "ip_address", "failures_since_start"))
    try_to_log_in(client, PASSWORD)

    assert tried == [("desk@clinic.example", "203.0.113.9", 1)]
    assert list(AccessLog.objects.values_list("username", "ip_address")) == [("desk@clinic.example", "203.0.113.9")]
