"""A patient who reads Spanish, on a phone without JavaScript: the form begun in English, the rest in Spanish."""

import re

import pytest
from playwright.sync_api import Page, expect

from clinic.tests.journey.conftest import Accessibility
from clinic.tests.journey.stack import Stack
from clinic.tests.journey.test_patient_journey import ARRIVES_WITHIN, texts_to
from clinic.tests.lab import wait_for

pytestmark = pytest.mark.journey

VISIT = re.compile(r"/visit/[^/]+/(\?.*)?$")
NUMBER = "+16125550165"


def given_a_form_begun_in_english_and_turned_into_spanish(page: Page, accessibility: Accessibility) -> None:
    page.goto("/consultation/")
    page.locator("[name=for_whom]").first.check()
    page.locator("[name=name]").fill("Luz Ejemplo")
    page.locator("[name=message]").fill("Mis propias palabras")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("h1")).to_have_text("Programar una consulta gratuita")
    expect(page.locator("[name=name]")).to_have_value("Luz Ejemplo")
    expect(page.locator("[name=message]")).to_have_value("Mis propias palabras")
    expect(page.locator("[name=for_whom]").first).to_be_checked()
    expect(page.locator(".error-summary")).to_have_count(0)
    accessibility.check(page, "es-form-360")


def when_i_send_it(page: Page, accessibility: Accessibility) -> None:
    page.locator("[name=state]").first.check()
    page.get_by_role("button", name="Continuar para elegir una hora").click()
    expect(page.locator(".error-summary h2")).to_have_text("Hay un problema")
    accessibility.check(page, "es-form-errors-360")
    page.locator("[name=phone]").fill("612-555-0165")
    page.locator("[name=sms_consent]").check()
    page.locator("[name=phone]").press("Enter")  # sends the form, and does not press the language button above it
    page.wait_for_url(re.compile(r"/consultation/[^/]+/time/"))


def when_i_choose_a_time(page: Page, button: str, which: int, accessibility: Accessibility) -> None:
    book = page.get_by_role("button", name=button)
    if not book.count():
        accessibility.check(page, "es-days-360")
        page.locator("[name=day]").nth(1).check()
        page.get_by_role("button", name="Continuar").click()
    accessibility.check(page, "es-times-360")
    page.locator("main form [name=start]").nth(which).check()
    book.click()
    page.wait_for_url(VISIT)


def test_patient_asks_books_changes_and_cancels_in_spanish_without_javascript(
    phone_page: Page, stack: Stack, accessibility: Accessibility, foreign_requests: list[str]
) -> None:
    page = phone_page
    given_a_form_begun_in_english_and_turned_into_spanish(page, accessibility)
    when_i_send_it(page, accessibility)
    when_i_choose_a_time(page, "Reservar esta hora", 0, accessibility)
    expect(page.locator("h1")).to_have_text("Su cita está reservada")
    expect(page.locator(".panel")).to_contain_text("(hora del Centro)")
    accessibility.check(page, "es-booked-360")
    texts = wait_for(
        lambda: [body for body in texts_to(stack, NUMBER) if "/visit/" in body],
        seconds=ARRIVES_WITHIN, what="the confirmation by text",
    )  # fmt: skip
    assert "cita" in texts[0]
    booked_panel = page.locator(".panel").inner_text()

    page.get_by_role("link", name="Cambiar la hora").click()
    when_i_choose_a_time(page, "Cambiar a esta hora", -1, accessibility)
    expect(page.locator("main")).to_contain_text("Su cita tiene una hora nueva.")
    assert page.locator(".panel").inner_text() != booked_panel

    page.get_by_role("link", name="Cancelar esta cita").click()
    page.locator("[name=reason]").fill("Ya no puedo ir")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Cancel this appointment?")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("[name=reason]")).to_have_value("Ya no puedo ir")
    accessibility.check(page, "es-cancel-360")
    page.get_by_role("button", name="Cancelar esta cita").click()
    page.wait_for_url(VISIT)
    expect(page.locator("h1")).to_have_text("Usted canceló esta cita")
    accessibility.check(page, "es-cancelled-360")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert foreign_requests == []
