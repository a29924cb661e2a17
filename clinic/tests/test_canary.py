"""Canary answers go through the whole product; nothing outside the encrypted columns may hold one."""

import datetime as dt
import io
import itertools
import json
import logging

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import get_resolver, reverse

from clinic import logs
from clinic.models import User
from clinic.roles import Role
from intake.models import SafetyItem, Screening, ScreeningResponse
from intake.screening import consequences
from intake.tests.factories import make_request
from intake.tests.safety_steps import on_call, staff
from intake.tests.screening.sitting_steps import Person, sign_all
from notifications import bell
from notifications.models import Message
from scheduling.tests.factories import NOW, at, make_clinician, make_type
from scheduling.tests.visit_steps import booked, path_of

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = ("CANARYMEDICINE", "CANARYPLACE", "CANARYFRIEND", "CANARYDESCRIBED")
CHOSEN = ("Nearly every day", "LA6571-9", "LA33-6", "arteriovenous malformation")
BORN = ("1984-04-09", "April 9, 1984")
PHONES = ("+16125550188", "6125550188", "555-0188")
CANARIES = (*TYPED, *CHOSEN, *BORN, *PHONES)
KNOWS_THE_ANSWERS = {"intake_questionnaire"}  # the questions themselves, the same for everybody


class Watch:
    """Everything that leaves the product beside its database: log lines, tasks, addresses, other people's pages."""

    def __init__(self):
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logs.AllowListFormatter())
        self.tasks, self.addresses, self.pages = [], [], []


@pytest.fixture
def watch(monkeypatch):
    found = Watch()
    root = logging.getLogger()
    root.addHandler(found.handler)
    level, _ = root.level, root.setLevel(logging.DEBUG)
    monkeypatch.setattr(
        bell.current_app, "send_task", lambda name, args=(), **options: found.tasks.append((name, args, options)),
        raising=False,
    )  # fmt: skip
    yield found
    root.removeHandler(found.handler)
    root.setLevel(level)


def rows_of_the_database():
    """Every column of every table as the database holds it, past Django's fields."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KNOWS_THE_ANSWERS
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, " ".join(str(value) for value in row)


def canaries_in(text):
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def member(role):
    user = User.objects.create_user(f"{role.name.lower()}@clinic.example")
    user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client


def fill_in(person):
    """A person in danger who tells everything, by the visit's own link."""
    person.post(person.home)
    person.post(born_month="4", born_day="9", born_year="1984")
    person.post(
        phone="612 555 0188", whereabouts="CANARYPLACE", contact_name="CANARYFRIEND", contact_phone="6125550188"
    )
    person.choose("LA6571-9", "LA6571-9", "LA33-6", "LA33-6")
    person.post(q3="CANARYDESCRIBED", form_key=person.form_key)
    person.choose("LA6572-7", "LA6571-9", "avm", "none")
    person.post(q2__rows="1", q2__0__1="CANARYMEDICINE", q2__0__2="CANARYMEDICINE", more="1")
    return person.post(q2__rows="1", q2__0__1="CANARYMEDICINE")


def error_page(person, monkeypatch):
    """What an error in the middle of saving shows."""
    with monkeypatch.context() as patch:
        patch.setattr(consequences, "find", _break)
        person.client.raise_request_exception = False
        broken = person.client.post(
            person.at.replace("check/", f"q/{_medicine_key(person)}/"),
            {"q2-rows": "1", "q2-0-1": "CANARYMEDICINE broken"},
        )
    person.client.raise_request_exception = True
    assert broken.status_code == 500
    return broken.content.decode()


def every_staff_page(visit):
    """Each page under /admin/ that needs no id, and those of this person's rows; which the desk may see, does not matter."""
    names = [
        f"{prefix}{found.pattern}"
        for prefix, resolver in (("", get_resolver()), *(("", one) for one in get_resolver().url_patterns))
        for found in getattr(resolver, "url_patterns", ())
        if str(found.pattern).startswith("admin/") and "<" not in str(found.pattern) and not hasattr(found, "app_name")
    ]
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    rows = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        for model in admin.site._registry
        if model._meta.app_label in {"intake", "scheduling"}
        for row in itertools.islice(model._default_manager.iterator(), 2)
    ]
    own = [f"/admin/desk/patients/{visit.patient_id}/", f"/admin/review/{visit.request_id}/"]
    return sorted({f"/{name}" for name in names if "logout" not in name} | {*lists, *rows, *own})


def walk_the_staff_pages(visit, watch):
    """What the desk, who may not read answers, is shown everywhere; and what a clinician's steps leave behind."""
    desk, clinician = member(Role.FRONT_DESK), member(Role.CLINICIAN)
    request_id = visit.request_id
    for path in (
        "/admin/", "/admin/?lists=1", "/admin/desk/next/", "/admin/desk/today/?day=2026-12-01", "/admin/desk/requests/",
        f"/admin/desk/requests/{request_id}/", f"/admin/desk/sittings/{request_id}/", f"/admin/intake/consultationrequest/{request_id}/change/",
        "/admin/intake/screening/", "/admin/desk/safety/", "/admin/notifications/message/", "/admin/clinic/desktask/",
    ):  # fmt: skip
        watch.pages.append((path, desk.get(path, follow=True).content.decode()))
    for path in every_staff_page(visit):
        watch.pages.append((path, desk.get(path).content.decode()))
    screening = Screening.objects.get(request_id=request_id).pk
    for path in (f"/admin/intake/screening/{screening}/change/", "/admin/intake/flag/", "/admin/intake/safetyitem/"):
        clinician.get(path)
    clinician.post(f"/admin/desk/sittings/{request_id}/", {"act": "confirm", "sitting": str(screening)})


@override_settings(DEBUG=False)
def test_no_answer_is_found_outside_the_encrypted_columns(watch, monkeypatch):
    with time_machine.travel(NOW, tick=False):
        sign_all(ASQ=_asq_with_words())
        on_call(staff("oncall", Role.CLINICIAN), NOW - dt.timedelta(hours=1), NOW + dt.timedelta(days=30))
        visit = booked(make_type([make_clinician()]), make_request(), start=at(9))
        person = Person(visit.request.screenings.get())
        assert person.home in person.client.get(path_of(visit)).content.decode()
        fill_in(person)
        assert person.heading == "Check your answers"

        watch.pages.append(("error page", error_page(person, monkeypatch)))
        person.post(f"{person.home}check/")
        assert person.heading == "Thank you. Your answers are with us"
        watch.pages.append(("thanks", person.text))
        walk_the_staff_pages(visit, watch)
        stranger = Person(person.screening)
        stranger.get()
        watch.pages.append(("stranger", stranger.text))
        stranger.post(f"{stranger.home}birthday/", born_month="1", born_day="1", born_year="1970")
        watch.pages.append(("stranger with a wrong date", stranger.text))
        call_command("deliver_outbox", stdout=io.StringIO())

    # The answers are there, encrypted, and somebody was told.
    assert "CANARYMEDICINE" in json.dumps([row.answers for row in ScreeningResponse.objects.all()])
    assert SafetyItem.objects.get().level == 3
    assert Message.objects.filter(kind="intake.safety_alert").exists()
    assert watch.tasks != []
    # And nowhere else.
    assert [(table, canaries_in(text)) for table, text in rows_of_the_database() if canaries_in(text)] == []
    assert [name for session in Session.objects.all() for name in canaries_in(json.dumps(session.get_decoded()))] == []
    assert canaries_in(json.dumps([str(value) for value in getattr(cache, "_cache", {}).values()])) == []
    assert canaries_in(watch.stream.getvalue()) == []
    assert canaries_in(json.dumps(watch.tasks, default=str)) == []
    for name, text in watch.pages:
        # The desk is told the date of birth: it asks the person for it.
        assert {*canaries_in(text)} - ({*BORN} if "sittings" in name else set()) == set(), name
    assert person.home.split("/")[2] not in watch.stream.getvalue()


def _asq_with_words():
    from intake.tests.screening.sitting_steps import cut  # noqa: PLC0415 - models are not loaded yet

    return cut("asq", "asq-1", "asq-5", "asq-5-describe")


def _break(*_args, **_kwargs):
    raise ValueError("CANARYMEDICINE")


def _medicine_key(person):
    from intake.screening.flow import Sitting  # noqa: PLC0415 - as above

    return Sitting(person.screening).steps[-1].key
