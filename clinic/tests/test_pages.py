import re

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from clinic import frame, pages
from clinic.claims import false_claims
from clinic.models import ClinicProfile, CrisisLine, OpeningHours

PUBLIC_PAGES = [
    "home",
    "safety",
    "privacy",
    "sms_terms",
    "accessibility",
    "article",
    "about_consultation",
    "faq",
]


@pytest.fixture
def profile(db):
    CrisisLine.objects.all().delete()
    OpeningHours.objects.all().delete()
    return ClinicProfile.current()


def text_of(response) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", words)


def addresses_in(response) -> set[str]:
    return set(re.findall(r'(?:href|src|action)="([^"]+)"', response.content.decode()))


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_page_for_a_stranger_shows_help_and_may_be_cached(client, profile, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert {"tel:988", "sms:988", "tel:911", "tel:+1-612-555-0100"} <= addresses_in(response)
    assert response["Cache-Control"] == "public, max-age=300"
    assert response.cookies == {}


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_page_repeats_no_forbidden_claim(client, profile, name):
    assert [words for words, _claim in false_claims(text_of(client.get(reverse(name))))] == []


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_page_has_nothing_inline_and_nothing_foreign(client, profile, name, settings):
    response = client.get(reverse(name))

    page = response.content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) == []
    foreign = {address for address in addresses_in(response) if address.startswith(("http", "//"))}
    assert {address for address in foreign if not address.startswith(f"{settings.PUBLIC_BASE_URL}/")} == set()
    assert len(re.findall("<h1", page)) == 1


def test_safety_reads_the_profile_and_its_lines_once(client, profile, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/safety/")


def test_home_leads_to_the_form(client, profile):
    response = client.get("/")

    assert '<a class="button" href="/consultation/">Schedule free consultation</a>' in response.content.decode()


def test_home_when_booking_is_paused_gives_the_message_and_the_phone_instead_of_the_button(client, profile):
    ClinicProfile.objects.update(booking_paused=True, booking_paused_message="We are moving house until Monday.")

    response = client.get("/")

    assert "We are moving house until Monday. Call us on (612) 555-0100" in text_of(response)
    assert "Schedule free consultation" not in text_of(response)


def test_safety_when_no_lines_are_on_file_falls_back_to_the_national_numbers(client, profile):
    text = text_of(client.get("/safety/"))

    assert "988 Suicide &amp; Crisis Lifeline" in text
    assert "Last checked" not in text


def test_safety_shows_the_lines_of_the_clinic_with_the_day_they_were_checked(client, profile):
    CrisisLine.objects.create(
        profile=profile, name="County <team>", what_to_do="Call any time", call="6125550142", verified_on="2026-11-02"
    )

    response = client.get("/safety/")

    assert "County &lt;team&gt; Call any time Call 6125550142 Last checked November 2, 2026" in text_of(response)
    assert "tel:6125550142" in addresses_in(response)


def test_help_line_names_the_first_line_that_is_not_911(client, profile):
    for position, number in enumerate(["911", "6125550142", "988"]):
        CrisisLine.objects.create(
            profile=profile, position=position, name=number, what_to_do="Call", call=number, verified_on="2026-11-02"
        )

    text = text_of(client.get("/privacy/"))

    assert "Help now: Call 6125550142 Call 911 Clinic: (612) 555-0100" in text


def test_opening_times_join_equal_neighbours(profile):
    for weekday, closes in [(0, "17:00"), (1, "17:00"), (2, "12:30"), (4, "12:30")]:
        OpeningHours.objects.create(profile=profile, weekday=weekday, opens="08:00", closes=closes)

    assert frame.opening_times(profile) == [
        ("Monday to Tuesday", "8 a.m. to 5 p.m."),
        ("Wednesday", "8 a.m. to 12:30 p.m."),
        ("Friday", "8 a.m. to 12:30 p.m."),
    ]


def test_sms_terms_say_what_carriers_ask_for(client, profile):
    text = text_of(client.get("/sms-terms/"))

    missing = [
        words
        for words in (
            "Program name MKWI Care",
            "Message frequency varies",
            "Message and data rates may apply",
            "Reply HELP",
            "Reply STOP",
            "Consent is not required",
            "No mobile information will be shared with third parties or affiliates for marketing or promotional",
            "does not cancel your visit",
            "hello@clinic.example",
        )
        if words not in text
    ]
    assert missing == []


def send_without_token(path: str, **headers: str):
    return Client(enforce_csrf_checks=True).post(
        path,
        {"name": 'Sam "<b>', "help_with": ["a", "b"], "csrfmiddlewaretoken": "old"},
        headers={"Origin": "http://testserver", **headers},
    )


def test_csrf_failure_on_our_own_form_keeps_what_was_typed(profile):
    response = send_without_token("/")

    page = response.content.decode()
    assert response.status_code == 403
    assert re.findall(r'type="hidden" name="(?!csrf)([^"]+)" value="([^"]*)"', page) == [
        ("name", "Sam &quot;&lt;b&gt;"),
        ("help_with", "a"),
        ("help_with", "b"),
    ]
    assert "Send again" in page
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"


def test_csrf_failure_sent_again_from_its_page_is_accepted(profile):
    browser = Client(enforce_csrf_checks=True)
    first = browser.post("/", {"name": "Sam"}, headers={"Origin": "http://testserver"})
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', first.content.decode()).group(1)

    second = browser.post("/", {"name": "Sam", "csrfmiddlewaretoken": token}, headers={"Origin": "http://testserver"})

    assert second.status_code == 405  # past the CSRF check: this page is only read


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Origin": "http://evil.example"}),
        ("/", {"Origin": "null"}),
        ("/", {"Sec-Fetch-Site": "cross-site"}),
        ("/admin/login/", {"Sec-Fetch-Site": "same-origin"}),
    ],
)
def test_csrf_failure_offers_no_button_for_a_strangers_form_or_the_admin(profile, path, headers):
    response = send_without_token(path, **headers)

    assert response.status_code == 403
    assert "Send again" not in response.content.decode()
    assert "(612) 555-0100" in text_of(response)


def test_server_error_asks_the_database_nothing(db, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.request_id = "41d354ad-6ee4-4b08-9b65-e6a7152d2615"

    with django_assert_num_queries(0):
        response = pages.server_error(request)

    assert response.status_code == 500
    assert "this code helps us find what happened: 41d354ad-6ee4-4b08-9b65-e6a7152d2615" in text_of(response)
    assert {"tel:988", "sms:988", "tel:911"} <= addresses_in(response)


def test_missing_page_explains_and_gives_the_phone(client, profile, settings):
    settings.DEBUG = False

    response = client.get("/nothing-here/")

    assert response.status_code == 404
    assert "We could not find this page" in text_of(response)
    assert "tel:+1-612-555-0100" in addresses_in(response)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/livez", "text/plain"), ("/robots.txt", "text/plain"), ("/static/img/mark.svg", "image/svg+xml")],
)
@pytest.mark.django_db
def test_text_and_drawings_name_their_charset(client, path, kind):
    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (200, f"{kind}; charset=utf-8")
