"""Walks every address for everybody and writes down what came back; `make matrix` keeps it in `role_matrix.csv`.

A cell is what GET and POST (with nothing filled in) answer: `200/403`. `login` is the way to the login page, `same` what a stranger gets,
`422` and the like are forms that came back: whoever sees one was let in.
"""

import copy
import csv
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from clinic.models import User
from clinic.public import is_public
from clinic.tests.one_of_each import OneOfEach, token_of

FILE = Path(__file__).with_name("role_matrix.csv")
STRANGER = "anonymous"
COLUMNS = (STRANGER, "no_role", "front_desk", "clinician", "medical_director", "manager", "auditor")
VERBS = ("get", "post")
ALIKE, SAME = (STRANGER, "front_desk"), "same"  # a public page asks nobody who they are: two columns are walked
ABOUT = {  # what an id in an address is the id of
    "request_id": "intake.consultationrequest",
    "patient_id": "intake.patient",
    "item_id": "intake.safetyitem",
    "match_id": "intake.possiblematch",
    "merge_id": "intake.patientmerge",
    "screening_id": "intake.screening",
    "visit_id": "scheduling.appointment",
    "clinician_id": "scheduling.clinician",
    "inbound_id": "notifications.inboundmessage",
    "message_id": "notifications.message",
    "passkey_id": "mfa.authenticator",
}
PURPOSES = {"consultation": "time", "q": "questions", "admin": "invitation"}  # else as the first word of the address
WORDS = {
    "kind": "intake.request_received",
    "channel": "sms",
    "language": "en",
    "profile": "plain",
    "key": "1",
    "content_type_id": "1",
    "url": "nowhere",
    "app_label": "intake",
}
Matrix = dict[str, list[str]]


def routes() -> list[str]:
    """Every address of the product as its URL configuration writes it."""
    return sorted(set(_routes(get_resolver("clinic.urls").url_patterns, "")))


def _routes(entries: list[object], prefix: str) -> Iterator[str]:
    for entry in entries:
        route = prefix + str(entry.pattern)  # type: ignore[attr-defined]  # Django's stubs name no common base
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry.url_patterns, route)  # type: ignore[attr-defined]  # as above


def missing(made: OneOfEach) -> list[str]:
    """Models with pages of which `one_of_each` makes no row yet."""
    labels = {model_admin.opts.label_lower for model_admin in admin.site._registry.values()}
    return sorted(labels - made.rows.keys())


def example(route: str, made: OneOfEach, *, foreign: bool = False) -> str:
    """A path to the one row that the route is about; `foreign`: to a row that is not, by a link for another page."""
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", route).replace("^", "").replace("$", "")

    def value(found: re.Match[str]) -> str:
        if foreign and (found["kind"] == "uuid" or found["name"] in ("object_id", "id", "pk")):
            return str(uuid.uuid4())
        name = found["name"]
        if name == "object_id" and plain.startswith("admin/r/"):
            return "1"
        if name in ("object_id", "id", "pk"):
            return made.pk(".".join(plain.split("/")[1:3]))
        if name == "token" and found["kind"] == "uuid":
            return made.pk("intake.screening")
        if name == "token":
            purpose = PURPOSES.get(first := plain.split("/")[0], first)
            return token_of(purpose if not foreign else "time" if purpose != "time" else "visit", made)
        return made.pk(ABOUT[name]) if name in ABOUT else WORDS[name]

    return "/" + re.sub(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>", value, plain)


class Walker:
    """Asks as each person in turn; what a request changed is taken back before the next."""

    def __init__(self, people: dict[str, User]) -> None:
        self.asks, self.answers = RequestFactory(), ClientHandler(enforce_csrf_checks=False)
        self.answers.load_middleware()
        self.sessions: dict[str, str] = {}
        self.people: dict[str, User] = {}
        for name, person in people.items():
            client = Client()
            client.force_login(person)
            self.sessions[name] = client.cookies["session"].value
            self.people[name] = User.objects.get(pk=person.pk)
            self.people[name].get_all_permissions()

    def answer(self, who: str, verb: str, path: str) -> HttpResponseBase:
        """The whole answer."""
        request = self.asks.generic(verb.upper(), path, content_type="application/x-www-form-urlencoded")
        request._dont_enforce_csrf_checks = True
        if who in self.sessions:
            request.COOKIES["session"] = self.sessions[who]
            # Who it is and what they may do was read once: a quarter of the walk, and the same for each address.
            request._cached_user = copy.copy(self.people[who])  # type: ignore[attr-defined]  # Django's own place for it
        with transaction.atomic():
            answer = self.answers.get_response(request)
            transaction.set_rollback(True)
        return answer

    def ask(self, who: str, verb: str, path: str) -> str:
        """The class of the answer: a status, or `login`."""
        answer = self.answer(who, verb, path)
        if answer.headers.get("Location", "").startswith("/admin/login/?next="):
            return "login"
        return str(answer.status_code)


def _apps_without_their_models(request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
    return AdminSite.get_app_list(admin.site, request, app_label) if app_label else []


@contextmanager
def unpainted() -> Iterator[None]:
    """Pages and error pages without their templates: half the time of the walk, and no part of who may do what."""

    def bare(_resolver: URLResolver, code: int) -> Callable[..., HttpResponse]:
        return lambda _request, exception=None: HttpResponse(status=code)

    with (
        patch.object(SimpleTemplateResponse, "rendered_content", ""),
        patch.object(URLResolver, "resolve_error_handler", bare),
        patch.object(admin.site, "get_app_list", _apps_without_their_models),
    ):
        yield


def walk(made: OneOfEach) -> Matrix:
    """One line for each route and each bulk action, one cell for each column."""
    walker = Walker(made.people)
    paths = {f"/{route}": example(route, made) for route in routes()}
    paths["/admin/desk/calendar/<uuid:clinician_id>/ of somebody else"] = (
        f"/admin/desk/calendar/{made.pk('colleague')}/"
    )
    found: Matrix = {}
    with unpainted():
        for line, path in paths.items():
            asking = ALIKE if is_public(resolve(path).func) else COLUMNS
            cells = {who: "/".join(walker.ask(who, verb, path) for verb in VERBS) for who in asking}
            found[line] = [cells.get(who, SAME) for who in COLUMNS]
    return found | bulk_actions(made)


def bulk_actions(made: OneOfEach) -> Matrix:
    """Who is offered which action over a list; Django carries out no other."""
    offered: dict[str, set[str]] = {}
    for model_admin in admin.site._registry.values():
        for who, person in made.people.items():
            request = RequestFactory().get("/")
            request.user = User.objects.get(pk=person.pk)
            for name in model_admin.get_actions(request):
                label = model_admin.opts.label_lower.replace(".", "/")
                offered.setdefault(f"/admin/{label}/ action {name}", set()).add(who)
    return {line: ["yes" if who in names else "-" for who in COLUMNS] for line, names in sorted(offered.items())}


def read() -> Matrix:
    """The matrix as it was reviewed."""
    with FILE.open() as lines:
        return {
            row[0].strip(): [cell.strip() for cell in row[1:]] for row in csv.reader(lines) if row[0].strip() != "route"
        }


def write(found: Matrix) -> None:
    """Keep it, in columns that a person can read."""
    FILE.write_text(drawn(found))


def drawn(found: Matrix) -> str:
    """The file's text."""
    width = max(map(len, found))
    rows = [["route".ljust(width), *COLUMNS], *([line.ljust(width), *cells] for line, cells in sorted(found.items()))]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "".join(
        ", ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )
