"""Reading at the intake desk. Nothing here writes."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value

from clinic.access import subject_ref
from clinic.models import DeskTask
from intake.errors import PhoneNumberError
from intake.models import ConsultationRequest, Flag, Patient, Review, SafetyItem, Screening, ScreeningResponse
from intake.phones import read_phone
from intake.search_keys import email_key, name_key
from notifications.models import Channel
from notifications.outbox import Address

SUBJECT = "intake.request"
CALL_FIRST = "Not now: a call comes first"
MOST_NEAR = 20  # so that a flood of forms with one number cannot flood the desk's match list
SHORTEST_NUMBER_PART = 4


def request_by_id(request_id: uuid.UUID) -> ConsultationRequest:
    """The request with its patient. Raises ConsultationRequest.DoesNotExist."""
    return ConsultationRequest.objects.select_related("patient").get(pk=request_id)


def request_sent_with(form_key: uuid.UUID) -> ConsultationRequest | None:
    """The request that a shown form became, if it was sent."""
    return ConsultationRequest.objects.filter(form_key=form_key).first()


def open_request_from(sender_digests: list[str]) -> ConsultationRequest | None:
    """The newest open request with one of these marks of browser, day and content."""
    return (
        ConsultationRequest.objects.filter(status=ConsultationRequest.Status.OPEN, sender_digest__in=sender_digests)
        .order_by("-created_at", "-pk")
        .first()
    )


def contact_addresses(request: ConsultationRequest) -> list[Address]:
    """Where this request can be written to, texts first. A number with an extension gets no texts."""
    addresses: list[Address] = []
    if request.phone and not request.phone_extension:
        addresses.append((Channel.SMS, str(request.phone)))
    if request.email:
        addresses.append((Channel.EMAIL, request.email))
    return addresses


def requests_of_contact(*, channel: Channel | str, address: str) -> QuerySet[ConsultationRequest]:
    """Every request that gave this number (E.164) or this e-mail address in any capitals."""
    if channel == Channel.SMS:
        return ConsultationRequest.objects.filter(phone=address)
    return ConsultationRequest.objects.filter(email_search=email_key(address))


def promised_call(request: ConsultationRequest) -> dt.datetime | None:
    """By when the desk will have called about this request (UTC); None when no call is promised."""
    return promised_calls(request.pk).values_list("due_at", flat=True).first()


def promised_calls(request_id: uuid.UUID) -> QuerySet[DeskTask]:
    """The open calls about this request, the soonest first; for a query that asks more beside."""
    subject = subject_ref(SUBJECT, request_id)
    return DeskTask.objects.filter(subject_ref=subject, kind=DeskTask.Kind.CALL_BACK, closed_at=None).order_by(
        "due_at", "pk"
    )


def contact_search(term: str, *, through: str = "") -> Q:
    """Staff's search: a name without case and accents, an e-mail address or a phone as anybody writes it, or parts.

    `through` leads to the patient or request from another table, as `patient__`.
    """
    keys = (("name_search__contains", name_key(term)), ("email_search__contains", email_key(term)))
    found = Q(pk__in=())
    for column, key in keys:
        if key:
            found |= Q(**{f"{through}{column}": key})
    try:
        return found | Q(**{f"{through}phone": read_phone(term).number})
    except PhoneNumberError:
        digits = "".join(letter for letter in term if letter.isascii() and letter.isdigit())
        if len(digits) >= SHORTEST_NUMBER_PART and not any(letter.isalpha() for letter in term):
            found |= Q(**{f"{through}phone__contains": digits})
    return found


def request_search(term: str, *, through: str = "") -> Q:
    """The same, and the reference as people read it out: any case, with or without a dash."""
    reference = term.strip().upper().replace("-", "")
    return contact_search(term, through=through) | Q(**{f"{through}reference": reference})


def requests_matching(term: str) -> QuerySet[ConsultationRequest]:
    """The requests that staff find by a search term, newest first."""
    return ConsultationRequest.objects.filter(request_search(term)).order_by("-created_at", "-pk")


def patients_sharing(*, phone: str, email: str) -> list[Patient]:
    """Patients with this number or this e-mail address, oldest first, at most MOST_NEAR. Of merged records the one kept."""
    shared = Q(pk__in=())
    if phone:
        shared |= Q(phone=phone)
    if email:
        shared |= Q(email_search=email_key(email))
    absorbed = Patient.objects.filter(shared, merged_into__isnull=False).order_by().values("merged_into")
    near = Patient.objects.filter(shared | Q(pk__in=absorbed), merged_into=None)
    return list(near.order_by("created_at", "pk")[:MOST_NEAR])


def same_person(near: list[Patient], *, name: str) -> Patient | None:
    """The one of those who share a contact that also has the same name, without case and accents."""
    wanted = name_key(name)
    return next((patient for patient in near if name_key(patient.name) == wanted), None)


def subject_of(request: ConsultationRequest) -> str:
    """How other desks name this request: `intake.request:<uuid>`."""
    return subject_ref(SUBJECT, request.pk)


@dataclass(frozen=True, kw_only=True)
class ScreeningState:
    """What other desks may know about a request's screening: how far, how urgent, the clinician's word. No answers.

    `status` is of the newest sitting (a value of Screening.Status), empty without one; `highest_level`
    a value of FlagLevel, None without flags; `on_hold` says that the person may be under 18; `review_outcome` a value of
    Review.Outcome, empty before one; `needs_interpreter` that some of it exists only in English and was not asked.
    """

    status: str = ""
    highest_level: int | None = None
    call_needed: bool = False
    review_outcome: str = ""
    on_hold: bool = False
    needs_interpreter: bool = False


def screening_states(request_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ScreeningState]:
    """The state of each of these requests, in four queries whatever their number."""
    if not request_ids:
        return {}
    sittings = Screening.objects.filter(request__in=request_ids).order_by("created_at", "pk")
    unasked = ScreeningResponse.objects.filter(screening=OuterRef("pk"), status=ScreeningResponse.Status.NOT_SCREENED)
    told = list(
        sittings.annotate(waits=Exists(unasked)).values_list("request_id", "status", "held_at", "hold_lifted", "waits")
    )
    status = {request_id: state for request_id, state, *_held in told}  # the newest comes last and stays
    held = {request_id for request_id, _state, held_at, is_lifted, _waits in told if held_at and not is_lifted}
    waiting = {request_id for request_id, *_state, waits in told if waits}
    flags = Flag.objects.filter(is_live=True, screening__request__in=request_ids).order_by()
    levels = dict(flags.values_list("screening__request_id").annotate(Max("level")))
    calls = set(
        ConsultationRequest.objects.filter(pk__in=request_ids)
        .filter(Exists(SafetyItem.objects.filter(patient=OuterRef("patient")).exclude(state=SafetyItem.State.CLOSED)))
        .values_list("pk", flat=True)
    )
    outcomes = dict(
        Review.objects.filter(request__in=request_ids, is_current=True).values_list("request_id", "outcome")
    )
    return {
        request_id: ScreeningState(
            status=status.get(request_id, ""),
            highest_level=levels.get(request_id),
            call_needed=request_id in calls,
            review_outcome=outcomes.get(request_id, ""),
            on_hold=request_id in held,
            needs_interpreter=request_id in waiting,
        )
        for request_id in request_ids
    }


def newest_sitting(request: Any) -> Subquery:
    """How far the newest sitting of a request is, as a part of a larger query; NULL without one. No answers."""
    return Subquery(Screening.objects.filter(request=request).order_by("-created_at", "-pk").values("status")[:1])


def call_is_needed(patient: Any) -> Exists:
    """Whether a clinician must call this person, as a part of a larger query."""
    return Exists(SafetyItem.objects.filter(patient=patient).exclude(state=SafetyItem.State.CLOSED))


def is_on_hold(request: Any) -> Exists:
    """For a query of other desks: whether this request (an OuterRef) waits for a clinician, being perhaps under 18."""
    return Exists(Screening.objects.filter(request=request, held_at__isnull=False, hold_lifted=False))


def requests_on_hold(request_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these requests whose visit waits for a clinician; one query."""
    held = Screening.objects.filter(request__in=request_ids, held_at__isnull=False, hold_lifted=False).order_by()
    return set(held.values_list("request_id", flat=True))


@dataclass(frozen=True, kw_only=True)
class CallNeeded:
    """A clinician must call this person; how far that is, and no word of why."""

    item_id: uuid.UUID
    patient: Patient
    since: dt.datetime
    is_taken: bool


def calls_needed() -> list[CallNeeded]:
    """Every open safety item, most urgent first; one query."""
    live = SafetyItem.objects.exclude(state=SafetyItem.State.CLOSED).select_related("patient")
    return [
        CallNeeded(
            item_id=item.pk,
            patient=item.patient,
            since=item.raised_at,
            is_taken=item.state == SafetyItem.State.ACKNOWLEDGED,
        )
        for item in live.defer("trigger", "detail", "disposition").order_by("-level", "raised_at", "pk")
    ]


def number_of_calls_needed() -> Subquery:
    """How many open safety items there are, as a part of a larger query; NULL for none."""
    live = SafetyItem.objects.exclude(state=SafetyItem.State.CLOSED).order_by().values(every=Value(1))
    return Subquery(live.annotate(number=Count("pk")).values("number"))


def has_open_safety_item(patient_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people whom a clinician must call; one query.

    Nothing is written to them but about the visit they have booked: no marketing, no other reminder.
    """
    live = SafetyItem.objects.filter(patient__in=patient_ids).exclude(state=SafetyItem.State.CLOSED).order_by()
    return set(live.values_list("patient_id", flat=True))


def newest_request_of(patient: Patient) -> ConsultationRequest | None:
    """The request that this person sent last, if any."""
    return patient.requests.order_by("-created_at", "-pk").first()


def no_letter_now(patient_id: uuid.UUID | None) -> str:
    """Why a letter that is not about a booked visit may not go to this person now; empty when it may."""
    return CALL_FIRST if patient_id is not None and has_open_safety_item([patient_id]) else ""


def no_letter_about_request(ref: str) -> str:
    """The same, by how the post room names a request."""
    _kind, _, request_id = ref.partition(":")
    return no_letter_now(ConsultationRequest.objects.filter(pk=request_id).values_list("patient", flat=True).first())
