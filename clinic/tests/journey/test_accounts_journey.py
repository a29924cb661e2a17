"""A manager invites a colleague, who chooses a password and a second factor, and logs in with both."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import DESKTOP, Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.journey.staff import at_work, then_i_am_told, when_i_log_in
from clinic.tests.journey.test_patient_journey import ARRIVES_WITHIN, mails_to
from clinic.tests.lab import wait_for

pytestmark = pytest.mark.journey
NEWCOMER, PASSWORD = "nora.newdesk@clinic.example", "the kettle sings at nine"


def link_of_the_invitation(stack: Stack) -> str:
    """As the newcomer reads it in the mail."""

    def found() -> list[str]:
        letters = [mail.get_body(("plain",)) for mail in mails_to(stack, NEWCOMER)]
        return [link for body in letters if body for link in re.findall(r"http\S+/welcome/[\w-]+/", body.get_content())]

    return str(wait_for(found, seconds=ARRIVES_WITHIN, what="the invitation")[0])


def when_the_manager_invites(page: Page, accessibility: Accessibility) -> None:
    page.goto("/admin/clinic/user/add/")
    page.locator("[name=email]").fill(NEWCOMER)
    page.locator("[name=first_name]").fill("Nora")
    page.locator("[name=last_name]").fill("Newdesk")
    page.locator("[name=is_staff]").check()
    page.get_by_label("Front desk").check()
    accessibility.check(page, "invite-1280")
    page.get_by_role("button", name="Save", exact=True).click()
    then_i_am_told(page, f"An invitation goes to {NEWCOMER}.")


def when_the_newcomer_chooses_a_password(page: Page, link: str, accessibility: Accessibility) -> None:
    page.goto(link)
    accessibility.check(page, "welcome-1280")
    page.locator("[name=new_password1]").fill(PASSWORD)
    page.locator("[name=new_password2]").fill(PASSWORD)
    page.get_by_role("button", name="Save password and log in").click()


def when_the_newcomer_sets_up_codes(page: Page, accessibility: Accessibility) -> str:
    """Returns the key that the app on the phone keeps."""
    page.get_by_role("link", name="How you log in").click()
    page.get_by_role("link", name="Set them up").click()
    key = page.locator("code").inner_text()
    accessibility.check(page, "codes-1280")
    page.locator("[name=code]").fill(code_of(key))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#content")).to_contain_text(re.compile("recovery", re.IGNORECASE))
    accessibility.check(page, "recovery-codes-1280")
    return key


def code_of(key: str) -> str:
    """What the app on the phone shows now."""
    return format_hotp_value(hotp_value(key, sorted(yield_hotp_counters_from_time())[1]))


def test_newcomer_is_invited_and_logs_in_with_a_second_factor(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    with at_work(browser, stack, "manager", has_javascript=False) as page:
        when_the_manager_invites(page, accessibility)

    context = browser.new_context(base_url=stack.url, viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    link = link_of_the_invitation(stack)
    when_the_newcomer_chooses_a_password(page, link, accessibility)
    when_i_log_in(page, NEWCOMER, PASSWORD)
    key = when_the_newcomer_sets_up_codes(page, accessibility)
    page.get_by_role("link", name="Kept. Go to the desk").click()
    page.get_by_role("button", name="Log out").click()

    # The invitation opened once; from now on the password alone opens nothing.
    assert page.goto(link).status == 404  # type: ignore[union-attr]
    when_i_log_in(page, NEWCOMER, PASSWORD)
    expect(page.locator("h1").last).to_have_text("Second step")
    assert page.request.get("/admin/desk/next/", max_redirects=0).status in {302, 303}
    accessibility.check(page, "second-step-1280")
    page.locator("[name=code]").fill("000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("[name=code]").fill(code_of(key))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("navigation", name="Desk")).to_be_visible()
    context.close()
