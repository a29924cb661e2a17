"""The language switch as people use it: by keyboard, by thumb, in forced colors, and what scripts say in Spanish."""

import pytest
from playwright.sync_api import Browser, Page

from clinic.tests.journey.stack import Stack

pytestmark = pytest.mark.journey

SWITCH = ".language a, .language button"
THUMB = 44


def test_the_switch_is_the_third_stop_of_the_keyboard_and_keeps_the_page(desktop_page: Page) -> None:
    desktop_page.goto("/safety/?from=card")
    for _stop in ("skip link", "name of the clinic", "language"):
        desktop_page.keyboard.press("Tab")
    desktop_page.keyboard.press("Enter")
    desktop_page.wait_for_url("**/safety/?from=card&lang=es")

    assert desktop_page.locator("html").get_attribute("lang") == "es"
    assert desktop_page.get_by_role("link", name="English").get_attribute("lang") == "en"
    desktop_page.goto("/privacy/")
    assert desktop_page.locator("html").get_attribute("lang") == "es"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_frame_fits_and_is_easy_to_hit(browser: Browser, stack: Stack, width: int, language: str) -> None:
    context = browser.new_context(base_url=stack.url, viewport={"width": width, "height": 740}, locale=language)
    page = context.new_page()
    page.goto("/")

    boxes = [link.bounding_box() for link in page.locator(f"{SWITCH}, .help-line a").all()]
    assert len(boxes) == 5
    assert all(box is not None and min(box["width"], box["height"]) >= THUMB for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_the_switch_keeps_its_edge_in_forced_colors(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, forced_colors="active")
    page = context.new_page()
    page.goto("/")

    style = "(link) => [getComputedStyle(link).borderTopWidth, getComputedStyle(link).borderTopStyle]"
    assert page.locator(SWITCH).evaluate(style) == ["1px", "solid"]
    context.close()


def test_letters_left_are_counted_in_the_language_of_the_page(desktop_page: Page) -> None:
    desktop_page.goto("/consultation/?lang=es")
    box = desktop_page.locator("textarea[data-limit]")
    limit = int(box.get_attribute("data-limit") or 0)
    box.fill("a" * (limit - 1))
    desktop_page.get_by_text("Le queda 1 carácter", exact=True).wait_for()
    box.fill("a" * (limit + 2))
    desktop_page.get_by_text("Sobran 2 caracteres", exact=True).wait_for()
