"""A signed set of small questionnaires, and a person who answers them."""

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from clinic import links
from clinic.models import ClinicProfile, User
from intake.models import Questionnaire, Screening, ScreeningResponse
from intake.screening import holds, sittings
from intake.screening.flow import Sitting
from intake.screening.pages.visitor import Visitor
from intake.screening.shipped import shipped
from intake.tests.factories import make_request
from intake.tests.pages import fields_of

BORN = {"born_month": "4", "born_day": "9", "born_year": "1984"}
BEFORE = {"phone": "", "whereabouts": "Duluth", "contact_name": "", "contact_phone": ""}


def cut(name: str, *link_ids: str) -> dict[str, Any]:
    """A shipped definition with a few of its questions, so that tests are quick and its rules are the real ones."""
    whole = shipped(name)
    return {**whole, "item": _kept(whole["item"], link_ids)}


def _kept(items: list[dict[str, Any]], link_ids: tuple[str, ...]) -> list[dict[str, Any]]:
    kept = []
    for item in items:
        inner = item.get("item", []) if item["linkId"] in link_ids else _kept(item.get("item", []), link_ids)
        if item["linkId"] in link_ids or inner:
            kept.append({**item, "item": inner} if inner else item)
    return kept


MEDICINE_ROWS = cut("medicines", "medicine-classes", "medicines")
MEDICINE_ROWS["item"][1].pop("enableWhen")
DEFINITIONS = {
    "PHQ-9": cut("phq-9", "44250-9", "44260-8", "69722-7"),
    "ASQ": cut("asq", "asq-1", "asq-5"),
    "GAD-7": cut("gad-7", "69725-0"),
    "STOP-ITEMS": cut("stop-items", "vessels"),
    "MEDICINES": MEDICINE_ROWS,
}


def signer() -> User:
    user, _made = User.objects.get_or_create(email="signer@clinic.example", defaults={"is_staff": True})
    return user


def sign_all(**changes: Any) -> None:
    """Every questionnaire in use, and screening switched on."""
    for name, content in {**DEFINITIONS, **changes}.items():
        Questionnaire.objects.create(
            url=f"https://clinic.example/{name}", version="1", instrument=name, title=name, definition=content,
            status=Questionnaire.Status.PUBLISHED, signed_by=signer(), signed_at=timezone.now(),
        )  # fmt: skip
    ClinicProfile.current()
    ClinicProfile.objects.update(screening_on=True)


def make_screening(**changes: Any) -> Screening:
    """An invited person."""
    screening = sittings.open_sitting(request=make_request(**changes))
    assert screening is not None
    return screening


class Person:
    """A browser that fills in the pages behind one link."""

    def __init__(self, screening: Screening, client: Client | None = None, door: str = "screening") -> None:
        self.screening, self.client = screening, client or Client()
        self.home = links.path_for(door, screening.pk) if door != "entry" else f"/admin/screening/{screening.pk}/enter/"
        self.at, self.answer = self.home, None

    def get(self, path: str | None = None) -> Any:
        """Open a page, following redirects."""
        self.answer = self.client.get(path or self.at, follow=True)
        self._arrive(path or self.at)
        return self.answer

    def post(self, path: str | None = None, **values: Any) -> Any:
        """Send a form to a page, following redirects."""
        typed = {name.replace("__", "-"): value for name, value in values.items()}
        self.answer = self.client.post(path or self.at, typed, follow=True)
        self._arrive(path or self.at)
        return self.answer

    def _arrive(self, asked: str) -> None:
        chain = self.answer.redirect_chain
        self.at = chain[-1][0] if chain else asked

    def walk_in(self) -> "Person":
        """Page by page up to the first question."""
        self.post(self.home)
        self.post(**BORN)
        self.post(**BEFORE)
        return self

    def start(self) -> "Person":
        """At the first question, as `walk_in()` leaves it."""
        screening = sittings.start(screening=self.screening)
        holds.keep_date_of_birth(screening=screening, born=dt.date(1984, 4, 9), today=dt.date(2026, 11, 22))
        said = sittings.Whereabouts(urgent_phone="+16125550142", whereabouts="Duluth", emergency_contact={})
        sittings.keep_whereabouts(screening=screening, said=said)
        session = self.client.session
        Visitor(session, screening).recognise()
        session.save()
        self.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        self.at = f"{self.home}q/{Sitting(screening).steps[0].key}/"
        return self

    def choose(self, *codes: str) -> Any:
        """Answer the choices that follow, one a page."""
        for code in codes:
            self.post(q1=code, q2=code, q3=code, form_key=self.form_key)
        return self.answer

    @property
    def form_key(self) -> str:
        """Of the page that is shown."""
        return fields_of(self.answer).get("form_key", [""])[0] if self.answer else ""

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.answer.content.decode(), re.DOTALL)
        return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""

    @property
    def text(self) -> str:
        return self.answer.content.decode()


def answers_of(screening, instrument="PHQ-9"):
    row = ScreeningResponse.objects.get(screening=screening, questionnaire__instrument=instrument)
    return {link_id: entry["texts"] for link_id, entry in row.answers.items()}


def walk_to_check(person):
    person.start().choose("LA6569-3", "LA6568-5", "LA6572-7", "LA6570-1", "none", "none")
    return person.post(q2__rows="1", q2__0__1="Lithium", q2__0__2="300 mg")
