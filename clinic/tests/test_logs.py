import json
import logging

import pytest
from celery.app.trace import TraceInfo
from celery.signals import setup_logging
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import Client
from django.urls import path

from clinic import celery_app, gunicorn_conf, urls
from clinic.celery import keep_our_logs
from clinic.logs import AllowListFormatter
from clinic.public import public

CANARIES = ("Zoe Canary", "+16125550123", "zoe@canary.example", "tok3n-canary", "every day")


class Catcher(logging.StreamHandler):
    """Keeps formatted lines."""

    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def caught():
    handler = Catcher()
    handler.setFormatter(AllowListFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler.lines
    root.removeHandler(handler)


def _leaks(lines):
    return [(canary, line) for canary in CANARIES for line in lines if canary in line]


@public
def breaks(request, token):
    raise ValueError(f"cannot greet {CANARIES[0]} at {CANARIES[2]}")


@public
def suspicious(request, token):
    raise SuspiciousOperation(f"odd number {CANARIES[1]}")


@public
def down(request, token):
    raise OperationalError(f"DETAIL: Key (phone)=({CANARIES[1]})")


urlpatterns = [
    path("breaks/<str:token>/", breaks),
    path("suspicious/<str:token>/", suspicious),
    path("down/<str:token>/", down),
    *urls.urlpatterns,
]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("page", ["breaks", "suspicious", "down", "nowhere"])
def test_request_that_fails_leaves_nothing_of_the_person_in_the_log(caught, page):
    visitor = Client(raise_request_exception=False)

    visitor.post(
        f"/{page}/tok3n-canary/?email=zoe@canary.example",
        {"name": "Zoe Canary", "phone": "+16125550123", "answer": "every day"},
        HTTP_USER_AGENT="Zoe Canary",
        HTTP_REFERER="https://testserver/x/tok3n-canary/",
    )

    assert len(caught) >= 2
    assert _leaks(caught) == []


@pytest.mark.django_db
def test_host_of_a_stranger_is_not_repeated_in_the_log(caught, client):
    client.get("/", HTTP_HOST="zoe@canary.example")

    assert len(caught) >= 2
    assert _leaks(caught) == []


@pytest.mark.parametrize("name", ["clinic.test", "django.request", "celery.app.trace", "twilio.http_client"])
def test_arguments_extras_and_exception_texts_are_left_out(caught, name):
    try:
        raise ValueError(CANARIES[0])  # noqa: TRY301 - a traceback is wanted
    except ValueError:
        logging.getLogger(name).exception("failed for %s", CANARIES[1], extra={"name_used": CANARIES[2]})

    line = json.loads(caught[-1])
    assert (line["event"], line["level"], line["logger"]) == ("failed for %s", "ERROR", name)
    assert line["error"][0] == "ValueError"
    assert _leaks(caught) == []


def test_text_that_a_library_put_together_itself_is_left_out(caught):
    logging.getLogger("somelibrary").error(f"sent to {CANARIES[1]}")  # noqa: G004 - as libraries do

    event = json.loads(caught[-1])["event"]
    assert event == "test_logs.test_text_that_a_library_put_together_itself_is_left_out"


def test_message_that_is_an_object_is_left_out(caught):
    logging.getLogger("clinic.test").error(ValueError(CANARIES[0]))

    assert _leaks(caught) == []


def test_allowed_fields_are_kept(caught):
    logging.getLogger("clinic.test").info("delivered", extra={"message_id": "m1", "state": "sent", "body": CANARIES[4]})

    line = json.loads(caught[-1])
    assert (line["event"], line["message_id"], line["state"]) == ("delivered", "m1", "sent")
    assert "body" not in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/webhooks/twilio/inbound/", "webhooks/twilio/inbound/", 403),
        ("/admin/login/?a=%00", "-", 400),  # refused before it has a route
        ("/consultation/", "-", 413),
    ],
)
def test_refusal_is_logged_with_its_route_and_in_utc(caught, client, path, route, status):
    client.post(path, {"message": "x" * (1_000_001 if status == 413 else 1)})

    lines = [json.loads(line) for line in caught]
    (refused,) = [line for line in lines if line["logger"] == "clinic.request"]
    assert (refused["method"], refused["route"], refused["status"]) == ("POST", route, status)
    assert {line["at"][-6:] for line in lines} == {"+00:00"}


def test_line_break_in_a_message_stays_one_line(caught):
    logging.getLogger("clinic.test").warning("one\ntwo")

    assert "\n" not in caught[-1]


def test_failure_of_a_task_leaves_its_arguments_out_of_the_log(caught):
    def fails(*_args): ...

    task = celery_app.task(fails, name="clinic.tests.fails", shared=False, lazy=False)
    task.push_request(id="id-1", args=(CANARIES[1],), kwargs={"email": CANARIES[2]}, argsrepr=CANARIES[1])
    try:
        raise ValueError(CANARIES[0])  # noqa: TRY301 - a traceback is wanted
    except ValueError as error:
        info = TraceInfo("FAILURE", error)
        info.handle_failure(task, task.request, store_errors=False)
    finally:
        task.pop_request()
        celery_app.tasks.pop("clinic.tests.fails", None)

    assert any('"celery.app.trace"' in line for line in caught)
    assert _leaks(caught) == []


def test_worker_keeps_our_log_format():
    celery_app.log.setup_logging_subsystem(loglevel="INFO")

    assert [type(handler.formatter) for handler in logging.getLogger().handlers] == [AllowListFormatter]
    assert keep_our_logs in [receiver for receiver, _answer in setup_logging.send(sender=None)]


def test_gunicorn_writes_no_access_log_and_formats_errors_as_we_do():
    assert gunicorn_conf.accesslog is None
    assert gunicorn_conf.logconfig_dict["formatters"] == {"allow_list": {"()": "clinic.logs.AllowListFormatter"}}
    assert gunicorn_conf.logconfig_dict["loggers"]["gunicorn.error"]["handlers"] == ["stderr"]
