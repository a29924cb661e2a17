"""The public pages that belong to no desk, in Spanish: each word was given to a translator, in every state."""

import html
import re

import pytest
from django.conf import settings as site
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import path, reverse
from django.utils import translation

from clinic import failures, pages, urls
from clinic.content import texts
from clinic.models import ClinicProfile, ContentPage, CrisisLine
from clinic.public import public
from clinic.tests.untranslated import marked, words_outside

PLAIN = ["home", "safety", "privacy", "sms_terms", "accessibility", "article", "about_consultation", "faq"]
NOBODYS = [
    "Minnesota Ketamine & Wellness Institute", "Minnesota", "MKWI Care", "100 Example Avenue, Suite 200", "Minneapolis, MN 55401",
    "hello@clinic.example", "English", "Español", "LLC", "AM", "Dr. Sol Harbor",
]  # fmt: skip


@public
def keeps_on_failing(_request):
    raise OperationalError("database is locked")


@public
def breaks(_request):
    raise ZeroDivisionError


handler500 = "clinic.failures.server_error"
urlpatterns = [path("saves/", keeps_on_failing), path("breaks/", breaks), *urls.urlpatterns]


def own_words():
    """What the database and the shipped Markdown say is nobody's to translate here."""
    lines = [
        word for row in CrisisLine.objects.all() for word in (row.name_es, row.what_to_do_es, row.name, row.what_to_do)
    ]
    shipped = [texts.shipped(slot.slug, "es") for slot in texts.SLOTS]
    prose = "\n\n".join(
        texts.filled(f"{one.title}\n\n{one.lede}\n\n{one.body}", ClinicProfile.current()) for one in shipped
    )
    pieces = re.sub(r"<[^>]+>", "\x00", texts.to_html(prose) + "".join(f"<p>{one.title}</p>" for one in shipped))
    whole = [html.unescape(piece).strip() for piece in pieces.split("\x00") if piece.strip()]
    return [*NOBODYS, *lines, *whole]


def outside(response):
    nobodys = own_words()
    page = re.sub(r'<meta name="description"[^>]*>', "", response.text) if "prose" in response.text else response.text
    return words_outside(page, nobodys=nobodys)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PLAIN)
def test_every_word_of_a_public_page_can_be_translated(client, name):
    ContentPage.objects.update_or_create(
        slug="faq",
        language="es",
        defaults={"title": "MKWI Care", "body": "LLC", "reviewed_on": "2026-11-20", "reviewed_by": "Dr. Sol Harbor"},
    )
    CrisisLine.objects.update(verified_on="2026-11-02")
    with marked():
        response = client.get(reverse(name), headers={"accept-language": "es"})

    assert outside(response) == []


@pytest.mark.django_db
def test_a_paused_site_says_so_in_the_page_s_language(client):
    ClinicProfile.objects.update(booking_paused=True)
    with marked():
        response = client.get("/", headers={"accept-language": "es"})

    assert outside(response) == []


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/nothing-here/", 404),
        ("post", "/", 403),
        ("post", "/privacy/", 403),
        ("get", "/saves/", 503),
        ("get", "/breaks/", 500),
        ("post", "/", 413),
        ("get", "/?x=%00", 400),
    ],
)
def test_every_word_of_an_error_page_can_be_translated(settings, method, address, status):
    settings.DEBUG = False
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"accept-language": "es"})
    sent = {"name": "AM" if status == 403 else "x" * 1_000_001} if method == "post" else {}
    with marked():
        response = getattr(browser, method)(
            address, sent, headers={"Origin": "http://testserver"} if address == "/" else {}
        )

    assert (response.status_code, outside(response)) == (status, [])
    assert '<html lang="es">' in response.text


@pytest.mark.django_db
def test_the_last_pages_can_be_translated():
    request = RequestFactory().post("/consultation/", {"name": "AM"})
    request.request_id = "5"
    with translation.override("es"), marked():
        assert outside(pages.server_error(request)) == []
        assert outside(failures.unavailable(request)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("home", "Una primera conversación, sin costo para usted"),
        ("safety", "La ketamina es una sustancia controlada"),
        ("privacy", "una cookie llamada «language» lo recuerda por un año"),
        ("sms_terms", "Responda STOP, ALTO o PARAR"),
        ("accessibility", "con un lector de pantalla"),
        ("article", "No es un tratamiento de emergencia."),
        ("about_consultation", "Sobre la consulta gratuita"),
        ("faq", "¿De verdad es gratis?"),
    ],
)
def test_public_page_speaks_spanish(client, name, sentence):
    response = client.get(reverse(name), headers={"accept-language": "es-US,es;q=0.9"})

    assert sentence in response.text
    assert "Por ahora est" not in response.text  # nothing is left in English
    assert (response["Content-Language"], response["Cache-Control"]) == ("es", "public, max-age=300")


@pytest.mark.django_db
def test_text_hours_are_said_in_spanish(client):
    assert "De 9 a. m. a 9 p. m.: solo a esas horas llegan nuestros mensajes." in client.get("/sms-terms/?lang=es").text


@pytest.mark.django_db
def test_expired_form_keeps_what_was_typed_in_spanish():
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "es"})
    response = browser.post("/", {"name": "Zoë"}, headers={"Origin": "http://testserver"})

    assert "Lo que usted escribió sigue aquí." in response.text
    assert 'name="name" value="Zoë"' in response.text
    assert ">Enviar otra vez</button>" in response.text


@pytest.mark.django_db
def test_expired_form_offers_no_link_that_would_lose_what_was_typed():
    browser = Client(enforce_csrf_checks=True)
    typed = browser.post("/", {"name": "Zoë"}, headers={"Origin": "http://testserver"})
    foreign = browser.post("/", {"name": "Zoë"}, headers={"Origin": "http://evil.example"})

    assert "Español" not in typed.text
    assert ">Español</a>" in foreign.text


@pytest.mark.django_db
def test_expired_form_changes_its_language_with_what_was_typed():
    browser = Client(enforce_csrf_checks=True)
    expired = browser.post("/consultation/", {"name": "Zoë"}, headers={"Origin": "http://testserver"}).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', expired).group(1)
    sent = {"name": "Zoë", "csrfmiddlewaretoken": token, "switch_language": "es"}

    form = browser.post("/consultation/", sent, headers={"Origin": "http://testserver"})

    assert 'form="again" name="switch_language" value="es"' in expired
    assert (form.status_code, form["Content-Language"], 'value="Zoë"' in form.text) == (200, "es", True)


@pytest.mark.django_db
def test_cached_page_that_carries_the_choice_is_for_this_browser_only(client):
    assert client.get("/privacy/?lang=es")["Cache-Control"] == "max-age=300, private"


@pytest.mark.django_db
def test_search_engines_find_each_page_in_each_language(client):
    page, home = client.get("/safety/?lang=es&from=card").text, site.PUBLIC_BASE_URL
    sitemap = client.get("/sitemap.xml").text

    assert f'<link rel="alternate" hreflang="es" href="{home}/safety/?lang=es">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="{home}/safety/">' in page
    assert '<meta property="og:locale" content="es_US">' in page
    assert 'content="Dónde encontrar ayuda ahora mismo' in page
    assert f"<loc>{home}/safety/?lang=es</loc>" in sitemap
    assert sitemap.count('hreflang="es"') == sitemap.count("<loc>")


@pytest.mark.django_db
def test_private_page_names_no_address_to_search_engines(client):
    assert "hreflang" not in client.get("/visit/wrong/").text.replace('hreflang="es" rel="alternate">Español', "")
