"""How long a confirmation takes: from pressing "Book this time" until the text and the e-mail have left.

Run: .venv/bin/python bench/latency.py [rounds]        embedded broker and SQLite, as `make run`
     DATABASE_URL=postgres://... REDIS_URL=redis://... .venv/bin/python bench/latency.py
Starts web, worker and beat with a mail server and a Twilio of its own, in a scratch folder. The promise is
5 s on an idle machine; exits 1 when one round takes longer.
"""

import logging
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="clinic-bench-"))

import django

django.setup()

from clinic.tests.lab import Lab, lab, wait_for  # noqa: E402

PROMISE = 5.0  # seconds
ROUNDS = 10


def one_round(product: Lab, number: int) -> tuple[float, float, float]:
    """Seconds that the page took, and until text and e-mail had left, from the moment of pressing the button."""
    person = product.visitor()
    address, phone = f"bench{number}@patients.example", f"+161255501{number:02d}"
    sent = person.sends_form(f"Bench {number}", email=address, phone=phone)
    here, form, starts = person.times(sent.location)
    began = time.monotonic()
    booked = person.ask("POST", here, {**form, "start": starts[0]})

    def text_left() -> bool:
        return any(text.to == phone and "/visit/" in text.body for text in product.twilio.requests)

    def letter_left() -> bool:
        pairs = zip(product.mail.letters, product.mail.recipients, strict=False)
        return any(address in to and str(letter["Subject"]).startswith("Booked") for letter, to in pairs)

    left: dict[str, float] = {}

    def both_left() -> bool:
        for name, look in (("text", text_left), ("letter", letter_left)):
            if name not in left and look():
                left[name] = time.monotonic() - began
        return len(left) == 2

    wait_for(both_left, seconds=90, what="the confirmation")
    return booked.seconds, left["text"], left["letter"]


def main() -> int:
    """Measure and print."""
    logging.disable(logging.INFO)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    folder = Path(tempfile.mkdtemp(prefix="clinic-latency-"))
    parts = {
        "database_url": os.environ.get("DATABASE_URL", ""),
        "redis_url": os.environ.get("REDIS_URL", ""),
    }
    with lab(folder, **parts) as product:
        for name in ("web", "worker", "beat"):
            product.start(name)
        product.wait_until_serving()
        wait_for(lambda: product.checks().get("beat") == "ok", seconds=60, what="the first sweep")
        measured = [one_round(product, number) for number in range(rounds)]
    for page, text, letter in measured:
        print(f"page {page:.2f} s   text {text:.2f} s   e-mail {letter:.2f} s")
    slowest = max(max(text, letter) for _page, text, letter in measured)
    print(f"slowest {slowest:.2f} s of {PROMISE:.0f} s promised")
    return 0 if slowest <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
