"""Measures the public pages and writes docs/audit.md: `make audit`.

Every page and state in both languages at 360 px is read by axe-core and HTML_CodeSniffer (WCAG 2 AA), and its HTML, as
it came over the wire, by the Nu checker (the W3C's; needs java). Lighthouse loads four pages on its simulated slow 4G.
The tools come from npm by bench/site/package.json.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench.site.walk import stops
from clinic.tests.journey.stack import Stack, running_stack

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SNIFFER = HERE / "node_modules/html_codesniffer/build/HTMLCS.js"
CHECKER = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
LIGHTHOUSE = HERE / "node_modules/.bin/lighthouse"
CHROMIUM = "/usr/bin/chromium"
LANGUAGES = ("en", "es")
MEASURED = ("home", "article", "form", "days")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SNIFF = """() => new Promise((done) => HTMLCS.process("WCAG2AA", document, () => done(
  HTMLCS.getMessages().filter((one) => one.type === HTMLCS.ERROR).map((one) => one.code + " " + one.msg))))"""


@dataclass
class Findings:
    """What was wrong, by page; and how many pages were read."""

    pages: int = 0
    axe: dict[str, list[str]] = field(default_factory=dict)
    sniffer: dict[str, list[str]] = field(default_factory=dict)
    checker: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Walk, measure, write."""
    found = Findings()
    with tempfile.TemporaryDirectory() as place, running_stack(Path(place)) as stack, sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sources = Path(place) / "html"
        sources.mkdir()
        for language in LANGUAGES:
            _read_pages(browser, stack, language, sources, found)
        browser.close()
        found.checker = _checked(sources)
        scores = {name: _lighthouse(found.addresses[name], Path(place)) for name in MEASURED}
    report = "\n".join(_report(found, scores)) + "\n"
    (ROOT / "docs/audit.md").write_text(report)
    print(report)


def _read_pages(browser: Browser, stack: Stack, language: str, sources: Path, found: Findings) -> None:
    context = browser.new_context(base_url=stack.url, locale=language, viewport={"width": 360, "height": 800})
    twin = context.new_page()
    page = context.new_page()
    documents: list[Response] = []
    page.on("response", lambda response: _keep_document(response, documents))
    for name in stops(page):
        label = f"{language} {name}"
        found.pages += 1
        found.addresses.setdefault(name, page.url)
        (sources / f"{language}-{name}.html").write_bytes(documents[-1].body())
        violations = Axe().run(page).response["violations"]
        found.axe |= {label: [f"{one['id']}: {one['help']}" for one in violations]} if violations else {}
        errors = _sniffed(twin, page)
        found.sniffer |= {label: errors} if errors else {}
    context.close()


def _keep_document(response: Response, documents: list[Response]) -> None:
    if response.request.is_navigation_request() and response.status not in range(300, 400):
        documents.append(response)


def _sniffed(twin: Page, page: Page) -> list[str]:
    """The errors of HTML_CodeSniffer, on a copy: it leaves traces in the document."""
    twin.goto("/livez")
    twin.set_content(page.content())
    twin.evaluate(SNIFFER.read_text())
    errors: list[str] = twin.evaluate(SNIFF)
    return errors


def _checked(sources: Path) -> dict[str, list[str]]:
    """Errors and warnings of the Nu checker, by page."""
    ran = subprocess.run(
        ["java", "-jar", str(CHECKER), "--format", "json", "--skip-non-html", str(sources)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    for message in json.loads(ran.stderr)["messages"]:
        name = Path(message.get("url", "")).stem.replace("-", " ", 1)
        found.setdefault(name, []).append(f"{message.get('subType', message['type'])}: {message['message']}")
    return found


def _lighthouse(address: str, place: Path) -> dict[str, Any]:
    """One page on a phone, on Lighthouse's simulated slow 4G."""
    out = place / "lighthouse.json"
    subprocess.run(
        [str(LIGHTHOUSE), address, "--quiet", "--output=json", f"--output-path={out}",
         f"--only-categories={','.join(CATEGORIES)}", "--chrome-flags=--headless=new --no-sandbox"],
        check=True, env={**os.environ, "CHROME_PATH": CHROMIUM},
    )  # fmt: skip
    whole: dict[str, Any] = json.loads(out.read_text())
    return whole


def _report(found: Findings, scores: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "# Audit of the public pages"
    yield ""
    yield "<!-- Written by `make audit` (bench/site/audit.py). Read it, then mend what it names. -->"
    yield ""
    yield f"{found.pages} pages and states, English and Spanish, at 360 px, on the demo clinic of `make run`."
    for title, faults in (
        ("axe-core", found.axe), ("HTML_CodeSniffer, WCAG 2 AA", found.sniffer), ("Nu HTML checker", found.checker)
    ):  # fmt: skip
        yield ""
        yield f"## {title}"
        yield ""
        yield from [f"- {page}: {fault}" for page, lines in faults.items() for fault in lines] or ["Nothing found."]
    yield ""
    yield "## Lighthouse, phone, simulated slow 4G"
    yield ""
    yield "| Page | Performance | Accessibility | Best practices | SEO | Largest paint | Transferred | Requests |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, report in scores.items():
        points = " | ".join(f"{100 * report['categories'][one]['score']:.0f}" for one in CATEGORIES)
        audits = report["audits"]
        requests = audits["network-requests"]["details"]["items"]
        paint = audits["largest-contentful-paint"]["numericValue"] / 1000
        size = sum(one.get("transferSize", 0) for one in requests) / 1000
        yield f"| {name} | {points} | {paint:.1f} s | {size:.0f} KB | {len(requests)} |"
    yield ""
    yield "The time page lies behind a private link and asks not to be indexed: that costs its SEO points, on purpose."
    yield ""
    yield from _lost(scores)


def _lost(scores: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Which audits cost points."""
    for name, report in scores.items():
        for one in CATEGORIES:
            for reference in report["categories"][one]["auditRefs"]:
                audit = report["audits"][reference["id"]]
                if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                    yield f"- {name}, {one}: {audit['title']} ({audit.get('displayValue', audit['score'])})"


if __name__ == "__main__":
    main()
