"""What somebody does on the pages of a visit."""

import uuid

from django.urls import reverse

from clinic import links
from scheduling.services import book
from scheduling.tests.factories import another_request, at


def booked(kind, asker=None, mode="in_person", start=None):
    return book(
        request=asker or another_request(),
        appointment_type=kind,
        start=start or at(9),
        mode=mode,
        booking_key=uuid.uuid4(),
        source="web",
    )


def path_of(visit, name="visit"):
    return reverse(f"scheduling:{name}", kwargs={"token": links.token_for("visit", visit.pk)})


def text_of(client, visit, name="visit"):
    return client.get(path_of(visit, name)).content.decode()
