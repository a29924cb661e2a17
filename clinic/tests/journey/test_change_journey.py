"""A patient moves the visit, cancels it by a slip, takes that back, and stops the texts. JavaScript off."""

import re

import pytest
from playwright.sync_api import Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.journey.test_patient_journey import (
    ARRIVES_WITHIN,
    given_a_filled_form,
    mails_to,
    texts_to,
    when_i_book_the_first_time,
    when_i_send_the_form,
)
from clinic.tests.lab import wait_for

pytestmark = pytest.mark.journey

VISIT = re.compile(r"/visit/[^/]+/(\?.*)?$")


def when_i_change_to_another_time(page: Page, accessibility: Accessibility) -> None:
    page.get_by_role("link", name="Change time").click()
    change = page.get_by_role("button", name="Change to this time")
    if not change.count():
        accessibility.check(page, "change-days-360")
        page.locator("[name=day]").nth(1).check()
        page.get_by_role("button", name="Continue").click()
    accessibility.check(page, "change-times-360")
    page.locator("main form [name=start]").last.check()
    change.click()
    page.wait_for_url(VISIT)


def when_i_cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel this appointment").click()
    page.get_by_role("button", name="Cancel this appointment").click()
    page.wait_for_url(VISIT)


def calendar_entries(stack: Stack, address: str) -> list[str]:
    return [
        str(part.get_content())
        for mail in mails_to(stack, address)
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]


def when_i_stop_texts(page: Page) -> None:
    page.get_by_role("link", name="Stop or allow texts and e-mails about this").click()
    page.get_by_role("button", name="Stop texts").click()
    expect(page.locator("main")).to_contain_text("We send no texts about your appointment.")


def then_the_second_calendar_entry_replaces_the_first(stack: Stack, address: str) -> None:
    first, second = wait_for(
        lambda: (found := calendar_entries(stack, address)) and len(found) > 1 and found[:2],
        seconds=ARRIVES_WITHIN, what="the second calendar entry",
    )  # fmt: skip
    uid = re.compile(r"UID:(\S+)")
    assert uid.findall(first) == uid.findall(second)
    assert ("SEQUENCE:0" in first, "SEQUENCE:1" in second) == (True, True)


def test_patient_moves_cancels_undoes_and_stops_texts_without_javascript(
    phone_page: Page, stack: Stack, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page, number, address = phone_page, "+16125550151", "mo.mover@patients.example"
    given_a_filled_form(page, name="Mo Mover", phone="612-555-0151", address=address)
    when_i_send_the_form(page)
    when_i_book_the_first_time(page)
    booked_time = page.locator(".panel strong").first.inner_text()
    wait_for(lambda: calendar_entries(stack, address), seconds=ARRIVES_WITHIN, what="the first calendar entry")

    # Another time: the old one is kept until the new one is taken, and the calendar entry moves along.
    when_i_change_to_another_time(page, accessibility)
    expect(page.locator("main")).to_contain_text("Your appointment has a new time.")
    accessibility.check(page, "moved-360")
    moved_panel = page.locator(".panel").inner_text()
    assert booked_time not in moved_panel
    wait_for(
        lambda: [body for body in texts_to(stack, number) if "moved to" in body],
        seconds=ARRIVES_WITHIN, what="the text about the new time",
    )  # fmt: skip
    then_the_second_calendar_entry_replaces_the_first(stack, address)

    # Cancelled by a slip, and taken back: nobody hears of it.
    when_i_cancel(page)
    expect(page.locator("main")).to_contain_text("You cancelled this appointment")
    accessibility.check(page, "cancelled-undo-360")
    page.get_by_role("button", name="Undo: keep this appointment").click()
    page.wait_for_url(VISIT)
    expect(page.locator("main")).to_contain_text("Your appointment stands as before.")
    assert page.locator(".panel").inner_text() == moved_panel

    when_i_stop_texts(page)
    accessibility.check(page, "messages-360")
    page.get_by_role("link", name="Your appointment").click()
    when_i_cancel(page)
    stack.manage("deliver_outbox")
    assert [body for body in texts_to(stack, number) if "is cancelled" in body] == []
    assert [mail["Subject"] for mail in mails_to(stack, address) if "Cancelled" in mail["Subject"]] == []
    assert foreign_requests == []
