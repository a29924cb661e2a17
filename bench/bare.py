"""What our worker is measured against: bare Celery, the Twilio SDK and smtplib. No ledger, no outbox, no promise."""

import os
import smtplib
import threading
from email.message import EmailMessage
from typing import Any

from celery import Celery
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

app = Celery("bare", broker=os.environ["BENCH_BROKER"])
if os.environ["BENCH_BROKER"].startswith("filesystem"):
    folder = os.environ["BENCH_FOLDER"]
    app.conf.broker_transport_options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}-control",
    }
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
_mine = threading.local()


def client() -> Any:
    """One client for each thread, as Twilio advises."""
    if not hasattr(_mine, "client"):
        _mine.client = Client(  # type: ignore[no-untyped-call]
            os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], http_client=TwilioHttpClient(timeout=10)
        )
        _mine.client.api.base_url = os.environ["TWILIO_API_BASE_URL"]
    return _mine.client


@app.task(name="bare.text")
def text(address: str) -> None:
    """Send one text."""
    client().messages.create(
        to=address, from_=os.environ["TWILIO_FROM"], body="Bench: you are unsubscribed and will get no more texts.",
        status_callback="https://book.clinic.example/webhooks/twilio/status/x/", validity_period=3600,
    )  # fmt: skip


@app.task(name="bare.mail")
def mail(address: str) -> None:
    """Send one e-mail."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "care@clinic.example", address, "We have your request"
    letter.set_content("Thank you. " * 40)
    letter.add_alternative(f"<p>{'Thank you. ' * 40}</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP"]), timeout=10) as server:
        server.send_message(letter)
