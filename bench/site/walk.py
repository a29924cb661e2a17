"""Walks a patient's pages in a real browser and stops at each state worth looking at, whatever the language.

Links are found by where they lead and fields by their names, so that the walk reads no words.
"""

import itertools
from collections.abc import Iterator

from playwright.sync_api import Page

PLAIN_PAGES = {
    "home": "/",
    "article": "/is-ketamine-safe/",
    "about": "/about-the-consultation/",
    "questions": "/questions/",
    "safety": "/safety/",
    "privacy": "/privacy/",
    "sms-terms": "/sms-terms/",
    "accessibility": "/accessibility/",
    "not-found": "/no-such-page/",
    "unknown-link": "/visit/no-such-link/",
    "unknown-unsubscribe": "/unsubscribe/no-such-link/",
}
ADULT, ELSEWHERE, UNDER_AGE = 0, -1, -1  # which radio: the common case stands first, who cannot be served last
SUBMIT = "main form [type=submit]"
_people = itertools.count(100)


def stops(page: Page) -> Iterator[str]:
    """The name of each state while the page shows it."""
    for name, address in PLAIN_PAGES.items():
        page.goto(address)
        yield name
    yield from _form(page)
    yield from _times(page)
    yield from _visit(page)
    yield from _screening(page)
    yield from _end(page)


def _send(page: Page) -> None:
    page.locator(SUBMIT).first.click()


def _fill(page: Page) -> None:
    number = next(_people)
    page.goto("/consultation/")
    page.locator("[name=for_whom]").nth(ADULT).check()
    page.locator("[name=state]").first.check()
    page.locator("[name=name]").fill("Robin Example")
    page.locator("[name=phone]").fill(f"612-555-0{number}")
    page.locator("[name=email]").fill(f"robin{number}@patients.example")
    page.locator("[name=email_consent]").check()


def _form(page: Page) -> Iterator[str]:
    page.goto("/consultation/")
    yield "form"
    _send(page)
    yield "form-errors"
    for name, field, choice in (("not-served-state", "state", ELSEWHERE), ("not-served-age", "for_whom", UNDER_AGE)):
        _fill(page)
        page.locator(f"[name={field}]").nth(choice).check()
        _send(page)
        yield name
    _fill(page)
    yield "form-filled"
    _send(page)


def _times(page: Page) -> Iterator[str]:
    yield "days"
    days = page.url
    page.goto(days + "earlier/")
    yield "earlier"
    page.goto(days)
    page.locator("form[action*='/call-me/'] [type=submit]").click()
    yield "call-me"
    page.goto(days)
    page.locator("[name=day]").first.check()
    _send(page)
    yield "times"
    _send(page)
    yield "times-nothing-chosen"
    page.locator("main form [name=start]").first.check()
    _send(page)


def _visit(page: Page) -> Iterator[str]:
    yield "booked"
    address = page.url.split("?")[0]
    for name, path in (
        ("change-days", "change/"),
        ("cancel", "cancel/"),
        ("messages", "messages/"),
        ("visit-earlier", "earlier/"),
        ("visit-call-me", "call-me/"),
    ):
        page.goto(address + path)
        yield name
    page.goto(address)


def _screening(page: Page) -> Iterator[str]:
    visit = page.url
    page.locator("main a[href*='/screening/']").first.click()
    start = page.url
    yield "screening-start"
    _send(page)
    yield "screening-birthday"
    for field, value in (("born_month", "4"), ("born_day", "9"), ("born_year", "1984")):
        page.locator(f"[name={field}]").fill(value)
    _send(page)
    yield "screening-before"
    page.locator("[name=whereabouts]").fill("Duluth")
    _send(page)
    yield "screening-question"
    _send(page)
    yield "screening-question-error"
    yield from _questions(page)
    page.goto(start)
    yield "screening-back"
    page.goto(visit)


def _questions(page: Page) -> Iterator[str]:
    """Answers with the most serious choice until the page that shows them all."""
    has_seen_crisis = False
    for number in range(80):
        if page.locator("dl.answers").count():
            yield "screening-check"
            _send(page)
            yield "screening-done"
            return
        if page.locator(".crisis-block").count() and not has_seen_crisis:
            has_seen_crisis = True
            yield "screening-crisis"
        radios = page.locator("main input[type=radio]")
        if page.locator(".row-of-answers").count():
            page.locator("main input[type=text]").first.fill("Sertraline")
            yield "screening-medicines"
        elif radios.count():
            radios.nth(3 if radios.count() > 4 else 0).check()
        elif page.locator("main input[type=checkbox]").count():
            page.locator("main input[type=checkbox]").last.check()
            if number % 4 == 0:
                yield f"screening-ticks-{number}"
        page.locator("main form .actions [type=submit]").first.click()
    message = "The questions do not end"
    raise AssertionError(message)


def _end(page: Page) -> Iterator[str]:
    address = page.url.split("?")[0]
    page.goto(address + "cancel/")
    _send(page)
    yield "cancelled"
    page.goto("/send-my-link/")
    yield "send-my-link"
    _send(page)
    yield "send-my-link-error"
    page.goto("/send-my-link/")
    page.locator("main form input[type=text], main form input[type=tel]").first.fill("612-555-0199")
    _send(page)
    yield "send-my-link-sent"
