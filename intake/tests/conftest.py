"""Fixtures of the intake desk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from intake.tests.pages import URL, fields_of

Send = Callable[..., Any]


@pytest.fixture
def next_desk(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of our own behind the link to choose a time, so that no later desk is needed."""
    settings.ROOT_URLCONF = "intake.tests.urls"
    monkeypatch.setattr("clinic.links._url_names", {"time": "next_page"})


@pytest.fixture
def send(client: Client, next_desk: None) -> Send:
    """Open the form, change some of Sam's answers (None leaves a field out) and send it."""

    def send_form(**changes: Any) -> Any:
        shown = fields_of(client.get(URL))
        return client.post(URL, answers(**{"form_key": shown["form_key"][0], **changes}))

    return send_form


def answers(**changes: Any) -> dict[str, Any]:
    """What Sam types."""
    typed = {
        "name": "Sam Example",
        "for_whom": "me",
        "state": "MN",
        "phone": "(612) 555-0142",
        "email": "sam@person.example",
        "sms_consent": "on",
        "email_consent": "on",
        "best_time": "any",
        "website": "",
    }
    return {name: value for name, value in {**typed, **changes}.items() if value is not None}
