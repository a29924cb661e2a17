"""What a person chose about questions that exist only in English: to answer them so, or to be asked with an interpreter."""

from django.db import transaction
from django.utils import timezone

from clinic.languages import ENGLISH
from intake.models import Screening, ScreeningResponse
from intake.screening import flow, sittings, unasked
from intake.screening.consequences import facts_of

THEY_ANSWER = "They answer in English"


def choose_interpreter(*, screening: Screening, language: str) -> Screening:
    """They are asked with an interpreter; what was begun in English and is not complete waits too.

    Answers that were given stay, and whatever they set off.
    """
    sittings.speak(screening=screening, language=language)
    with transaction.atomic():
        row = sittings.locked(screening)
        if row.status != Screening.Status.IN_PROGRESS or row.language == ENGLISH:
            return row
        row.english_only = Screening.EnglishOnly.INTERPRETER
        row.save(update_fields=["english_only", "updated_at"])
        sitting, now = flow.Sitting(row, by_staff=True), timezone.now()
        for response in sitting.every:
            is_open = response.status == ScreeningResponse.Status.IN_PROGRESS
            if is_open and unasked.is_foreign(row, response) and not flow.is_complete(response):
                unasked.mark(row, response, now=now, facts=facts_of(row))
        if flow.Sitting(row).has_unasked:
            unasked.ask_for_interpreter(row)
        if not flow.Sitting(row).responses:  # nothing is left that this page could ask
            row = sittings.tell_in_person(screening=row)
    return row


def choose_english(*, screening: Screening) -> Screening:
    """They answer in English. Each questionnaire stays marked until its first answer."""
    with transaction.atomic():
        row = sittings.locked(screening)
        if row.status in sittings.OPEN:
            row.english_only = Screening.EnglishOnly.ANSWERS
            row.save(update_fields=["english_only", "updated_at"])
            unasked.no_interpreter(row, outcome=THEY_ANSWER)
    return row
