"""Steps at the inbox: a text comes in, somebody of the desk opens it and acts."""

import datetime as dt
import uuid

from django.urls import reverse

from clinic import roles
from clinic.models import User
from notifications import inbound
from notifications.tests.factories import PHONE

REF = "intake.request:1"
NOON = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)  # a Tuesday, 12:00 in Minneapolis


def at_desk(client):
    """The browser of somebody of the front desk, who is `client.user`."""
    client.user = User.objects.create_user("desk@clinic.example", "x")
    client.user.groups.add(roles.Group.objects.get(name="Front desk"))
    client.force_login(client.user)
    return client


def came(body, sid="SM1"):
    text = inbound.receive_text(provider_id=sid, address=PHONE, body=body)
    text.refresh_from_db()
    return text


def page(text):
    return reverse("notifications:conversation", args=[text.pk])


def act(client, text, act, **fields):
    return client.post(page(text), {"act": act, "key": uuid.uuid4(), **fields})
