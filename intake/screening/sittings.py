"""The life of a sitting: opened, started, put off, sent. One transaction each; `saving` keeps the answers."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake import messages
from intake.errors import ScreeningClosedError
from intake.models import ConsultationRequest, Screening, ScreeningResponse
from intake.screening import flow, unasked
from intake.screening.findings import find
from intake.screening.standing_flags import bring_flags

RESUMABLE_FOR = dt.timedelta(days=7)
OPEN = (Screening.Status.INVITED, Screening.Status.IN_PROGRESS, Screening.Status.IN_PERSON)

Status = Screening.Status


def open_sitting(
    *, request: ConsultationRequest, pack: str = Screening.Pack.PRE_VISIT, anew: bool = False
) -> Screening | None:
    """The open sitting of this pack for a request, made when there is none.

    One that was finished, waived or left to the visit is given back too, unless `anew` asks for another one.
    None when screening is off, or not every questionnaire of the pack is signed.
    """
    if not ClinicProfile.current().screening_on or not flow.is_ready(pack, request.language):
        return None
    standing = request.screenings.filter(pack=pack)
    if anew:
        standing = standing.filter(status__in=OPEN)
    found = standing.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Screening.objects.create(
                request=request, patient=request.patient, pack=pack, language=request.language
            )
    except IntegrityError:  # two at once: the other one made it
        return standing.first()


def send(*, request: ConsultationRequest, pack: str) -> tuple[Screening, int] | None:
    """Staff send a pack: an open sitting, and its link by the channels the person agreed to.

    Returns the sitting and how many letters go out; None as `open_sitting()`.
    """
    with transaction.atomic():
        opened = open_sitting(request=request, pack=pack, anew=True)
        if opened is None:
            return None
        letters = messages.questions_sent(opened)
        row = keep_open(screening=opened)
        row.sent_at = timezone.now()
        row.save(update_fields=["sent_at", "updated_at"])
    return row, len(letters)


def keep_open(*, screening: Screening) -> Screening:
    """The link takes answers for seven more days from now; what was answered stays. Idempotent.

    Raises ScreeningClosedError when it was waived.
    """
    with transaction.atomic():
        row = locked(screening)
        if row.status == Status.WAIVED:
            raise ScreeningClosedError("These questions were waived. Send them again if they are needed.")
        if row.status == Status.IN_PERSON:
            row.status = Status.IN_PROGRESS if row.started_at else Status.INVITED
        if row.resumable_until is not None:
            row.resumable_until = max(row.resumable_until, timezone.now() + RESUMABLE_FOR)
        row.save(update_fields=["status", "resumable_until", "updated_at"])
    return row


def start(
    *, screening: Screening, mode: str = Screening.Mode.WEB, by: User | None = None, language: str = ""
) -> Screening:
    """Begin to answer: the versions in use now are pinned. Idempotent; putting it off is taken back.

    `language`: the one the person reads now, if that is known.

    Raises ScreeningClosedError when it was finished or waived.
    """
    with transaction.atomic():
        row = locked(screening)
        if row.status not in OPEN:
            raise ScreeningClosedError("These questions are closed. Call us if you want to change something.")
        now = timezone.now()
        _turn_to(row, language or row.language, now)
        row.status = Status.IN_PROGRESS
        row.started_at = row.started_at or now
        row.resumable_until = row.resumable_until or now + RESUMABLE_FOR
        row.mode = mode
        row.entered_by = by or row.entered_by
        row.save()
    return row


def _turn_to(row: Screening, language: str, now: dt.datetime) -> None:
    """The caller saves the row."""
    is_change = row.language != language
    if is_change:
        row.language, row.english_only = language, ""
    _pin(row, now)
    if is_change:
        unasked.ask_for_interpreter_again(row)


def _pin(row: Screening, now: dt.datetime) -> None:
    """A response for each questionnaire, in the person's language where it exists. What was begun keeps its words."""
    standing = {one.questionnaire.instrument: one for one in row.responses.select_related("questionnaire")}
    wanted = (*flow.PACKS[row.pack], *(name for name in standing if name == flow.FOLLOW_UP))
    for questionnaire in flow.published(wanted, row.language):
        one = standing.get(questionnaire.instrument)
        if one is None:
            ScreeningResponse.objects.create(screening=row, questionnaire=questionnaire)
        elif one.revision == 0 and one.questionnaire.language != questionnaire.language:
            one.questionnaire, one.status = questionnaire, ScreeningResponse.Status.IN_PROGRESS
            one.save(update_fields=["questionnaire", "status", "updated_at"])
            bring_flags(row, one, find(one, one.answers, finished=False), now=now)
    unasked.mark_untouched(row, now=now)


def speak(*, screening: Screening, language: str) -> Screening:
    """From now on in this language: what was begun keeps its words, what was not is asked in this one where that exists."""
    with transaction.atomic():
        row = locked(screening)
        if row.status == Status.IN_PROGRESS and row.language != language:
            _turn_to(row, language, timezone.now())
            row.save(update_fields=["language", "english_only", "updated_at"])
            if row.asks_english:
                unasked.no_interpreter(row, outcome="They read English now")
    return row


def open_follow_up(*, screening: Screening) -> ScreeningResponse | None:
    """The follow-up questions of a positive item 9, in the version in use. Inside a transaction only."""
    for questionnaire in flow.published((flow.FOLLOW_UP,), screening.language):
        standing = screening.responses.filter(questionnaire__instrument=flow.FOLLOW_UP).first()
        if standing is not None:
            return standing
        opened = ScreeningResponse.objects.create(screening=screening, questionnaire=questionnaire)
        unasked.mark_untouched(screening, now=timezone.now())
        return opened
    return None


def tell_in_person(*, screening: Screening) -> Screening:
    """Leave the questions to the visit. What was answered stays."""
    with transaction.atomic():
        row = locked(screening)
        if row.status in OPEN:
            row.status = Status.IN_PERSON
            row.save(update_fields=["status", "updated_at"])
    return row


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """What we ask before the first question, so that a person can be found and helped."""

    urgent_phone: str
    whereabouts: str
    emergency_contact: Mapping[str, str]


def keep_whereabouts(*, screening: Screening, said: Whereabouts) -> Screening:
    """Keep where to call and where the person is, over what stood there; what is empty takes nothing away."""
    with transaction.atomic():
        row = locked(screening)
        row.urgent_phone, row.whereabouts = said.urgent_phone, said.whereabouts or row.whereabouts
        row.emergency_contact = dict(said.emergency_contact) or row.emergency_contact
        row.save()
    return row


def known_date_of_birth(screening: Screening) -> dt.date | None:
    """What a date is checked against: the patient's own if staff have one, else as first given."""
    own: dt.date | None = screening.patient.date_of_birth
    given: dt.date | None = screening.date_of_birth
    return own or given


def age_on(day: dt.date, born: dt.date) -> int:
    """Whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def waive(*, screening: Screening, by: User, reason: str) -> Screening:
    """A clinician does without the answers, and says why. Raises ScreeningClosedError when they were sent."""
    with transaction.atomic():
        row = locked(screening)
        if row.status not in OPEN:
            raise ScreeningClosedError("These questions were sent or waived already.")
        row.status, row.waived_by, row.waive_reason = Status.WAIVED, by, reason[:200]
        row.save()
    return row


def confirm_date_of_birth(*, screening: Screening, by: User) -> Screening:
    """Staff checked the date with the person: it becomes the patient's, and links may show answers back."""
    with transaction.atomic():
        row = locked(screening)
        row.dob_confirmed_at, row.dob_confirmed_by = timezone.now(), by
        row.save()
        if row.date_of_birth and not row.patient.date_of_birth:
            row.patient.date_of_birth = row.date_of_birth
            row.patient.save(update_fields=["date_of_birth", "updated_at"])
    return row


def is_resumable(screening: Screening, now: dt.datetime) -> bool:
    """Whether answers can still be given or changed by link."""
    if screening.status == Status.WAIVED:
        return False
    return screening.resumable_until is None or now < screening.resumable_until


def screening_by_id(screening_id: uuid.UUID) -> Screening:
    """With its request and patient. Raises Screening.DoesNotExist."""
    return Screening.objects.select_related("request", "patient").get(pk=screening_id)


def locked(screening: Screening) -> Screening:
    """The row as it is now, held until the transaction ends."""
    return Screening.objects.select_for_update(of=("self",)).select_related("request", "patient").get(pk=screening.pk)
