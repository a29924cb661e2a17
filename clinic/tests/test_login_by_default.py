"""Every address of the product is either on this list or asks for a login."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import URLPattern, get_resolver

from clinic.models import User

PUBLIC = {
    "",
    "is-ketamine-safe/",
    "about-the-consultation/",
    "questions/",
    "robots.txt",
    "theme.css",
    "logo.svg",
    "styleguide/",
    ".well-known/gpc.json",
    "sitemap.xml",
    "safety/",
    "privacy/",
    "sms-terms/",
    "accessibility/",
    "consultation/",
    "consultation/<str:token>/time/",
    "consultation/<str:token>/time/call-me/",
    "consultation/<str:token>/time/earlier/",
    "visit/<str:token>/",
    "visit/<str:token>/cancel/",
    "visit/<str:token>/call-me/",
    "visit/<str:token>/change/",
    "visit/<str:token>/earlier/",
    "visit/<str:token>/invite.ics",
    "visit/<str:token>/messages/",
    "visit/<str:token>/undo/",
    "calendar/<str:token>.ics",
    "offer/<str:token>/",
    "q/<str:token>/",
    "screening/<str:token>/",
    "screening/<str:token>/in-person/",
    "screening/<str:token>/english/",
    "screening/<str:token>/birthday/",
    "screening/<str:token>/before/",
    "screening/<str:token>/q/<str:key>/",
    "screening/<str:token>/all/<str:key>/",
    "screening/<str:token>/check/",
    "screening/<str:token>/done/",
    "screening/<str:token>/copy/",
    "tablet/<str:token>/",
    "tablet/<str:token>/in-person/",
    "tablet/<str:token>/english/",
    "tablet/<str:token>/birthday/",
    "tablet/<str:token>/before/",
    "tablet/<str:token>/q/<str:key>/",
    "tablet/<str:token>/all/<str:key>/",
    "tablet/<str:token>/check/",
    "tablet/<str:token>/done/",
    "tablet/<str:token>/copy/",
    "tablet/<str:token>/stop/",
    "tablet/done/",
    "send-my-link/",
    "webhooks/twilio/status/<uuid:message_id>/",
    "webhooks/twilio/inbound/",
    "unsubscribe/<str:token>/",
    "livez",
    "readyz",
    "admin/login/",
    "admin/account/login/",
    "admin/second-step/",
    "admin/welcome/<str:token>/",
}
ARGUMENTS = {"uuid": "11111111-2222-3333-4444-555555555555", "int": "1", "path": "1", "str": "x", "slug": "x"}


def _routes(patterns, prefix=""):
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry.url_patterns, route)


ROUTES = sorted(set(_routes(get_resolver("clinic.urls").url_patterns)))
STAFF_ONLY = [route for route in ROUTES if route not in PUBLIC]


def _example(route):
    """A path that leads to the route."""
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENTS[found[1] or "str"], route)
    return "/" + path.replace("^(?P<app_label>auth|clinic)", "clinic").replace("(?P<url>.*)$", "nowhere")


def _is_plain(route):
    return "(?P" not in route


def test_public_list_names_only_what_exists():
    assert PUBLIC - set(ROUTES) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_other_address_sends_a_stranger_to_the_login(client, method):
    walked = [route for route in STAFF_ONLY if _is_plain(route)]
    answers = {route: getattr(client, method)(_example(route)) for route in walked}

    assert len(walked) > 60
    assert {
        route: answer.status_code
        for route, answer in answers.items()
        if not (answer.status_code == 302 and answer.headers["Location"].startswith("/admin/login/?next="))
    } == {}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/clinic/", "/admin/intake/", "/admin/nowhere/"])
def test_patterned_admin_addresses_send_a_stranger_to_the_login(client, path):
    assert client.get(path).headers["Location"] == f"/admin/login/?next={path}"


@pytest.mark.django_db
def test_account_that_is_not_staff_sees_what_a_stranger_sees(client):
    client.force_login(User.objects.create_user("someone@clinic.example", is_staff=False))

    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.django_db
def test_account_that_was_closed_is_out_at_the_next_request(client):
    user = User.objects.create_user("desk@clinic.example")
    user.groups.add(Group.objects.get(name="Front desk"))
    client.force_login(user)
    assert client.get("/admin/?lists=1").status_code == 200

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get("/admin/").status_code == 302
