import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from clinic import failures, urls
from clinic.public import public

TYPED = {"name": "Zoë <b>", "help_with": ["anxiety", "ocd"], "password": "canary-secret"}


@public
def saves(request):
    raise OperationalError("database is locked")


@public
def reads(request):
    raise InterfaceError("connection already closed")


@public
def breaks(request):
    raise ZeroDivisionError


@public
def works(request):
    return HttpResponse("fine")


handler500 = "clinic.failures.server_error"
urlpatterns = [
    path("saves/", saves),
    path("reads/", reads),
    path("breaks/", breaks),
    path("works/", works),
    path("admin/saves/", saves),
    *urls.urlpatterns,
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def visitor():
    # No database mark anywhere here: these pages must come without a query.
    return Client(raise_request_exception=False)


def test_page_when_the_database_is_down_asks_to_come_back(visitor):
    answer = visitor.get("/reads/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
    assert "Nothing was lost" in answer.text


def test_form_when_the_database_is_busy_says_nothing_was_saved_and_keeps_what_was_typed(visitor):
    answer = visitor.post("/saves/?step=1", TYPED)

    assert answer.status_code == 503
    assert "was not saved" in answer.text
    assert 'value="Zoë &lt;b&gt;"' in answer.text
    assert 'value="anxiety"' in answer.text
    assert 'value="ocd"' in answer.text
    assert 'name="csrfmiddlewaretoken"' in answer.text
    assert "canary-secret" not in answer.text


def test_staff_form_when_the_database_is_busy_is_not_repeated(visitor):
    answer = visitor.post("/admin/saves/", TYPED)

    assert answer.status_code == 503
    assert "Zoë" not in answer.text


def test_failure_outside_a_view_gets_the_same_page(visitor, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing_middleware"]

    answer = visitor.get("/works/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")


def test_bug_gets_the_error_page_with_a_code(visitor):
    answer = visitor.get("/breaks/")

    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text


def test_typed_fields_of_a_page_that_was_only_read_are_none(rf):
    assert failures.typed_fields(rf.get("/?name=x")) == []


def failing_middleware(_get_response):
    def answer(_request):
        raise OperationalError("server closed the connection")

    return answer
