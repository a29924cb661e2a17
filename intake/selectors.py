"""Reading at the intake desk. Nothing here writes."""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from clinic.access import subject_ref
from clinic.models import DeskTask
from intake.errors import PhoneNumberError
from intake.models import ConsultationRequest, Patient
from intake.phones import read_phone
from intake.search_keys import email_key, name_key
from notifications.models import Channel
from notifications.outbox import Address

SUBJECT = "intake.request"
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
        .order_by("-created_at")
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
    calls = DeskTask.objects.filter(
        subject_ref=subject_of(request), kind=DeskTask.Kind.CALL_BACK, closed_at=None
    ).order_by("due_at")
    return calls.values_list("due_at", flat=True).first()


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
    return ConsultationRequest.objects.filter(request_search(term)).order_by("-created_at")


def patients_sharing(*, phone: str, email: str) -> list[Patient]:
    """Patients with this number or this e-mail address, oldest first, at most MOST_NEAR."""
    shared = Q(pk__in=())
    if phone:
        shared |= Q(phone=phone)
    if email:
        shared |= Q(email_search=email_key(email))
    return list(Patient.objects.filter(shared).order_by("created_at")[:MOST_NEAR])


def same_person(near: list[Patient], *, name: str) -> Patient | None:
    """The one of those who share a contact that also has the same name, without case and accents."""
    wanted = name_key(name)
    return next((patient for patient in near if name_key(patient.name) == wanted), None)


def subject_of(request: ConsultationRequest) -> str:
    """How other desks name this request: `intake.request:<uuid>`."""
    return subject_ref(SUBJECT, request.pk)
