"""A patient on a phone: asks, chooses a time, gets what they agreed to, cancels. Real parts only."""

import email
import email.policy
import re
import time

import pytest
from playwright.sync_api import Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.lab import wait_for

pytestmark = pytest.mark.journey

ARRIVES_WITHIN = 5.0  # seconds from pressing the button, on an idle machine


def given_a_filled_form(page: Page, *, name: str, phone: str = "", address: str = "") -> None:
    page.goto("/consultation/")
    page.locator("[name=for_whom]").first.check()
    page.locator("[name=state]").first.check()
    page.locator("[name=name]").fill(name)
    if phone:
        page.locator("[name=phone]").fill(phone)
        page.locator("[name=sms_consent]").check()
    if address:
        page.locator("[name=email]").fill(address)
        page.locator("[name=email_consent]").check()


def when_i_send_the_form(page: Page) -> None:
    page.locator("main form [type=submit]").last.click()
    page.wait_for_url(re.compile(r"/consultation/[^/]+/time/"))


def when_i_book_the_first_time(page: Page) -> None:
    book = page.get_by_role("button", name="Book this time")
    if not book.count():
        page.locator("[name=day]").first.check()
        page.get_by_role("button", name="Continue").click()
    page.locator("main form [name=start]").first.check()
    book.click()
    page.wait_for_url(re.compile(r"/visit/[^/]+/"))


def texts_to(stack: Stack, number: str) -> list[str]:
    return [sent.body for sent in stack.twilio.requests if sent.to == number]


def mails_to(stack: Stack, address: str) -> list[email.message.EmailMessage]:
    return [
        email.message_from_bytes(letter.as_bytes(), policy=email.policy.default)
        for letter, recipients in zip(stack.mail.letters, stack.mail.recipients, strict=True)
        if address in recipients
    ]


def then_the_confirmation_comes_both_ways(stack: Stack, number: str, address: str, *, link: str, within: float) -> None:
    text = wait_for(
        lambda: [body for body in texts_to(stack, number) if "/visit/" in body],
        seconds=within, what="the confirmation by text",
    )[0]  # fmt: skip
    assert link in text
    confirmation = wait_for(
        lambda: [mail for mail in mails_to(stack, address) if any(p.get_content_type() == "text/calendar" for p in mail.walk())],
        seconds=ARRIVES_WITHIN, what="the confirmation by e-mail",
    )[0]  # fmt: skip
    plain, html = confirmation.get_body(("plain",)), confirmation.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert link in plain.get_content()
    assert "List-Unsubscribe" in confirmation


def test_patient_books_and_cancels_on_a_phone_without_javascript(
    phone_page: Page, stack: Stack, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page, number, address = phone_page, "+16125550142", "sam.sample@patients.example"

    page.goto("/")
    accessibility.check(page, "home-360")
    given_a_filled_form(page, name="Sam Sample", phone="(612) 555-0142", address=address)
    accessibility.check(page, "form-filled-360")
    when_i_send_the_form(page)
    accessibility.check(page, "days-360")
    wait_for(lambda: texts_to(stack, number), seconds=ARRIVES_WITHIN, what="the text that the request arrived")
    when_i_book_the_first_time(page)
    booked_at = time.monotonic()
    accessibility.check(page, "booked-360")
    visit_url = page.url

    seconds_left = ARRIVES_WITHIN - (time.monotonic() - booked_at) + 1
    then_the_confirmation_comes_both_ways(stack, number, address, link=visit_url.split("?")[0], within=seconds_left)

    # The link from the message cancels: a question first, nothing changes until the button.
    page.goto(visit_url)
    page.get_by_role("link", name=re.compile("cancel", re.IGNORECASE)).first.click()
    accessibility.check(page, "cancel-360")
    page.goto(visit_url)
    expect(page.get_by_role("link", name=re.compile("cancel", re.IGNORECASE)).first).to_be_visible()
    page.get_by_role("link", name=re.compile("cancel", re.IGNORECASE)).first.click()
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(re.compile(r"/visit/[^/]+/(\?.*)?$"))
    expect(page.locator("main")).to_contain_text(re.compile("cancelled", re.IGNORECASE))
    accessibility.check(page, "cancelled-360")
    assert foreign_requests == []


def test_patient_books_with_keyboard_only_on_a_desktop(
    desktop_page: Page, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page = desktop_page
    page.goto("/")
    accessibility.check(page, "home-1280")
    page.goto("/consultation/")

    page.locator("[name=for_whom]").first.focus()
    page.keyboard.press("Space")
    page.locator("[name=state]").first.focus()
    page.keyboard.press("Space")
    page.locator("[name=name]").focus()
    page.keyboard.type("Kit Keyboard")
    page.locator("[name=phone]").focus()
    page.keyboard.type("612-555-0143")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/consultation/[^/]+/time/"))
    accessibility.check(page, "days-1280")
    page.locator("[name=day]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Book this time")).to_be_visible()
    accessibility.check(page, "times-1280")
    page.locator("[name=start]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/visit/[^/]+/"))

    accessibility.check(page, "booked-1280")
    assert foreign_requests == []


def test_nothing_is_sent_to_a_patient_who_ticked_nothing(phone_page: Page, stack: Stack) -> None:
    page, number = phone_page, "+16125550144"
    given_a_filled_form(page, name="Quinn Quiet")
    page.locator("[name=phone]").fill("6125550144")
    when_i_send_the_form(page)
    when_i_book_the_first_time(page)

    stack.manage("deliver_outbox")

    assert texts_to(stack, number) == []


def test_empty_form_says_what_to_mend_and_takes_the_focus(desktop_page: Page, accessibility: Accessibility) -> None:
    page = desktop_page
    page.goto("/consultation/")

    page.locator("main form [type=submit]").last.click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    accessibility.check(page, "form-errors-1280")


def test_somebody_we_cannot_serve_is_told_so_kindly_and_keeps_what_was_typed(
    phone_page: Page, accessibility: Accessibility
) -> None:
    page = phone_page
    page.goto("/consultation/")
    page.locator("[name=for_whom][value=under_18]").check()
    page.locator("[name=name]").fill("Young Yarrow")

    page.locator("main form [type=submit]").last.click()

    expect(page.locator(".error-summary")).to_have_count(0)
    accessibility.check(page, "not-served-360")
    page.locator("main form [type=submit]").first.click()
    expect(page.locator("[name=name]")).to_have_value("Young Yarrow")


@pytest.mark.parametrize("path", ["/safety/", "/privacy/", "/sms-terms/", "/accessibility/", "/send-my-link/"])
def test_public_page_has_no_accessibility_violation_at_either_width(
    path: str, phone_page: Page, desktop_page: Page, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    for page, width in ((phone_page, 360), (desktop_page, 1280)):
        page.goto(path)

        accessibility.check(page, f"{path.strip('/')}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert foreign_requests == []


@pytest.mark.parametrize("path", ["/", "/consultation/"])
def test_page_weighs_under_60_kilobytes_in_all(path: str, desktop_page: Page) -> None:
    page, weights = desktop_page, []
    page.on(
        "requestfinished",
        lambda request: weights.append(
            sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
        ),
    )

    page.goto(path, wait_until="networkidle")

    assert 0 < sum(weights) < 60_000
    assert len(weights) <= 6


def test_staff_find_the_request_and_the_message_in_the_admin(
    desktop_page: Page, phone_page: Page, stack: Stack, accessibility: Accessibility
) -> None:
    given_a_filled_form(phone_page, name="Finn Findable", phone="612.555.0145")
    when_i_send_the_form(phone_page)
    page = desktop_page
    page.goto("/admin/")
    page.locator("[name=username]").fill("DESK@clinic.example")
    page.locator("[name=password]").fill("journey-demo-password")
    page.locator("[type=submit]").click()

    page.goto("/admin/intake/consultationrequest/?q=612-555-0145")
    expect(page.locator("#result_list")).to_contain_text("Finn Findable")
    page.screenshot(path=accessibility.folder / "admin-requests-1280.png", full_page=True)
    page.goto("/admin/notifications/message/?q=(612)+555+0145")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.screenshot(path=accessibility.folder / "admin-messages-1280.png", full_page=True)


def test_log_holds_no_person_and_no_token(phone_page: Page, stack: Stack) -> None:
    page = phone_page
    given_a_filled_form(page, name="Logan Logless", phone="6125550146", address="logan@patients.example")
    when_i_send_the_form(page)
    token = page.url.split("/consultation/")[1].split("/")[0]
    wait_for(lambda: texts_to(stack, "+16125550146"), seconds=ARRIVES_WITHIN, what="the text")

    log = stack.log.read_text()

    assert [word for word in ("Logless", "5550146", "logan@", token) if word in log] == []
