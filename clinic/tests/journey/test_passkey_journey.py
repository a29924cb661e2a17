"""A member of staff adds a passkey and logs in with it, in a real browser with an authenticator of its own."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, Page, expect

from clinic.tests.journey.conftest import DESKTOP, Accessibility
from clinic.tests.journey.stack import STAFF_PASSWORD, Stack

pytestmark = pytest.mark.journey
# An account of this journey's own: the others' log in without a second step.
ADDRESS = "pat.passkey@clinic.example"
MAKE_ACCOUNT = f"""
from django.contrib.auth.models import Group
from clinic.models import User
from clinic.roles import Role
person = User.objects.create_user("{ADDRESS}", "{STAFF_PASSWORD}", first_name="Pat", is_staff=True)
person.groups.add(Group.objects.get(name=Role.FRONT_DESK.value))
"""


@pytest.fixture
def desk(browser: Browser, stack: Stack) -> Iterator[Page]:
    """By name: browsers make no passkey for a bare address."""
    stack.manage("shell", "-c", MAKE_ACCOUNT)
    context = browser.new_context(base_url=stack.url.replace("127.0.0.1", "localhost"), viewport=DESKTOP)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def give_password(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Log in").click()


def set_up_codes(page: Page) -> None:
    page.goto("/admin/account/codes/set-up/")
    key = page.locator("code").first.inner_text()
    code = format_hotp_value(hotp_value(key, sorted(yield_hotp_counters_from_time())[1]))
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()


def test_passkey_stands_in_for_the_code(desk: Page, accessibility: Accessibility) -> None:
    errors: list[str] = []
    desk.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    give_password(desk)
    set_up_codes(desk)

    desk.goto("/admin/account/")
    desk.get_by_role("link", name="Add a passkey").click()
    desk.get_by_label("Name").fill("Front desk computer")
    accessibility.check(desk, "passkey-add")
    desk.get_by_role("button", name="Add a passkey").click()
    expect(desk.get_by_text("“Front desk computer”")).to_be_visible()
    accessibility.check(desk, "account")

    desk.locator("#logout-form button").click()
    give_password(desk)
    expect(desk).to_have_url(re.compile("second-step"))
    accessibility.check(desk, "second-step")
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk).to_have_url(re.compile("/admin/desk/today/"))

    desk.goto("/admin/account/confirm/passkey/?next=/admin/account/")
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk.get_by_text("How you log in").first).to_be_visible()

    desk.get_by_role("link", name="Remove").click()
    desk.get_by_role("button", name="Remove the passkey").click()
    expect(desk.get_by_text("“Front desk computer”")).to_have_count(0)
    assert errors == []
