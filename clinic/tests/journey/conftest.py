"""The browser and the running product for journeys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from clinic.tests.journey.stack import Stack, running_stack

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; Playwright cannot download its own here. Root needs --no-sandbox."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": quiet}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product, started once for all journeys."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def foreign_requests() -> list[str]:
    """Addresses that a page asked of other hosts: must stay empty."""
    return []


def _open(browser: Browser, stack: Stack, foreign_requests: list[str], **options: Any) -> BrowserContext:
    context = browser.new_context(base_url=stack.url, **options)
    context.on(
        "request",
        lambda request: None if request.url.startswith(stack.url) else foreign_requests.append(request.url),
    )
    return context


@pytest.fixture
def phone_page(browser: Browser, stack: Stack, foreign_requests: list[str]) -> Iterator[Page]:
    """A page on a small phone, JavaScript off."""
    context = _open(browser, stack, foreign_requests, viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def desktop_page(browser: Browser, stack: Stack, foreign_requests: list[str]) -> Iterator[Page]:
    """A page on a desktop, JavaScript on."""
    context = _open(browser, stack, foreign_requests, viewport=DESKTOP)
    yield context.new_page()
    context.close()


class Accessibility:
    """Runs axe on a page and writes a screenshot of it for people to look at."""

    def __init__(self, folder: Path, browser: Browser, stack: Stack) -> None:
        self.folder = folder
        self.browser = browser
        self.stack = stack

    def check(self, page: Page, name: str) -> None:
        """Fail with axe's own words when it finds anything."""
        page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        # axe needs JavaScript, which half of our pages are shown without: it gets the same document.
        context = self.browser.new_context(base_url=self.stack.url, viewport=page.viewport_size)
        twin = context.new_page()
        twin.goto("/livez")
        twin.set_content(page.content())
        results = Axe().run(twin)
        context.close()
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"


@pytest.fixture
def accessibility(stack: Stack, browser: Browser) -> Accessibility:
    """Axe, with screenshots beside the product's log."""
    folder = stack.log.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return Accessibility(folder, browser, stack)
