"""Fixtures of the post room's tests: a message kind of their own, and providers on loopback ports."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifications import bell, kinds
from notifications.kinds import Kind
from notifications.tests.servers import ACCOUNT, TOKEN, FakeMail, FakeTwilio

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(autouse=True)
def _test_kinds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Kind(name="note", label="Note", template="note"), Kind(name="broken", label="Bug", template="broken")):
        monkeypatch.setitem(kinds._kinds, kind.name, kind)
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], TEMPLATES]
    settings.TEMPLATES = templates
    settings.PUBLIC_BASE_URL = "https://book.clinic.example"


@pytest.fixture(autouse=True)
def _fresh_breaker() -> Iterator[None]:
    bell.breaker.reset()
    yield
    bell.breaker.reset()


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """A running Twilio, set up as our provider."""
    with FakeTwilio() as server:
        settings.TWILIO_CONFIGURED = True
        settings.TWILIO_ACCOUNT_SID = ACCOUNT
        settings.TWILIO_AUTH_TOKEN = TOKEN
        settings.TWILIO_FROM = "+15005550006"
        settings.TWILIO_MESSAGING_SERVICE_SID = ""
        settings.TWILIO_API_BASE_URL = server.url
        settings.TWILIO_TIMEOUT = 1.0
        yield server


@pytest.fixture
def mail(settings: Any) -> Iterator[FakeMail]:
    """A running mail server, set up as ours."""
    with FakeMail() as server:
        settings.EMAIL_CONFIGURED = True
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = server.port
        settings.EMAIL_TIMEOUT = 1.0
        yield server
