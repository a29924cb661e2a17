"""Somebody in danger answers on a phone, is interrupted and comes back. JavaScript off, then by keyboard, then as lists."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.journey.test_patient_journey import (
    given_a_filled_form,
    when_i_book_the_first_time,
    when_i_send_the_form,
)

pytestmark = pytest.mark.journey

CHECK = "Check your answers"
SMALLEST = 320


def given_the_first_question(page: Page, *, name: str, phone: str) -> str:
    """From the consultation form by the visit's page to question 1; returns the link of the questions."""
    given_a_filled_form(page, name=name, phone=phone)
    when_i_send_the_form(page)
    when_i_book_the_first_time(page)
    page.get_by_role("link", name="See the questions").click()
    link = page.url
    page.get_by_role("button", name="Start").click()
    when_i_give_my_birthday(page)
    page.locator("[name=whereabouts]").fill("Duluth")
    when_i_continue(page)
    return link


def when_i_give_my_birthday(page: Page) -> None:
    page.locator("[name=born_month]").fill("April")
    page.locator("[name=born_day]").fill("9")
    page.locator("[name=born_year]").fill("1984")
    when_i_continue(page)


def when_i_continue(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


def when_i_choose(page: Page, label: str) -> None:
    page.get_by_label(label, exact=True).check()
    when_i_continue(page)


def when_i_answer_the_rest(page: Page, look: Callable[[str], None]) -> None:
    """The first answer of each question up to the page that shows them all."""
    for number in range(60):
        if page.locator("h1", has_text=CHECK).count():
            return
        boxes = page.locator("main input[type=radio], main .choice-list input[type=checkbox]")
        if page.locator(".row-of-answers").count():
            page.locator("main input[type=text]").first.fill("Sertraline")
            page.get_by_role("button", name="Add another").click()
            look("medicines")
        elif boxes.count():
            boxes.first.check()
        if number % 8 == 0:
            look(f"question-{number}")
        when_i_continue(page)
    pytest.fail("the questions do not end")


def then_help_stands_above_the_next_question(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text("have you wished you were dead?")
    help_now = page.locator(".crisis-block")
    expect(help_now.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(help_now).to_contain_text("try to reach you by")


def test_cry_for_help_is_answered_at_once_and_the_sitting_goes_on_after_an_interruption(
    phone_page: Page, browser: Browser, stack: Stack, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page = phone_page
    link = given_the_first_question(page, name="Dana Danger", phone="612-555-0161")
    accessibility.check(page, "screening-first-360")
    for _item in range(8):
        when_i_choose(page, "Several days")
    expect(page.locator("h1")).to_contain_text("better off dead")
    when_i_choose(page, "More than half the days")

    then_help_stands_above_the_next_question(page)
    accessibility.check(page, "screening-crisis-360")
    when_i_choose(page, "No")

    # Interrupted: another browser on the same phone opens the link again.
    context = browser.new_context(
        base_url=stack.url, viewport={"width": SMALLEST, "height": 740}, java_script_enabled=False
    )
    other = context.new_page()
    other.goto(link)
    expect(other.locator("h1")).to_have_text("Welcome back")
    accessibility.check(other, "screening-back-320")
    when_i_continue(other)
    when_i_give_my_birthday(other)
    expect(other.locator("h1")).to_contain_text("better off if you were dead?")
    when_i_choose(other, "No")
    when_i_answer_the_rest(other, lambda name: accessibility.check(other, f"screening-{name}-320"))

    # What was answered before is not shown to this browser; it can be sent all the same.
    expect(other.locator("main")).not_to_contain_text("More than half the days")
    accessibility.check(other, "screening-check-320")
    other.get_by_role("button", name="Send my answers").click()
    expect(other.locator("h1")).to_contain_text("Thank you")
    accessibility.check(other, "screening-done-320")
    context.close()
    assert foreign_requests == []


def test_questions_are_answered_with_the_keyboard_alone(
    desktop_page: Page, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page = desktop_page
    given_the_first_question(page, name="Kim Keys", phone="612-555-0162")
    for number in range(40):
        if page.locator("h1", has_text=CHECK).count():
            break
        first = page.locator("main form input:not([type=hidden])").first
        first.focus()
        if first.get_attribute("type") in {"radio", "checkbox"}:
            page.keyboard.press("Space")
        before = page.url
        while page.evaluate("document.activeElement.textContent.trim()") != "Continue":
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("address => location.href !== address", arg=before)
        if number == 0:
            accessibility.check(page, "screening-keyboard-1280")
    expect(page.locator("h1")).to_have_text(CHECK)
    send = page.get_by_role("button", name="Send my answers")
    send.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Thank you")
    assert foreign_requests == []


def test_whole_part_can_be_answered_as_a_list(phone_page: Page, accessibility: Accessibility) -> None:
    page = phone_page
    given_the_first_question(page, name="Lou List", phone="612-555-0163")
    page.get_by_role("link", name=re.compile("Show all questions")).click()
    accessibility.check(page, "screening-list-360")
    expect(page.locator("main fieldset")).to_have_count(10)
    for fieldset in page.locator("main fieldset").all():
        fieldset.get_by_label("Not at all", exact=True).or_(fieldset.get_by_label("Not difficult at all")).check()
    when_i_continue(page)
    expect(page.locator("main")).to_contain_text("Part 2 of 4")
    expect(page.locator("main fieldset")).to_have_count(7)
    when_i_continue(page)

    expect(page.locator(".error-summary li")).to_have_count(7)
    accessibility.check(page, "screening-list-errors-360")
