"""A cry for help from the patient's phone to the clinician's signature; the desk sees a word and never the answer."""

import io

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import STAFF_PASSWORD, Stack
from clinic.tests.journey.test_screening_journey import given_the_first_question, when_i_choose

pytestmark = pytest.mark.journey
NAME = "Riley Reached"
ANSWER = "More than half the days"


def given_a_member_of_staff(browser: Browser, stack: Stack, who: str) -> Page:
    page = browser.new_context(base_url=stack.url, java_script_enabled=False).new_page()
    page.goto("/admin/")
    page.locator("[name=username]").fill(f"{who}@clinic.example")
    page.locator("[name=password]").fill(STAFF_PASSWORD)
    page.locator("[name=password]").press("Enter")
    return page


def when_the_clinician_calls_and_closes(page: Page, accessibility: Accessibility) -> None:
    item = page.url
    page.get_by_role("button", name="Acknowledge: I see to this").click()
    page.goto(item)
    page.locator("[name=attempt-outcome][value=reached]").check()
    page.get_by_role("button", name="Record this try").click()
    page.goto(item)
    page.locator("[name=close-disposition][value=safe]").check()
    page.locator("[name=close-note]").fill("Spoke, safe tonight, next step agreed")
    accessibility.check(page, "safety-item-close")
    page.get_by_role("button", name="Close with this disposition").click()
    page.goto(item)
    expect(page.locator(".safety-state")).to_contain_text("Closed")


def test_clinician_is_told_calls_and_signs_and_the_desk_never_sees_the_answer(
    phone_page: Page, browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    given_the_first_question(phone_page, name=NAME, phone="612-555-0164")
    for _item in range(8):
        when_i_choose(phone_page, "Several days")
    when_i_choose(phone_page, ANSWER)
    expect(phone_page.locator(".crisis-block")).to_be_visible()

    page = given_a_member_of_staff(browser, stack, "clinician")
    expect(page.locator(".safety-banner")).to_contain_text("Clinician call needed.")
    page.locator(".safety-banner").get_by_role("link", name="Open").click()
    page.get_by_role("link", name=NAME).first.click()
    item = page.url
    expect(page.locator("#content")).to_contain_text(ANSWER)
    accessibility.check(page, "safety-item-open")
    when_the_clinician_calls_and_closes(page, accessibility)

    page.goto("/admin/desk/review/")
    page.get_by_role("link", name=NAME).first.click()
    summary = page.url
    expect(page.locator("article.sheet")).to_contain_text(ANSWER)
    accessibility.check(page, "review-page")
    page.get_by_label("Clinician calls first").check()
    page.get_by_role("button", name="Sign: I have read this").click()
    expect(page.locator(".messagelist")).to_contain_text("Signed: Clinician calls first")
    answer = page.request.get(f"{summary.rstrip('/')}.pdf")
    words = " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.body())).pages)
    assert [part in " ".join(words.split()) for part in (NAME, ANSWER, "Clinician calls first")] == [True] * 3

    desk = given_a_member_of_staff(browser, stack, "desk")
    assert desk.request.get(summary).status == 403
    desk.goto(item)
    expect(desk.locator("#content")).to_contain_text(NAME)
    assert ANSWER not in desk.content()
