"""The pictures of docs/front-desk.md: the running product with the demo clinic on a Tuesday morning. `make guide-pictures`.

The product's own clock is moved to that morning (docs/moved_clock/sitecustomize.py), so that the pictures show the same
day whenever they are made. All people are made up; messages end at servers of the journeys.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from clinic.tests.journey.stack import ROOT, STAFF_PASSWORD, running_stack

HERE = Path(__file__).parent
FOLDER = HERE / "front-desk"
MORNING = datetime(2026, 12, 1, 16, 26, tzinfo=UTC)  # 10:26 in the clinic
WIDTHS = (1280, 768)
TALLEST = 1400
COLORS = 128
NOBODY_SENDS = {"EMAIL_URL": "", "TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}
CALLER = "Ines Marlowe"


def main(folder: Path) -> None:
    """Make all of them; only those of the guide (1280 px) stay in the repository."""
    moved = {
        "CLOCK_MOVED_BY": str(MORNING.timestamp() - time.time()),
        "PYTHONPATH": os.pathsep.join([str(HERE / "moved_clock"), str(ROOT)]),
    }
    with tempfile.TemporaryDirectory() as place:
        _fill(Path(place), moved)
        with running_stack(Path(place), more=moved) as stack, sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(base_url=stack.url, viewport={"width": WIDTHS[0], "height": 900})
            _log_in(page)
            _work(page)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                _pictures(page, folder if width == WIDTHS[0] else ROOT / "var" / "front-desk-768")
            browser.close()


def _fill(place: Path, moved: Mapping[str, str]) -> None:
    """The demo clinic before any provider is set up: its people agree to messages then."""
    environment = {
        **os.environ, **moved, **NOBODY_SENDS,
        "DEBUG": "1", "DATA_DIR": str(place / "var"), "DEMO_PASSWORD": STAFF_PASSWORD,
    }  # fmt: skip
    for command in (["migrate", "--verbosity", "0"], ["seed_demo"], ["shell", "-c", MONTH]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)  # noqa: S603


MONTH = "from docs.front_desk_month import fill_month; fill_month()"


def _log_in(page: Page) -> None:
    page.goto("/admin/")
    page.locator("[name=username]").fill("desk@clinic.example")
    page.locator("[name=password]").fill(STAFF_PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_load_state()


def _work(page: Page) -> None:
    """A caller who was tried once and is booked now, so that a timeline has something to tell."""
    page.goto("/admin/desk/requests/")
    page.get_by_role("link", name=CALLER, exact=True).click()
    page.get_by_role("button", name="I call").click()
    page.get_by_role("button", name="Voicemail left").click()
    page.get_by_role("button", name="Reached").click()
    page.locator("[name=start]").nth(1).check()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/**")
    _open_timeline(page)
    while page.locator("#content", has_text=": waiting").count():  # until the worker has sent the confirmation
        time.sleep(1)
        page.reload()


def _pictures(page: Page, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("today", "next", "requests", "week", "phone", "reports"):
        page.goto(f"/admin/desk/{name}/")
        _save(page, folder / f"{name}.png")
    page.goto("/admin/desk/requests/")
    page.locator(".desk-open").first.click()
    page.wait_for_load_state()
    _save(page, folder / "request.png")
    _open_timeline(page)
    _save(page, folder / "timeline.png")


def _open_timeline(page: Page) -> None:
    page.goto(f"/admin/desk/search/?q={CALLER.split()[1]}")
    page.locator("#content").get_by_role("link", name=CALLER).first.click()
    page.wait_for_load_state()


def _save(page: Page, path: Path) -> None:
    """In few colours, without what lies far below."""
    whole = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    seen = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALLEST)))
    seen.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
