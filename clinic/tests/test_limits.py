import datetime as dt
import threading

import pytest
import time_machine
from django.db import connection

from clinic import limits
from clinic.models import RateBucket

THREE = limits.Limit(name="test", most=3, window=dt.timedelta(hours=1))
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_take_refuses_what_is_more_than_the_limit():
    assert [limits.take(THREE, "a") for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_take_counts_each_value_and_each_limit_alone():
    other = limits.Limit(name="other", most=1, window=THREE.window)
    for _ in range(4):
        limits.take(THREE, "a")

    assert limits.take(THREE, "b")
    assert limits.take(other, "a")


@pytest.mark.django_db
def test_take_in_the_next_window_starts_again():
    with time_machine.travel(NOON, tick=False):
        for _ in range(4):
            limits.take(THREE, "a")
    with time_machine.travel(NOON + THREE.window, tick=False):
        assert limits.take(THREE, "a")


@pytest.mark.django_db
def test_take_multiplies_the_limit_by_the_factor(settings):
    settings.RATE_LIMIT_FACTOR = 2.0

    assert [limits.take(THREE, "a") for _ in range(7)] == [True] * 6 + [False]


@pytest.mark.django_db
def test_take_writes_no_value_into_the_table():
    limits.take(THREE, "+16125550123")

    assert "6125550123" not in RateBucket.objects.get().key


@pytest.mark.django_db
def test_forget_expired_deletes_windows_that_are_over():
    with time_machine.travel(NOON, tick=False):
        limits.take(THREE, "a")
    with time_machine.travel(NOON + 2 * THREE.window, tick=False):
        limits.take(THREE, "b")
        assert limits.forget_expired() == 1

    assert RateBucket.objects.count() == 1


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0db8:0001:0002::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_network_of(ip, network):
    assert limits.network_of(ip) == network


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_take_when_raced_lets_exactly_the_limit_through():
    answers: list[bool] = []
    start = threading.Barrier(8)

    def act() -> None:
        try:
            start.wait()
            answers.append(limits.take(THREE, "a"))
        finally:
            connection.close()

    with time_machine.travel(NOON, tick=False):
        threads = [threading.Thread(target=act) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(answers) == [False] * 5 + [True] * 3
    assert RateBucket.objects.get().count == 8
