"""A patient books, moves, undoes, cancels, asks for the link again and takes an offered time. JavaScript off, 360 px."""

import re

import pytest
from playwright.sync_api import Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import STAFF_PASSWORD, Stack
from clinic.tests.journey.test_change_journey import VISIT, when_i_cancel
from clinic.tests.journey.test_patient_journey import (
    ARRIVES_WITHIN,
    given_a_filled_form,
    mails_to,
    when_i_book_the_first_time,
    when_i_send_the_form,
)
from clinic.tests.lab import wait_for

pytestmark = pytest.mark.journey

NAME, ADDRESS = "Willa Waits", "willa.waits@patients.example"


def link_in_mail(stack: Stack, subject: str, path: str) -> str:
    """The link with this path in the newest letter with this subject, as the patient would follow it."""

    def found() -> list[str]:
        letters = [mail for mail in mails_to(stack, ADDRESS) if mail["Subject"].startswith(subject)]
        return [link for mail in letters for link in re.findall(rf"{re.escape(stack.url)}{path}[\w-]+/", plain(mail))]

    return str(wait_for(found, seconds=ARRIVES_WITHIN, what=f"the letter {subject!r}")[-1])


def plain(mail: object) -> str:
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


def when_i_move_to_the_last_day_shown(page: Page, accessibility: Accessibility) -> None:
    page.get_by_role("link", name="Change time").click()
    page.locator("[name=day]").last.check()
    page.get_by_role("button", name="Continue").click()
    accessibility.check(page, "waiting-change-times-360")
    page.locator("main form [name=start]").last.check()
    page.get_by_role("button", name="Change to this time").click()
    page.wait_for_url(VISIT)


def when_i_ask_for_an_earlier_time(page: Page, accessibility: Accessibility) -> None:
    page.get_by_role("link", name="Tell me if one comes up").click()
    accessibility.check(page, "earlier-360")
    for part in ("morning", "afternoon", "evening"):
        page.locator(f"[name=parts_of_day][value={part}]").check()
    page.get_by_role("button", name="Tell me").click()
    expect(page.locator("main")).to_contain_text("You are on the list.")
    accessibility.check(page, "earlier-saved-360")


def when_the_desk_offers_a_time(page: Page, accessibility: Accessibility) -> None:
    page.goto("/admin/desk/waiting/")
    page.locator("[name=username]").fill("desk@clinic.example")
    page.locator("[name=password]").fill(STAFF_PASSWORD)
    page.locator("[type=submit]").click()
    accessibility.check(page, "desk-waiting-1280")
    page.get_by_role("button", name=re.compile(f"to {NAME}$")).last.click()
    expect(page.locator(".messagelist").last).to_contain_text(f"Offered to {NAME}.")
    accessibility.check(page, "desk-offered-1280")


def when_i_ask_for_my_link(page: Page, accessibility: Accessibility) -> None:
    page.goto("/send-my-link/")
    page.locator("[name=contact]").fill(ADDRESS)
    page.get_by_role("button", name="Send my link").click()
    accessibility.check(page, "link-sent-360")


def when_i_take_the_offered_time(page: Page, offer: str, accessibility: Accessibility) -> None:
    page.goto(offer)
    expect(page.locator("h1")).to_have_text("An earlier time is free")
    accessibility.check(page, "offer-360")
    page.get_by_role("button", name="Take this time").click()
    page.wait_for_url(VISIT)
    expect(page.locator("main")).to_contain_text("Your appointment has a new time.")


def test_patient_takes_an_offered_time_without_javascript(
    phone_page: Page, desktop_page: Page, stack: Stack, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page = phone_page
    given_a_filled_form(page, name=NAME, address=ADDRESS)
    when_i_send_the_form(page)
    when_i_book_the_first_time(page)
    visit_url = page.url.split("?")[0]

    # Moved to a far day, cancelled by a slip, and taken back.
    when_i_move_to_the_last_day_shown(page, accessibility)
    late = page.locator(".panel").inner_text()
    when_i_cancel(page)
    page.get_by_role("button", name="Undo: keep this appointment").click()
    page.wait_for_url(VISIT)
    assert page.locator(".panel").inner_text() == late

    when_i_ask_for_my_link(page, accessibility)
    assert link_in_mail(stack, "Your link", "/visit/") == visit_url
    page.goto(visit_url)

    # On the list: the desk sees it and offers a time with one click; the letter brings the patient there.
    when_i_ask_for_an_earlier_time(page, accessibility)
    when_the_desk_offers_a_time(desktop_page, accessibility)
    offer = link_in_mail(stack, "A time is free", "/offer/")
    when_i_take_the_offered_time(page, offer, accessibility)
    assert page.url.split("?")[0] == visit_url
    assert page.locator(".panel").inner_text() != late
    hour = re.search(r"\d+:\d\d [AP]M", page.locator(".panel").inner_text())[0]
    wait_for(
        lambda: [mail for mail in mails_to(stack, ADDRESS) if mail["Subject"].startswith("Moved to") and hour in mail["Subject"]],
        seconds=ARRIVES_WITHIN, what="the letter about the taken time",
    )  # fmt: skip

    # Cancelled in the end: the offer's link and the visit's own still explain themselves.
    when_i_cancel(page)
    page.goto(offer)
    expect(page.locator("h1")).to_have_text("You cancelled this appointment")
    accessibility.check(page, "offer-after-cancelling-360")
    assert foreign_requests == []
