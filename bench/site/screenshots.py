"""Pictures of every public page and state in both languages at 360 and 1280 px, under var/screenshots: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.site.walk import stops
from clinic.tests.journey.stack import running_stack

LANGUAGES = ("en", "es")
WIDTHS = (360, 1280)
CHROMIUM = "/usr/bin/chromium"


def main(folder: Path) -> None:
    """One picture for each state."""
    with tempfile.TemporaryDirectory() as place, running_stack(Path(place)) as stack, sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for language in LANGUAGES:
            for width in WIDTHS:
                into = folder / f"{language}-{width}"
                into.mkdir(parents=True, exist_ok=True)
                context = browser.new_context(
                    base_url=stack.url, locale=language, viewport={"width": width, "height": 800}
                )
                page = context.new_page()
                for number, name in enumerate(stops(page), start=1):
                    page.screenshot(path=into / f"{number:02}-{name}.png", full_page=True)
                print(f"{into}: {number} pages")
                context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots"))
