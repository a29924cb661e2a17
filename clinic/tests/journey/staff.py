"""Members of staff at work: how a journey logs them in, and a request that came in for them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from clinic.tests.journey.conftest import DESKTOP
from clinic.tests.journey.stack import STAFF_PASSWORD, Stack
from clinic.tests.journey.test_patient_journey import given_a_filled_form, when_i_send_the_form

BOARD, NEXT, QUEUE, PHONE_PAGE = (f"/admin/desk/{name}/" for name in ("today", "next", "requests", "phone"))


@contextmanager
def at_work(browser: Browser, stack: Stack, who: str, *, has_javascript: bool = True) -> Iterator[Page]:
    """A page of this member of the demo's staff, logged in; closed afterwards."""
    context = browser.new_context(base_url=stack.url, viewport=DESKTOP, java_script_enabled=has_javascript)
    try:
        page = context.new_page()
        when_i_log_in(page, f"{who}@clinic.example", STAFF_PASSWORD)
        yield page
    finally:
        context.close()


def when_i_log_in(page: Page, address: str, password: str) -> None:
    page.goto("/admin/")
    page.locator("[name=username]").fill(address)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"/admin/(?!login)"))


def given_a_request(browser: Browser, stack: Stack, *, name: str, phone: str, address: str = "") -> None:
    """Somebody asks on the public form, and chooses no time."""
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    given_a_filled_form(page, name=name, phone=phone, address=address)
    when_i_send_the_form(page)
    context.close()


def row_of(page: Page, name: str) -> Locator:
    """The row of a person on one of the desk's lists."""
    return page.locator(".desk-item", has=page.get_by_role("link", name=name, exact=True))


def then_i_am_told(page: Page, words: str) -> None:
    expect(page.locator(".messagelist").last).to_contain_text(words)
