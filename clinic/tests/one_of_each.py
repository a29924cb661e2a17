"""One row of each kind that has a page, for the walk over every address."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models

from clinic import audit, links
from clinic.access import record_access
from clinic.accounts.invitations import invite
from clinic.desk_tasks import open_task
from clinic.models import (
    AccessEvent,
    ContentPage,
    DeskTask,
    Heartbeat,
    PageCount,
    PurgeRecord,
    RateBucket,
    StaffSession,
    User,
)
from clinic.roles import Role
from intake.calling import claim as claim_call
from intake.models import (
    ContactAttempt,
    PatientMerge,
    PossibleMatch,
    Questionnaire,
    ResponseRevision,
    Review,
    Screening,
)
from intake.tests.factories import make_request
from intake.tests.safety_steps import item_of, on_call
from intake.tests.screening_rows import make_flag, make_response
from notifications.models import (
    Channel,
    DeliveryEvent,
    InboundMessage,
    Message,
    MessageTemplate,
    ProviderHealth,
    SenderPace,
)
from scheduling.models import Location, ScheduleException
from scheduling.tests.factories import NOW, TUESDAY, another_request, at, make_clinician, make_type
from scheduling.tests.visit_steps import booked
from scheduling.tests.waiting_steps import ask, unsaid_offer

CANARY = "CANARYANSWER"


@dataclass
class OneOfEach:
    """The rows by `app.model`, and the people who ask."""

    rows: dict[str, models.Model]
    people: dict[str, User]
    screening: Screening

    def pk(self, label: str) -> str:
        """Id of the one row of a model."""
        return str(self.rows[label].pk)


def make_people() -> dict[str, User]:
    """One member of staff for each role and one without, by the name of the matrix's column."""
    people = {"no_role": User.objects.create_user("no_role@clinic.example")}
    for role in Role:
        person = User.objects.create_user(f"{role.name.lower()}@clinic.example")
        person.groups.add(Group.objects.get(name=role.value))
        people[role.name.lower()] = person
    return people


def make_one_of_each() -> OneOfEach:
    """Sam asked, booked, waits for an earlier time, and told something that nobody at the desk may read."""
    people = make_people()
    director = people["medical_director"]
    request = make_request()
    clinician, colleague = make_clinician(user=people["clinician"]), make_clinician("Dr. Else")
    visit = booked(make_type([clinician]), request)
    screening = _make_answers(request, director)
    entry = ask(request, visit.appointment_type)
    offer = unsaid_offer(entry, clinician, start=at(10))
    _make_post(director)
    _make_house(people)
    links.token_for("visit", visit.pk)
    Location.objects.create(name="Main Street")
    away = ScheduleException.objects.create(clinician=clinician, date=TUESDAY + dt.timedelta(days=3))
    PossibleMatch.objects.create(request=request, patient=another_request(name="Samuel Example").patient)
    claim_call(patient=request.patient, by=people["front_desk"])
    ContactAttempt.objects.create(
        request=request, made_by=people["front_desk"], outcome="no_answer", call_key=uuid.uuid4()
    )
    once = another_request(name="Sammy Example").patient
    PatientMerge.objects.create(kept=request.patient, absorbed=once, merged_by=people["manager"], reason="Same person")
    made = {row._meta.label_lower: row for row in (request, request.patient, visit, clinician, entry, offer, away)}
    made["colleague"], made["notifications.message"] = colleague, _mail()
    # Of these there are several, which differ in what may be done with them.
    made["intake.questionnaire"] = Questionnaire.objects.get(instrument="PHQ-9", language="en", status="draft")
    made |= {"intake.screening": screening, "clinic.user": people["front_desk"]}
    return OneOfEach(rows=_any_of_each() | made, people=people, screening=screening)


def _any_of_each() -> dict[str, models.Model]:
    found = {model._meta.label_lower: next(model._default_manager.iterator(), None) for model in apps.get_models()}
    return {label: row for label, row in found.items() if row is not None}


def _make_answers(request: Any, director: User) -> Screening:
    screening = Screening.objects.filter(request=request).first() or Screening.objects.create(
        request=request, patient=request.patient
    )
    answers = {"q": {"text": "Question", "texts": [CANARY], "codes": []}}
    response = make_response(screening=screening, answers=answers)
    ResponseRevision.objects.create(response=response, revision=1, answers=answers)
    make_flag(response=response, content=dict.fromkeys(("question", "answer", "reason", "source"), CANARY))
    on_call(director, NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=9))
    item_of(request, now=NOW, screening=screening, trigger=CANARY, detail=CANARY)
    Review.objects.create(
        request=request, screening=screening, reviewed_by=director, at=NOW, outcome="proceed", note=CANARY
    )
    return screening


def _make_post(by: User) -> None:
    message = _mail()
    DeliveryEvent.objects.create(message=message, status="delivered")
    InboundMessage.objects.create(provider_id="SM1", address="+16125550142", body="See you", needs="reading")
    MessageTemplate.objects.create(saved_by=by, kind="intake.request_received", channel="sms", words="{brand}")
    ProviderHealth.objects.get_or_create(channel="sms")
    SenderPace.objects.create(sender="+15005550006")


def _mail() -> Message:
    """An e-mail: only these have an address to unsubscribe at. The clock stands, so that no message is the first."""
    return Message.objects.filter(channel=Channel.EMAIL).earliest("kind")


def _make_house(people: dict[str, User]) -> None:
    auditor = people["auditor"]
    record_access(by=auditor, action=AccessEvent.Action.READ, subject_ref="intake.patient:1")
    audit.seal(AccessEvent, now=NOW + dt.timedelta(days=2))
    open_task(kind=DeskTask.Kind.CALL_BACK, title="Call", subject_ref="x", due_at=NOW, dedupe_key="x")
    ContentPage.objects.get_or_create(slug="test", defaults={"title": "Test", "body": "Test"})
    Heartbeat.objects.create(name="beat", seen_at=NOW)
    RateBucket.objects.create(key="test", expires_at=NOW)
    PageCount.objects.create(day=NOW.date(), step="home", language="en", count=1)
    PurgeRecord.objects.create(rule="test", older_than=NOW, count=1)
    AccessAttempt.objects.create(username="x", ip_address="127.0.0.1", failures_since_start=1)
    AccessLog.objects.create(username="x", ip_address="127.0.0.1")
    invite(user=people["no_role"], by=people["manager"])
    keyholder = User.objects.create_user("keyholder@clinic.example")  # nobody who walks: none may remove it
    Authenticator.objects.create(user=keyholder, type="webauthn", data={"name": "Key"})
    StaffSession.objects.create(user=people["front_desk"], session_key="x", user_agent="Firefox/140.0")


def token_of(purpose: str, made: OneOfEach) -> str:
    """The live token of the one row that a page of this purpose is about."""
    about = {
        "time": "intake.consultationrequest",
        "visit": "scheduling.appointment",
        "calendar": "scheduling.clinician",
        "offer": "scheduling.waitlistoffer",
        "screening": "intake.screening",
        "questions": "intake.screening",
        "tablet": "intake.screening",
        "unsubscribe": "notifications.message",
        "invitation": "clinic.staffinvitation",
    }
    return links.token_for(purpose, made.rows[about[purpose]].pk)
