"""The Procfile's commands under production settings, on PostgreSQL and Redis, and one journey over HTTP.

`make test-pg` runs it; on SQLite it is deselected (see conftest.py). TLS ends before us: the journey
says so by X-Forwarded-Proto, as the proxy of docker-compose.yml does.
"""

import http.client
import re
import time
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest

from clinic.tests.production import HOST, children_of, installation
from notifications.tests.servers import FakeMail

pytestmark = pytest.mark.production

ADDRESS = "pat.production@patients.example"


class Fields(HTMLParser):
    """The fields of a page's last form in `main`: hidden values, and the first choice of each radio group."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, str] = {}
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag == "input" and given.get("type") == "radio":
            self.choices.setdefault(given["name"], given["value"])
        elif tag == "link" and given.get("rel") == "stylesheet":
            self.links.append(given["href"])


class Browser:
    """Keeps cookies, sends what a browser behind our proxy sends."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, dict, str]:
        """Status, headers in lower case, text."""
        sent = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            sent |= {"Origin": f"https://{HOST}", "Content-Type": "application/x-www-form-urlencoded"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body=urlencode(form) if form is not None else None, headers=sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.set_cookies.append(line)
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


def wait_for(look, *, seconds: float, what: str):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if seen := look():
            return seen
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def given_a_sent_form(browser: Browser) -> str:
    """Fill in the form; returns the path of the time page."""
    _, _, page = browser.ask("GET", "/consultation/")
    fields = Fields(page)
    typed = {
        **fields.hidden,
        "for_whom": fields.choices["for_whom"],
        "state": fields.choices["state"],
        "name": "Pat Production",
        "email": ADDRESS,
        "email_consent": "on",
    }
    status, headers, page = browser.ask("POST", "/consultation/", typed)
    assert status == 303, page
    return urlsplit(headers["location"]).path


def when_i_book_the_first_time(browser: Browser, path: str) -> str:
    """Choose the first day and the first time; returns the path of the visit page."""
    _, _, days = browser.ask("GET", path)
    here = f"{path}?day={Fields(days).choices['day']}"
    _, _, times = browser.ask("GET", here)
    fields = Fields(times)
    status, headers, page = browser.ask("POST", here, {**fields.hidden, **fields.choices})
    assert status == 303, page
    return urlsplit(headers["location"]).path


def then_the_front_door_is_safe(browser):
    """Headers, hashed static files, http goes to https, strangers' hosts are refused."""
    status, headers, home = browser.ask("GET", "/")
    assert (status, headers["strict-transport-security"]) == (200, "max-age=63072000; includeSubDomains; preload")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    sheet = Fields(home).links[0]
    assert re.search(r"\.[0-9a-f]{12}\.css$", sheet)
    status, headers, _ = browser.ask("GET", sheet)
    assert (status, "immutable" in headers["cache-control"]) == (200, True)
    status, headers, _ = browser.ask("GET", "/", **{"X-Forwarded-Proto": "http"})
    assert (status, headers["location"]) == (301, f"https://{HOST}/")
    assert browser.ask("GET", "/", Host="evil.example")[0] == 400


def test_production_commands_serve_a_journey_and_end_on_sigterm(tmp_path):
    with FakeMail() as mail, installation(tmp_path, email_url=mail.url) as product:
        product.manage("check", "--deploy", "--fail-level", "WARNING")
        product.manage("migrate")
        product.manage("collectstatic", "--noinput")
        product.manage("seed_demo", "--yes-demo")
        product.start()
        product.wait_until_ready(seconds=60)
        assert len(children_of(product.running["web"].pid)) == 2
        browser = Browser(product.port)

        then_the_front_door_is_safe(browser)

        # The journey: form, time, visit, e-mail.
        time_path = given_a_sent_form(browser)
        visit_path = when_i_book_the_first_time(browser, time_path)
        status, headers, _ = browser.ask("GET", visit_path)
        assert (status, headers["cache-control"], headers["referrer-policy"]) == (200, "no-store", "no-referrer")
        assert browser.set_cookies != []
        for cookie in browser.set_cookies:
            assert cookie.startswith("__Host-")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        letter = wait_for(
            lambda: [one for one in mail.letters if f"https://{HOST}{visit_path}" in str(one.get_payload(0))],
            seconds=15, what="the confirmation by e-mail",
        )[0]  # fmt: skip
        assert letter["To"] == ADDRESS

        # The end: SIGTERM to each, as a container engine does.
        codes = product.stop(seconds=30)
        assert product.left_over() == []
        assert codes == {"web": 0, "worker": 0, "beat": 0}
        log = product.logs()
        tokens = [path.strip("/").split("/")[1] for path in (time_path, visit_path)]
        assert [word for word in ("Production", ADDRESS, *tokens) if word in log] == []
