"""Public pages are counted by day, step and language, and nobody is."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import DatabaseError, InterfaceError, connection

from clinic import footfall, purging
from clinic.footfall import Footfall
from clinic.models import PageCount

PHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile"}


@pytest.fixture
def here(monkeypatch):
    counts = Footfall()
    monkeypatch.setattr(footfall, "here", counts)
    return counts


def counted():
    return {(row.step, row.language): row.count for row in PageCount.objects.all()}


@pytest.mark.django_db
def test_looking_at_pages_is_counted_by_language_and_costs_no_query_more(client, here, django_assert_num_queries):
    client.get("/", headers=PHONE)
    with django_assert_num_queries(0):
        here.add("home", "en")
    client.get("/?lang=es", headers=PHONE)
    client.post("/consultation/", {}, headers=PHONE)

    here.write()

    assert counted() == {("home", "en"): 2, ("home", "es"): 1, ("form_back", "es"): 1}


@pytest.mark.django_db
@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "Slackbot-LinkExpanding 1.0", "curl/8.5"])
def test_machines_are_left_out(client, here, agent):
    client.get("/", headers={"user-agent": agent})
    here.write()

    assert counted() == {}


@pytest.mark.django_db
def test_the_language_button_is_no_step(client, here):
    client.post("/consultation/", {"switch_language": "es"}, headers=PHONE)
    here.write()

    assert counted() == {}


@pytest.mark.django_db
def test_a_count_is_written_once_a_minute():
    now = [0.0]
    counts = Footfall(clock=lambda: now[0])

    counts.add("home", "en")
    now[0] = 59.0
    counts.add("home", "en")
    assert counted() == {}
    now[0] = 61.0
    counts.add("home", "en")

    assert counted() == {("home", "en"): 3}


@pytest.mark.django_db
@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_counts_wait_while_the_database_is_down(monkeypatch, error):
    counts = Footfall()
    counts.add("home", "en")

    def down(*_args, **_kwargs):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(footfall, "_increase", down)
        counts.write()
    counts.write()

    assert counted() == {("home", "en"): 1}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_write_at_once_lose_nothing():
    processes = [Footfall() for _ in range(6)]
    for one in processes:
        for step in ("home", "form", "booked"):
            one.add(step, "en")

    def write(one):
        one.write()
        connection.close()

    threads = [threading.Thread(target=write, args=[one]) for one in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted() == {("home", "en"): 6, ("form", "en"): 6, ("booked", "en"): 6}


@pytest.mark.django_db
def test_the_report_adds_up_days_and_languages(django_assert_num_queries):
    today = dt.date(2026, 11, 24)
    for day, language, count in ((today, "en", 5), (today, "es", 2), (today - dt.timedelta(days=40), "en", 9)):
        PageCount.objects.create(day=day, step="home", language=language, count=count)

    with django_assert_num_queries(1):
        rows = footfall.totals(today - dt.timedelta(days=7), today)

    assert [(step.name, count, spanish) for step, count, spanish in rows[:2]] == [("home", 7, 2), ("article", 0, 0)]


@pytest.mark.django_db
def test_old_counts_are_purged():
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        PageCount.objects.create(day=dt.date(2023, 11, 1), step="home", language="en", count=1)
        PageCount.objects.create(day=dt.date(2026, 11, 1), step="home", language="en", count=1)
        purging.run(dry_run=False)

    assert [row.day for row in PageCount.objects.all()] == [dt.date(2026, 11, 1)]
