"""The Spanish texts hold what the English ones hold, and the clinic edits both."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from clinic.claims import CLAIMS, false_claims
from clinic.content import texts
from clinic.models import ClinicProfile, ContentPage
from clinic.tests.admin_steps import staff
from clinic.tests.test_content import SOURCE

# Sentences that say what to do or what we do, and no fact about a medicine.
NO_FACT = re.compile(
    r"^(?:pregúntenos|dígale|díganos|no deje|llame|nada de esto|si |esta página|tiene riesgos reales|no es un tratamiento de emergencia"
    r"|un adulto|para eso|la consulta es gratuita|un profesional clínico con licencia|estos son)",
    re.IGNORECASE,
)
FALSE = [
    "La ketamina no es una sustancia controlada.",
    "Tiene bajo riesgo de adicción.",
    "No es adictiva.",
    "No causa adicción.",
    "Sin efectos secundarios.",
    "Tiene efectos secundarios mínimos.",
    "Es completamente segura.",
    "Está aprobada por la FDA para la depresión.",
    "La FDA la aprobó para la ansiedad.",
    "Es segura en casa.",
    "Es más rápida que los antidepresivos.",
    "Funciona mejor que otros tratamientos.",
    "Cura la depresión.",
    "Nuestra tasa de éxito es alta.",
    "El 80% de los pacientes mejora.",
    "Previene el suicidio.",
    "Cualquier persona puede calificar.",
    "Puede manejar a su casa el mismo día.",
    "Está cubierta por el seguro.",
    "El seguro la cubre.",
    "Estamos certificados por HIPAA.",
    "Sus datos **nunca se comparten**.",
    "Para enfermos mentales.",
    "Cometió suicidio.",
]
TRUE = [
    "La ketamina es una sustancia controlada: Lista III.",
    "No se ha demostrado que prevenga el suicidio.",
    "La FDA no la ha aprobado para eso.",
    "No está aprobada por la FDA para la depresión.",
    "La mayoría de los planes no cubre la ketamina intravenosa.",
    "Su seguro procura pagar otras consultas.",
    "No maneje hasta el día siguiente.",
    "Se puede abusar de la ketamina, y puede causar dependencia.",
]


@pytest.mark.parametrize("text", FALSE)
def test_false_claim_in_spanish_is_found_once(text):
    assert len(false_claims(text)) == 1


@pytest.mark.parametrize("text", TRUE)
def test_true_sentence_in_spanish_is_left_alone(text):
    assert false_claims(text) == []


def test_every_claim_is_tried_here():
    assert {claim.spanish for text in FALSE for _words, claim in false_claims(text)} == {
        claim.spanish for claim in CLAIMS
    }


def sections(language):
    """Heading by heading: how many list points, and which sources are named, in order."""
    body, _, listed = texts.shipped("safe", language).body.rpartition("\n## ")
    parts = re.split(r"^## .*$", body, flags=re.MULTILINE)[1:]
    return [(part.count("\n- "), SOURCE.findall(part)) for part in parts], re.findall(r"^\d+\. ", listed, re.MULTILINE)


def test_the_articles_have_the_same_points_with_the_same_sources():
    assert sections("es") == sections("en")


def test_each_factual_sentence_of_the_spanish_article_names_a_source():
    body = texts.shipped("safe", "es").body.partition("## Fuentes")[0]
    pieces = [
        piece.strip(" -")
        for line in body.splitlines()
        if line and not line.startswith("#")
        for piece in re.split(r"(?<=[.\]]) (?=[A-ZÁÉÍÓÚ¿])", re.sub(r"\*\*.+?\*\*", "", line))
    ]

    assert [one for one in pieces if one and not SOURCE.search(one) and not NO_FACT.match(one)] == []
    assert len(pieces) > 40


@pytest.mark.parametrize(
    "must",
    [
        "Schedule III",
        "off-label",
        "Se puede abusar",
        "hasta el día siguiente",
        "No se ha demostrado",
        "oprima 2",
        "AYUDA",
    ],
)
def test_spanish_article_says_what_it_must(must):
    assert must in texts.shipped("safe", "es").body


@pytest.mark.parametrize("slug", ["safe", "consultation", "faq", "cost", "team"])
def test_the_languages_fill_in_the_same_places(slug):
    places = [
        sorted(re.findall(r"\{\w+\}", texts.shipped(slug, one).lede + texts.shipped(slug, one).body))
        for one in ("en", "es")
    ]

    assert places[0] == places[1]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
def test_numbers_in_the_texts_can_be_pressed(client, language):
    prose = client.get(f"/questions/?lang={language}").text.partition('class="lede"')[2].partition("<footer")[0]

    assert {"tel:988", "sms:988", "tel:911", "tel:+1-612-555-0100"} <= set(re.findall(r'href="([^"]+)"', prose))


@pytest.mark.django_db
class TestWhichText:
    def test_the_clinic_s_own_spanish_goes_before_the_shipped_one(self, client):
        ContentPage.objects.create(slug="faq", language="es", title="Las nuestras", body="Llame al {phone}.")

        assert "<h1>Las nuestras</h1>" in client.get("/questions/?lang=es").text
        assert "<h1>Questions people ask</h1>" in client.get("/questions/?lang=en").text

    def test_english_alone_is_said_to_be_english(self, client, monkeypatch):
        shipped = texts.shipped
        monkeypatch.setattr(
            texts, "shipped", lambda slug, language: shipped(slug, language) if language == "en" else None
        )

        article, home = client.get("/questions/?lang=es").text, client.get("/?lang=es").text

        assert "Por ahora este texto está solo en inglés." in article
        assert article.index('<div lang="en">') < article.index("<h1>Questions people ask</h1>")
        assert home.count("Por ahora esta parte está solo en inglés.") == 2

    def test_states_are_joined_in_the_page_s_language(self):
        profile = ClinicProfile(licensed_states=["MN", "WI"])

        with translation.override("es"):
            assert profile.licensed_states_text == "Minnesota o Wisconsin"


@pytest.mark.django_db
class TestEditing:
    @pytest.fixture(autouse=True)
    def director(self, client):
        client.force_login(staff("director@clinic.example", "Medical director"))

    def typed(self, **fields):
        counts = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
        return {"slug": "faq", "language": "es", "title": "Ours", "lede": "Uno.", "body": "Dos.", **counts, **fields}

    def test_list_shows_what_the_public_reads_in_both_languages(self, client):
        ContentPage.objects.create(slug="faq", language="en", title="Ours", body="Words.")

        page = client.get(reverse("admin:clinic_contentpage_changelist")).text

        assert page.count("As shipped") == 9
        assert "The English was changed here, this was not." in page
        assert "?slug=safe&amp;language=es" in page

    def test_form_begins_with_the_shipped_spanish(self, client):
        page = client.get(reverse("admin:clinic_contentpage_add") + "?slug=faq&language=es").text

        assert "Preguntas frecuentes" in page

    def test_false_claim_in_spanish_stops_the_save(self, client):
        page = client.post(reverse("admin:clinic_contentpage_add"), self.typed(body="Cura la depresión.")).text

        assert "reads like a claim we must not make" in page
        assert not ContentPage.objects.exists()

    def test_saving_english_says_that_spanish_is_now_older(self, client):
        page = client.post(reverse("admin:clinic_contentpage_add"), self.typed(language="en"), follow=True).text

        assert "The Spanish text of this page is older than this one." in page

    def test_preview_stands_in_the_language_of_the_text(self, client):
        page = client.post(reverse("admin:clinic_contentpage_add"), self.typed(_preview="1")).text

        assert ">Programar consulta gratuita</a>" in page
        assert "solo en inglés" not in page
