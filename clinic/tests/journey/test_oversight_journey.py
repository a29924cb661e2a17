"""A manager reads reports, saves one and makes one record of two; an auditor sees who did it, and no answer."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.journey.staff import at_work, given_a_request, then_i_am_told

pytestmark = pytest.mark.journey
OLD, NEW, NUMBER = "Orla Onefold", "Orla B. Onefold", "612-555-0174"
MANAGER = "Max Ledger"


def when_the_manager_saves_a_report(page: Page, accessibility: Accessibility) -> None:
    page.goto("/admin/desk/reports/")
    accessibility.check(page, "reports-1280")
    page.get_by_role("link", name="Last 7 days").click()
    with page.expect_download() as saved:
        page.locator("section", has_text="Time to first contact").get_by_role("link", name="Save as CSV").click()
    assert saved.value.suggested_filename.startswith("first-contact-")
    assert saved.value.path().read_text().startswith('"First call, or a time chosen",Requests')


def when_the_manager_makes_one_record(page: Page, accessibility: Accessibility) -> None:
    page.goto("/admin/desk/duplicates/")
    accessibility.check(page, "duplicates-1280")
    page.locator("article", has_text=NEW).get_by_role("link", name="Make one record").click()
    page.get_by_role("button", name="Make one record").click()
    expect(page.get_by_role("alert")).to_contain_text("Write how you know")
    page.locator("[name=reason]").fill("She gave her middle initial on the phone")
    accessibility.check(page, "merge-1280")
    page.get_by_role("button", name="Make one record").click()
    then_i_am_told(page, "One record now:")
    expect(page.locator("#content table")).to_contain_text("Made one with the record of")


def when_the_manager_takes_it_back(page: Page) -> None:
    page.goto("/admin/desk/duplicates/")
    page.locator("tr", has_text=OLD).get_by_role("button", name="Undo").click()
    then_i_am_told(page, "Two records again, each with what it had.")


def test_manager_saves_a_report_and_makes_one_record_of_two_with_undo_and_the_auditor_sees_it(
    browser: Browser, stack: Stack, accessibility: Accessibility
) -> None:
    given_a_request(browser, stack, name=OLD, phone=NUMBER)
    given_a_request(browser, stack, name=NEW, phone=NUMBER)
    with at_work(browser, stack, "manager", has_javascript=False) as page:
        when_the_manager_saves_a_report(page, accessibility)
        when_the_manager_makes_one_record(page, accessibility)
        patient = page.url
        when_the_manager_takes_it_back(page)

    with at_work(browser, stack, "auditor", has_javascript=False) as page:
        page.goto("/admin/desk/access/")
        page.locator("[name=user]").select_option(label="manager@clinic.example")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("tr", has_text=re.compile("Export.*reports")).first).to_contain_text(MANAGER)
        accessibility.check(page, "access-1280")

        page.goto(patient)
        accessibility.check(page, "auditor-patient-1280")
        page.get_by_role("link", name="Who looked").first.click()
        expect(page.locator("#content table")).to_contain_text(MANAGER)
        for closed in ("/admin/desk/review/", "/admin/desk/safety/", "/admin/desk/phone/", "/admin/intake/screening/"):
            assert page.request.get(closed).status == 403, closed
