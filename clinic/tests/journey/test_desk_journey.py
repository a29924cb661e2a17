"""The front desk without JavaScript: claims, calls, books, moves the day along and takes a slip back."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack, fill_today
from clinic.tests.journey.staff import BOARD, NEXT, PHONE_PAGE, QUEUE, at_work, given_a_request, row_of, then_i_am_told

pytestmark = pytest.mark.journey
NAME, NUMBER = "Nell Nextup", "612-555-0171"
VISIT = re.compile(r"/admin/desk/visits/[^/]+/$")
NEXT_DAY = dt.date.today() + dt.timedelta(days=2)  # noqa: DTZ011 - what somebody types into a field


@pytest.fixture(scope="module", autouse=True)
def _day(stack: Stack) -> None:
    fill_today(stack)


def when_i_take_the_call(page: Page, accessibility: Accessibility) -> None:
    page.goto(NEXT)
    accessibility.check(page, "desk-next-1280")
    page.get_by_role("button", name=f"I call {NAME}").click()
    then_i_am_told(page, f"{NAME} is yours for half an hour.")
    expect(row_of(page, NAME)).to_contain_text("Yours until")


def when_nobody_answers(page: Page) -> None:
    page.goto(QUEUE)
    row_of(page, NAME).locator(".desk-open").click()
    expect(page.locator("#content")).to_contain_text("No call is written down yet.")
    page.locator("[name=next_day]").fill(NEXT_DAY.isoformat())
    page.locator("[name=next_time]").fill("14:30")
    page.get_by_role("button", name="No answer").click()


def then_the_try_and_the_next_call_are_written_down(page: Page, accessibility: Accessibility) -> None:
    expect(page.get_by_role("table", name="Calls so far: 1")).to_contain_text("No answer")
    expect(page.locator(".desk-facts")).to_contain_text(f"{NEXT_DAY:%b} {NEXT_DAY.day}, 2:30 PM")
    accessibility.check(page, "desk-request-1280")
    page.goto(QUEUE)
    accessibility.check(page, "desk-requests-1280")
    expect(row_of(page, NAME)).to_contain_text("2:30 PM, next call")


def when_i_book_from_the_queue(page: Page) -> None:
    row_of(page, NAME).locator(".desk-open").click()
    page.get_by_role("button", name="Reached").click()
    page.locator("[name=start]").first.check()
    page.get_by_role("button", name="Book", exact=True).click()


def test_front_desk_calls_and_books_from_the_queue_without_javascript(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    given_a_request(browser, stack, name=NAME, phone=NUMBER)
    with at_work(browser, stack, "desk", has_javascript=False) as page:
        when_i_take_the_call(page, accessibility)
        when_nobody_answers(page)
        then_the_try_and_the_next_call_are_written_down(page, accessibility)
        when_i_book_from_the_queue(page)
        page.wait_for_url(VISIT)
        then_i_am_told(page, "Booked:")
        accessibility.check(page, "desk-visit-1280")

        page.goto(f"/admin/desk/search/?q={NUMBER}")
        page.locator("#content").get_by_role("link", name=NAME).click()
        for words in ("no answer", "reached", "Booked: Free consultation", "came in"):
            expect(page.locator("#content table")).to_contain_text(words)
        accessibility.check(page, "desk-patient-1280")


def test_front_desk_moves_the_day_along_and_takes_a_slip_back_without_javascript(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    with at_work(browser, stack, "desk", has_javascript=False) as page:
        page.goto(BOARD)
        accessibility.check(page, "desk-today-1280")
        name = page.locator(".desk-item", has_text="Booked").last.locator(".desk-open").inner_text()

        row_of(page, name).get_by_role("button", name="Arrived").click()
        expect(row_of(page, name).locator(".desk-state")).to_have_text("Arrived")
        row_of(page, name).get_by_role("button", name="Undo").click()
        then_i_am_told(page, f"Taken back: {name} is marked booked.")

        row_of(page, name).get_by_role("button", name="Arrived").click()
        row_of(page, name).get_by_role("button", name="Completed").click()
        expect(row_of(page, name).locator(".desk-state")).to_have_text("Completed")
        expect(row_of(page, name).get_by_role("button", name="Undo")).to_be_visible()


def test_front_desk_books_somebody_who_calls_without_javascript(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    with at_work(browser, stack, "desk", has_javascript=False) as page:
        page.goto(PHONE_PAGE)
        accessibility.check(page, "desk-phone-1280")
        expect(page.locator("#answers")).to_contain_text("The consultation is free.")
        page.locator("[name=name]").fill("Cora Calls")
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("all you typed is kept")
        expect(page.locator("[name=name]")).to_have_value("Cora Calls")
        accessibility.check(page, "desk-phone-missing-1280")

        page.locator("[name=for_whom]").select_option("me")
        page.locator("[name=state]").select_option("MN")
        page.locator("[name=phone]").fill("(612) 555-0172")
        page.locator("[name=sms_answer]").select_option("yes")
        page.locator("[name=sms_said]").fill("Yes, text me")
        page.locator("[name=start]").first.check()
        page.get_by_role("button", name="Book", exact=True).click()
        page.wait_for_url(VISIT)
        then_i_am_told(page, "A confirmation goes by text.")
