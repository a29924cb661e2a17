import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from clinic import health
from clinic.models import Heartbeat


def _beat(age=dt.timedelta()):
    Heartbeat.objects.update_or_create(name="beat", defaults={"seen_at": timezone.now() - age})


def test_livez_answers_without_touching_the_database(client):
    # No database mark: pytest-django refuses any query.
    answer = client.get("/livez", HTTP_HOST="10.1.2.3:8000")

    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"ok\n", "no-store")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_livez_takes_no_post(client):
    assert client.post("/livez").status_code == 405


@pytest.mark.django_db
def test_readyz_when_all_is_well(client):
    _beat()

    answer = client.get("/readyz", HTTP_HOST="10.1.2.3:8000")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "checks": {"database": "ok", "broker": "ok", "outbox": "ok", "beat": "ok"}},
    )


@pytest.mark.django_db
@pytest.mark.parametrize("age", [None, dt.timedelta(minutes=4)])
def test_readyz_without_a_fresh_heartbeat_is_red(client, age):
    if age:
        _beat(age)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["beat"]) == (503, "failing")


@pytest.mark.django_db
def test_readyz_when_messages_wait_too_long_is_red(client, monkeypatch):
    _beat()
    monkeypatch.setattr(health, "oldest_due_age", lambda _now: dt.timedelta(minutes=11))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["outbox"]) == (503, "failing")


@pytest.mark.django_db
def test_readyz_when_redis_is_away_is_red_at_once_and_names_no_host(client, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    _beat()

    began = timezone.now()
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "failing")
    assert (timezone.now() - began).total_seconds() < 2
    assert b"127.0.0.1" not in answer.content
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_readyz_when_the_database_is_away_is_red(client, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OperationalError("could not connect to db.internal.example")

    monkeypatch.setattr(connection, "cursor", refuse)
    monkeypatch.setattr(connection, "chunked_cursor", refuse)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "failing")
    assert b"internal" not in answer.content
