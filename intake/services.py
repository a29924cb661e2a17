"""The front doors for writing at the intake desk: one transaction each, no network inside."""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic.desk_tasks import close_tasks, open_task
from clinic.hours import answer_promised_by
from clinic.models import ClinicProfile, DeskTask, User
from intake import messages, selectors
from intake.consultation import Consultation, Evidence
from intake.errors import FormUsedError, NoPhoneError, PhoneKnownError, TooManyFormsError
from intake.matches import decide_match, point_out, tell_apart
from intake.models import ConsultationRequest, Patient
from intake.phones import read_phone
from intake.screening_offers import ScreeningOffer, open_screening, open_screenings, screening_offers
from notifications import consent, outbox
from notifications.models import Channel, Consent

__all__ = (
    "Consultation",
    "Evidence",
    "ScreeningOffer",
    "add_phone",
    "ask_for_call",
    "close_request",
    "decide_match",
    "open_screening",
    "open_screenings",
    "register_by_phone",
    "screening_offers",
    "stop_waiting",
    "submit_consultation",
)

REFERENCE_LETTERS = "CDFGHJKMNPQRTVWXY34679"  # nothing that sounds or looks like another, no vowels: no words
REFERENCE_LENGTH = 6
TRIES = 5
DAY = dt.timedelta(days=1)


def submit_consultation(
    consultation: Consultation, *, evidence: Evidence, admit: Callable[[], bool] = lambda: True
) -> ConsultationRequest:
    """Keep a sent form: patient, request, a consent for each ticked box, the answer to the person.

    A replay returns the request that stands: the same form key, or the same browser with the same
    words today or yesterday while that request is open (two tabs). Raises FormUsedError when the
    form key was used with other words. All or nothing; two at once make one request, because the
    database holds the keys unique. `admit` is asked inside the transaction, once the form is known
    to be a new one, so that a replay is never counted; when it says no: TooManyFormsError.
    """
    for _attempt in range(TRIES):
        standing = _standing(consultation, evidence)
        if standing is not None:
            return standing
        try:
            with transaction.atomic():
                return _keep(consultation, evidence, admit)
        except IntegrityError as error:  # another sent it meanwhile, or the reference is taken
            failure = error
    raise failure


def register_by_phone(
    consultation: Consultation,
    *,
    by: User,
    said: Mapping[Channel, str],
    patient: Patient | None = None,
    page: str = "",
    lead_on: bool = False,
) -> ConsultationRequest:
    """Keep what somebody told a member of staff on the phone; staff say who it is, or that it is a new person.

    The same rules as for a sent form: the patient stays unchanged, and each ticked box is a consent of its
    own, with the wording that was read aloud and, as evidence, what the person `said`. They are on the phone,
    so no letter goes out unless it should `lead_on` to a time or a call. A replay of the form key returns the
    request; with other words: FormUsedError.
    """
    standing = _standing(consultation, Evidence())
    if standing is not None:
        return standing
    profile = ClinicProfile.current()
    with transaction.atomic():
        near = [] if patient else selectors.patients_sharing(phone=consultation.phone, email=consultation.email)
        request = _make_request(consultation, Evidence(), profile, patient or _make_patient(consultation))
        tell_apart(near, request, by)
        for channel, address in consultation.ticked():
            consent.grant(
                channel=channel,
                address=address,
                wording=consent.spoken_wording_for(channel, profile),
                source=Consent.Source.STAFF,
                page=page,
                subject_ref=selectors.subject_of(request),
                language=consultation.language,
                actor=by,
                evidence=f"Said: {said[channel]}",
            )
        if lead_on:
            _lead_on(request)
    return request


def close_request(*, request: ConsultationRequest, reason: str, by: User | None = None) -> ConsultationRequest:
    """Close a request once, with its promised call and what still waits to be sent about it.

    Idempotent: the first reason stands.
    """
    now = timezone.now()
    with transaction.atomic():
        closed = ConsultationRequest.objects.filter(pk=request.pk, status=ConsultationRequest.Status.OPEN).update(
            status=ConsultationRequest.Status.CLOSED,
            closed_at=now,
            closed_by=by,
            close_reason=reason[:200],
            updated_at=now,
        )
        if closed:
            stop_waiting(request=request, reason="Request closed", by=by)
    request.refresh_from_db()
    return request


def stop_waiting(*, request: ConsultationRequest, reason: str, by: User | None = None) -> None:
    """Close the promised call and take back the letter that still asks for a time. Inside a transaction only."""
    subject = selectors.subject_of(request)
    outbox.withdraw(subject_ref=subject, kinds=[messages.REQUEST_RECEIVED.name], reason=reason)
    close_tasks(subject_ref=subject, kind=DeskTask.Kind.CALL_BACK, outcome=reason, by=by)


def add_phone(*, request: ConsultationRequest, phone: str) -> ConsultationRequest:
    """Give a request that has none a number to call, in any format; the patient stays unchanged.

    Raises PhoneNumberError, or PhoneKnownError when another number stands there.
    """
    given = read_phone(phone)
    ConsultationRequest.objects.filter(pk=request.pk, phone="").update(
        phone=given.number, phone_extension=given.extension, updated_at=timezone.now()
    )
    request.refresh_from_db()
    if (str(request.phone), request.phone_extension) != (given.number, given.extension):
        raise PhoneKnownError(_("We have another number for you already. Call us to change it."))
    return request


def ask_for_call(*, request: ConsultationRequest, now: dt.datetime | None = None) -> dt.datetime:
    """Put the call on the desk and return by when we will have called (UTC); asked twice, one call.

    Raises NoPhoneError.
    """
    if not request.phone:
        raise NoPhoneError(_("Give us a phone number so that we can call you."))
    promised = selectors.promised_call(request)
    if promised is not None:
        return promised
    subject = selectors.subject_of(request)
    earlier = DeskTask.objects.filter(subject_ref=subject, kind=DeskTask.Kind.CALL_BACK).count()
    return open_task(
        kind=DeskTask.Kind.CALL_BACK,
        title=f"Call back about request {request.reference}",
        subject_ref=subject,
        due_at=answer_promised_by(ClinicProfile.current(), now=now),
        dedupe_key=f"{subject}|call_back|{earlier}",
    ).due_at


def _standing(consultation: Consultation, evidence: Evidence) -> ConsultationRequest | None:
    request = selectors.request_sent_with(consultation.form_key)
    if request is not None:
        if request.form_digest != consultation.digest():
            raise FormUsedError(request)
        return request
    if not evidence.sender:
        return None
    today = timezone.now().date()
    days = (today, today - DAY)
    return selectors.open_request_from([_sender_digest(consultation, evidence, day) for day in days])


def _sender_digest(consultation: Consultation, evidence: Evidence, day: dt.date) -> str:
    return consultation.digest_from(evidence.sender, day.isoformat()) if evidence.sender else ""


def _keep(consultation: Consultation, evidence: Evidence, admit: Callable[[], bool]) -> ConsultationRequest:
    profile = ClinicProfile.current()
    near = selectors.patients_sharing(phone=consultation.phone, email=consultation.email)
    known = selectors.same_person(near, name=consultation.name)
    request = _make_request(consultation, evidence, profile, known or _make_patient(consultation))
    if not admit():
        raise TooManyFormsError("We have had too many requests.")
    if known is None and near:
        point_out(near, request)
    with translation.override(consultation.language):
        wordings = {channel: consent.wording_for(channel, profile) for channel, _address in consultation.ticked()}
    for channel, address in consultation.ticked():
        consent.grant(
            channel=channel,
            address=address,
            wording=wordings[channel],
            source=Consent.Source.WEB_FORM,
            page=evidence.page,
            ip=evidence.ip,
            user_agent=evidence.user_agent,
            subject_ref=selectors.subject_of(request),
            language=consultation.language,
            box_was_unticked=True,
        )
    _lead_on(request)
    return request


def _lead_on(request: ConsultationRequest) -> None:
    """The letter with the way to a time; a call where nothing can be sent: no box ticked, or STOP from that phone."""
    if not messages.request_received(request) and request.phone:
        ask_for_call(request=request)


def _make_patient(consultation: Consultation) -> Patient:
    return Patient.objects.create(
        name=consultation.name,
        email=consultation.email,
        phone=consultation.phone,
        language=consultation.language,
    )


def _make_request(
    consultation: Consultation, evidence: Evidence, profile: ClinicProfile, patient: Patient
) -> ConsultationRequest:
    return ConsultationRequest.objects.create(
        patient=patient,
        reference="".join(secrets.choice(REFERENCE_LETTERS) for _letter in range(REFERENCE_LENGTH)),
        for_whom=consultation.for_whom,
        state=consultation.state,
        name=consultation.name,
        email=consultation.email,
        phone=consultation.phone,
        phone_extension=consultation.phone_extension,
        help_with=list(consultation.help_with),
        message=consultation.message,
        best_time=consultation.best_time,
        voicemail_ok=consultation.voicemail_ok,
        is_discreet=consultation.discreet,
        language=consultation.language,
        source=consultation.source,
        answer_promised_by=answer_promised_by(profile),
        form_key=consultation.form_key,
        form_digest=consultation.digest(),
        sender_digest=_sender_digest(consultation, evidence, timezone.now().date()),
    )
