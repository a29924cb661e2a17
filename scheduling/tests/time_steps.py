"""What somebody does on the pages of free times."""

import re

from django.urls import reverse

from clinic import links
from scheduling.tests.factories import TUESDAY, at
from scheduling.views import offers


def path_of(asker, name="time"):
    return reverse(f"scheduling:{name}", kwargs={"token": links.token_for("time", asker.pk)})


def values(response, name):
    return re.findall(rf'name="{name}" value="([^"]+)"', response.content.decode())


def send(client, asker, *, day=TUESDAY, **changes):
    said = {"start": offers.value_of(at(9)), "mode": "phone", "booking_key": "5f0e4a3c-8f6b-4a6e-9a44-d3b5a6ee0001"}
    query = f"?day={day}" if day else ""
    return client.post(path_of(asker) + query, {**said, **changes})
