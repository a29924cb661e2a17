"""Which language a public page speaks, and the switch that keeps the page."""

import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from clinic.http import keeps_typed, switches_language
from clinic.middleware.language import LanguageMiddleware

pytestmark = pytest.mark.django_db


def lang_of(response):
    return response.headers[
        "Content-Language"
    ], f'<html lang="{response.headers["Content-Language"]}">' in response.text


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/\\elsewhere.example/", "/\t/elsewhere.example/"])
def test_the_button_never_leads_off_our_site(client, path):
    page = client.generic("GET", "/", PATH_INFO=path)

    assert page.status_code == 404
    [address] = re.findall(r'<a href="([^"]*lang=es)"', page.text)
    assert re.match(r"/(?:%2F|%5C|%09/)elsewhere", address)


def test_english_unless_somebody_asks(client):
    assert lang_of(client.get("/safety/")) == ("en", True)


@pytest.mark.parametrize(
    ("asked", "given"),
    [("es", "es"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("so,es;q=0.5", "es"), ("en-US,es;q=0.9", "en"), ("zz;;;", "en")],
)
def test_the_browser_s_language_is_spoken(client, asked, given):
    assert lang_of(client.get("/safety/", headers={"accept-language": asked})) == (given, True)


def test_a_choice_is_remembered_and_goes_before_the_browser_s_wish(client):
    chosen = client.get("/safety/?lang=es")

    assert lang_of(chosen) == ("es", True)
    assert lang_of(client.get("/safety/", headers={"accept-language": "en"})) == ("es", True)
    client.get("/safety/?lang=en")
    assert lang_of(client.get("/safety/", headers={"accept-language": "es"})) == ("en", True)


def test_the_switch_keeps_the_page_and_its_query(client):
    page = client.get("/safety/?lang=en&from=card").text

    assert 'href="/safety/?from=card&amp;lang=es" lang="es" hreflang="es"' in page


@pytest.mark.parametrize("tampered", ["xx", "es'--", "", "ES\n"])
def test_a_language_nobody_speaks_here_changes_nothing(client, tampered):
    response = client.get("/safety/", {"lang": tampered})

    assert lang_of(response) == ("en", True)
    assert "language" not in response.cookies


def test_staff_pages_stay_english(client):
    response = client.get("/admin/login/", headers={"accept-language": "es"})

    assert "Log in" in response.text


def test_caches_keep_the_languages_apart(client):
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in client.get("/safety/").headers["Vary"].split(",")}


def post_through(view, **form):
    middleware = LanguageMiddleware(lambda request: HttpResponse(translation.get_language()))
    request = RequestFactory().post("/visit/x/cancel/?lang=en&day=1", form)
    request_seen = []

    def respond(request):
        answer = middleware.process_view(request, view, (), {})
        request_seen.append(answer)
        return answer or view(request)

    middleware.get_response = respond
    return middleware(request)


def test_a_view_that_does_not_know_the_button_is_never_called():
    def cancels(_request):
        raise AssertionError

    response = post_through(cancels, switch_language="es")

    assert (response.status_code, response["Location"]) == (303, "/visit/x/cancel/?day=1")
    assert response.cookies["language"].value == "es"


def test_a_view_that_keeps_typed_text_shows_its_form_again_in_the_other_language():
    @keeps_typed
    def asks(request):
        return HttpResponse(f"{translation.get_language()} {switches_language(request)} {request.POST['note']}")

    response = post_through(asks, switch_language="es", note="What I wrote")

    assert response.text == "es True What I wrote"
    assert response.cookies["language"].value == "es"
