"""Public texts: shipped ones hold what they must, edited ones are shown, harmless and kept."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from clinic.claims import CLAIMS, false_claims
from clinic.content import texts
from clinic.models import ContentPage, ContentVersion
from clinic.tests.admin_steps import staff

SOURCE = re.compile(r"\[(\d+)\]")
# Sentences that say what to do or what we do, and no fact about a medicine.
NO_FACT = re.compile(
    r"^(?:ask|tell|call|do not|you|we|none|if|this page|it has real risks|it is not an emergency|an adult|that is what"
    r"|the consultation is free|a licensed clinician|these are)\b",
    re.IGNORECASE,
)
FALSE = [
    "Ketamine is not a controlled substance.",
    "There is a low risk of addiction.",
    "It is non-addictive.",
    "It has minimal side effects.",
    "It is completely safe.",
    "It is FDA-approved for depression.",
    "It is safe to use at home.",
    "It works faster than antidepressants.",
    "It cures depression.",
    "Our success rate is high.",
    "80% of our patients improve.",
    "It prevents suicide.",
    "Anyone can qualify.",
    "You can drive home the same day.",
    "It is covered by insurance.",
    "We are HIPAA certified.",
    "Your data will **never be shared**.",
    "For the mentally ill.",
]
TRUE = [
    "Ketamine is a controlled substance: Schedule III.",
    "It has not been shown to prevent suicide.",
    "It is not FDA-approved for depression.",
    "Most plans do not cover IV ketamine; it is usually not covered by insurance.",
    "An adult must take you home.",
]


@pytest.mark.parametrize("text", FALSE)
def test_false_claim_is_found_with_what_to_say_instead(text):
    found = false_claims(text)

    assert len(found) == 1
    assert found[0][1].say.endswith(".")


@pytest.mark.parametrize("text", TRUE)
def test_true_sentence_is_left_alone(text):
    assert false_claims(text) == []


def test_every_claim_is_tried_here():
    assert {claim.pattern for text in FALSE for _words, claim in false_claims(text)} == {
        claim.pattern for claim in CLAIMS
    }


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("slot", texts.SLOTS, ids=lambda slot: slot.slug)
def test_shipped_text_stands_and_makes_no_false_claim(slot, language):
    text = texts.shipped(slot.slug, language)

    assert (bool(text.title), bool(text.lede), bool(text.body)) == (True, True, True)
    assert false_claims(f"{text.title} {text.lede} {text.body}") == []


def test_each_factual_sentence_of_the_article_names_a_source_of_its_list():
    text = texts.shipped("safe", "en")
    body, _, listed = text.body.partition("## Sources")
    numbers = {int(number) for number in re.findall(r"^(\d+)\. ", listed, flags=re.MULTILINE)}
    pieces = [
        piece.strip(" -")
        for line in body.splitlines()
        if line and not line.startswith("#")
        for piece in re.split(r"(?<=[.\]]) (?=[A-Z])", re.sub(r"\*\*.+?\*\*", "", line))
    ]
    sentences = [piece for piece in pieces if piece]

    assert [one for one in sentences if not SOURCE.search(one) and not NO_FACT.match(one)] == []
    assert {int(number) for number in SOURCE.findall(body)} == numbers
    assert len(sentences) > 40


@pytest.mark.parametrize(
    "must",
    ["Schedule III", "off-label", "can be misused", "until the next day", "not been shown to prevent suicide", "988"],
)
def test_article_says_what_it_must(must):
    assert must in texts.shipped("safe", "en").body


@pytest.mark.django_db
def test_text_of_the_clinic_is_shown_with_who_reviewed_it(client):
    ContentPage.objects.create(
        slug="faq", title="Ours", body="## One\n\nCall {phone}.", reviewed_on="2026-11-20", reviewed_by="Dr. Sol Harbor"
    )

    page = client.get(reverse("faq")).text

    assert "<h1>Ours</h1>" in page
    assert "Call (612) 555-0100." in page
    assert "Last reviewed on November 20, 2026 by Dr. Sol Harbor." in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="x()">',
        "<b style='color:red'>x</b>",
    ],
)
def test_edited_text_can_do_no_harm(client, typed):
    ContentPage.objects.create(slug="faq", title="Ours", body=typed)

    prose = client.get(reverse("faq")).text.partition('class="prose">')[2].partition("</div>")[0]

    assert re.findall(r"<script|<a [^>]*javascript|<img|<b |<[^>]*style=", prose) == []


@pytest.mark.django_db
class TestEditing:
    @pytest.fixture
    def director(self, client):
        user = staff("director@clinic.example", "Medical director")
        client.force_login(user)
        return user

    def typed(self, **fields):
        return {
            "slug": "faq",
            "language": "en",
            "title": "Ours",
            "lede": "First.",
            "body": "Words.",
            "reviewed_on": "",
            "reviewed_by": "",
            "versions-TOTAL_FORMS": "0",
            "versions-INITIAL_FORMS": "0",
            **fields,
        }

    def test_form_begins_with_the_shipped_text(self, client, director):
        page = client.get(reverse("admin:clinic_contentpage_add") + "?slug=faq").text

        assert "Questions people ask" in page

    def test_each_save_is_kept_as_a_version(self, client, director):
        client.post(reverse("admin:clinic_contentpage_add"), self.typed())
        page = ContentPage.objects.get()
        client.post(reverse("admin:clinic_contentpage_change", args=[page.pk]), self.typed(body="Better words."))

        kept = [(version.body, version.saved_by) for version in ContentVersion.objects.all()]
        assert kept == [("Better words.", director), ("Words.", director)]

    def test_claim_stops_the_save_once_and_says_what_to_write(self, client, director):
        address = reverse("admin:clinic_contentpage_add")
        typed = self.typed(body="It is not a cure, and nobody says it cures.")

        first = client.post(address, typed)
        before = ContentPage.objects.count()
        second = client.post(address, {**typed, "claims_checked": "on"})

        assert "reads like a claim we must not make" in first.text
        assert (before, second.status_code, ContentPage.objects.count()) == (0, 302, 1)

    def test_preview_shows_the_page_and_saves_nothing(self, client, director):
        page = client.post(
            reverse("admin:clinic_contentpage_add"), self.typed(body="**Bold** words", _preview="1")
        ).text

        assert "<strong>Bold</strong> words" in page
        assert not ContentPage.objects.exists()

    def test_front_desk_edits_nothing(self, client, director):
        director.groups.set(Group.objects.filter(name="Front desk"))

        assert client.post(reverse("admin:clinic_contentpage_add"), self.typed()).status_code == 403


@pytest.mark.django_db
def test_search_engines_find_the_public_pages_and_no_private_ones(client, settings):
    sitemap = client.get("/sitemap.xml")
    robots = client.get("/robots.txt").text

    assert sitemap["Content-Type"] == "application/xml; charset=utf-8"
    assert f"<loc>{settings.PUBLIC_BASE_URL}/is-ketamine-safe/</loc>" in sitemap.text
    assert "Disallow: /visit/" in robots
    assert robots.index("Allow: /consultation/$") < robots.index("Disallow: /consultation/")
