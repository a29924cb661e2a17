"""The front desk with JavaScript: keys, rows that refresh themselves, two people at one row, a screen left alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import STAFF_PASSWORD, Stack, fill_today
from clinic.tests.journey.staff import BOARD, NEXT, PHONE_PAGE, QUEUE, at_work, given_a_request, row_of, then_i_am_told

pytestmark = pytest.mark.journey
REFRESH, IDLE = 16_000, 16 * 60_000  # milliseconds


@pytest.fixture(scope="module", autouse=True)
def _day(stack: Stack) -> None:
    fill_today(stack)


def names_of(page: Page) -> list[str]:
    """Who is on the list, in order."""
    return [link.inner_text() for link in page.locator(".desk-item .desk-open").all()]


def then_this_row_is_chosen(page: Page, number: int) -> None:
    expect(page.locator(".desk-item").nth(number)).to_have_class(re.compile("desk-here"))


def test_front_desk_goes_through_the_lists_by_keyboard(browser: Browser, stack: Stack) -> None:
    with at_work(browser, stack, "desk") as page:
        page.goto(BOARD)
        for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            page.keyboard.press(key)
            then_this_row_is_chosen(page, number)
        page.get_by_role("button", name="Keys are on").click()
        page.keyboard.press("j")
        then_this_row_is_chosen(page, 1)
        page.get_by_role("button", name="Keys are off").click()
        name = names_of(page)[1]
        page.keyboard.press("/")
        expect(page.locator("#day")).to_be_focused()
        page.locator("#day").blur()
        page.locator(".desk-item").nth(1).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/admin/desk/visits/"))
        expect(page.locator(".desk-facts")).to_contain_text(name)

        page.keyboard.press("n")
        page.wait_for_url(f"**{PHONE_PAGE}")


def test_front_desk_claims_by_keyboard(browser: Browser, stack: Stack) -> None:
    given_a_request(browser, stack, name="Clem Claimed", phone="612-555-0173")
    with at_work(browser, stack, "desk") as page:
        page.goto(QUEUE)
        for _row in range(names_of(page).index("Clem Claimed") + 1):
            page.keyboard.press("j")
        page.keyboard.press("c")
        then_i_am_told(page, "Clem Claimed is yours for half an hour.")

    with at_work(browser, stack, "manager") as page:
        page.goto(QUEUE)
        expect(row_of(page, "Clem Claimed")).to_contain_text("Robin Frontdesk has them until")


def test_phone_page_opens_beside_a_page_on_which_something_was_typed(browser: Browser, stack: Stack) -> None:
    with at_work(browser, stack, "desk") as page:
        page.goto(NEXT)
        page.locator(".desk-more", has=page.locator("[name=outcome]")).first.locator("summary").click()
        outcome = page.locator("[name=outcome]").first
        outcome.fill("Half a sen")
        outcome.blur()
        with page.context.expect_page() as opened:
            page.keyboard.press("n")
        opened.value.wait_for_url(f"**{PHONE_PAGE}")
        expect(outcome).to_have_value("Half a sen")


def test_board_refreshes_and_leaves_the_row_that_somebody_works_in(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    with at_work(browser, stack, "manager") as mine, at_work(browser, stack, "desk") as theirs:
        mine.clock.install()
        mine.goto(BOARD)
        theirs.goto(BOARD)
        busy, other = [
            row.locator(".desk-open").inner_text() for row in mine.locator(".desk-item", has_text="Booked").all()
        ][:2]
        row_of(mine, busy).locator("summary").click()

        for name in (busy, other):
            row_of(theirs, name).get_by_role("button", name="Arrived").click()
            expect(row_of(theirs, name).locator(".desk-state")).to_have_text("Arrived")
        mine.clock.run_for(REFRESH)

        expect(row_of(mine, other).locator(".desk-state")).to_have_text("Arrived")
        expect(row_of(mine, busy).locator(".desk-state")).to_have_text("Booked")
        expect(row_of(mine, busy).get_by_role("link", name="Move")).to_be_visible()
        accessibility.check(mine, "desk-today-refreshed-1280")

        # The row that stayed as it was is stale: who presses its button hears what happened, and nothing is done twice.
        row_of(mine, busy).get_by_role("button", name="Did not come").or_(
            row_of(mine, busy).get_by_role("button", name="Completed")
        ).first.click()
        then_i_am_told(mine, "somebody was faster: Arrived, by Robin Frontdesk")


def test_second_of_two_people_sees_who_was_faster_and_keeps_what_was_typed(browser: Browser, stack: Stack) -> None:
    with at_work(browser, stack, "desk") as first, at_work(browser, stack, "manager") as second:
        for page in (first, second):
            page.goto(BOARD)
            row = page.locator(".desk-item", has_text="Booked").last
            row.locator("summary").click()
            row.get_by_role("link", name="Cancel").click()
        for page, words in ((first, "The clinician is ill"), (second, "They called and asked for another week")):
            page.locator("[name=reason]").fill(words)
            page.locator("[name=asked][value=clinic]").check()
        first.get_by_role("button", name="Cancel").click()
        then_i_am_told(first, "Cancelled.")
        second.get_by_role("button", name="Cancel").click()

        expect(second.locator("#content")).to_contain_text(
            "somebody was faster: Cancelled by clinic, by Robin Frontdesk"
        )
        expect(second.locator("[name=reason]")).to_have_value("They called and asked for another week")


def test_screen_that_was_left_alone_is_covered_and_gives_back_what_was_typed(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    with at_work(browser, stack, "desk") as page:
        page.clock.install()
        page.goto(PHONE_PAGE)
        page.locator("[name=name]").fill("Ida Idle")
        page.clock.run_for(IDLE)
        cover = page.locator("#idle-cover")
        expect(cover).to_be_visible()
        accessibility.check(page, "desk-covered-1280")

        cover.locator("input[type=password]").fill("not it")
        cover.get_by_role("button", name="Go on").click()
        expect(cover.get_by_role("alert")).to_contain_text("not your password")
        cover.locator("input[type=password]").fill(STAFF_PASSWORD)
        cover.get_by_role("button", name="Go on").click()
        expect(cover).to_be_hidden()
        expect(page.locator("[name=name]")).to_have_value("Ida Idle")
