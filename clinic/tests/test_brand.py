import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from clinic import brand
from clinic.models import ClinicProfile

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#17594f"/></svg>'


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((255, 255, 255), (255, 255, 255), 1.0),
        ((118, 118, 118), (255, 255, 255), 4.54),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(brand.contrast(one, other), 2) == ratio
    assert brand.contrast(one, other) == brand.contrast(other, one)


@pytest.mark.parametrize("color", ["#17594f", "#000000", "#9E2018", "#1d4ed8"])
def test_dark_color_may_be_the_clinics(color):
    brand.validate_brand_color(color)


@pytest.mark.parametrize(
    ("color", "why"), [("#ffcf5c", "too light"), ("#808080", "too light"), ("red", "#17594f"), ("#fff", "#17594f")]
)
def test_color_that_would_be_hard_to_read_is_refused_with_the_reason(color, why):
    with pytest.raises(ValidationError, match=why):
        brand.validate_brand_color(color)


def test_plain_drawing_may_be_the_logo():
    brand.validate_logo(LOGO)


@pytest.mark.parametrize(
    "logo",
    [
        LOGO.replace("<circle", "<script>alert(1)</script><circle"),
        LOGO.replace("cx=", 'onload="x()" cx='),
        LOGO.replace("<circle", '<image href="https://else.example/x.png"/><circle'),
        LOGO.replace("<circle", '<use href="https://else.example/x.svg#a"/><circle'),
        LOGO.replace("#17594f", "url(https://else.example/x)"),
        LOGO.replace("<circle", "<foreignObject/><circle"),
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + LOGO,
        "<svg",
        "<p>x</p>",
        "x" * 20_001,
    ],
)
def test_logo_that_would_run_or_load_something_is_refused(logo):
    with pytest.raises(ValidationError):
        brand.validate_logo(logo)


@pytest.mark.django_db
def test_pages_wear_the_clinics_color_and_logo(client):
    plain = client.get(reverse("home")).text
    ClinicProfile.objects.update_or_create(pk=1, defaults={"brand_color": "#1d4ed8", "logo": LOGO})

    page = client.get(reverse("home")).text
    theme, logo = client.get(reverse("theme")), client.get(reverse("logo"))

    assert (reverse("theme") in plain, reverse("theme") in page, reverse("logo") in page) == (False, True, True)
    assert ("--brand: #1d4ed8;" in theme.text, theme["Content-Type"]) == (True, "text/css; charset=utf-8")
    assert (logo.text, logo["Content-Type"]) == (LOGO, "image/svg+xml; charset=utf-8")


@pytest.mark.django_db
def test_without_a_logo_there_is_none(client):
    assert client.get(reverse("logo")).status_code == 404


@pytest.mark.django_db
def test_privacy_control_of_browsers_is_honoured_and_said(client):
    assert client.get("/.well-known/gpc.json").json() == {"gpc": True, "lastUpdate": "2026-11-22"}
    assert "Global Privacy Control" in client.get(reverse("privacy")).text


@pytest.mark.django_db
def test_styleguide_shows_every_part_in_development_only(client, settings):
    settings.DEBUG = True
    shown = client.get("/styleguide/")
    settings.DEBUG = False
    hidden = client.get("/styleguide/")

    assert (shown.status_code, hidden.status_code) == (200, 404)
    for part in ("button-secondary", "notice-warning", "care-card", "error-summary", "choice-list", "summary-list"):
        assert part in shown.text


def test_the_style_sheet_stays_small():
    assert len((settings.BASE_DIR / "static/css/site.css").read_bytes()) < 17_000
