"""What an answer sets off, in the transaction that keeps it: flags, the follow-up questions, somebody being called."""

import datetime as dt

from django.utils import timezone

from clinic.models import ClinicProfile, User
from intake.models import Screening, ScreeningResponse
from intake.safety import raise_item
from intake.screening import sittings
from intake.screening.cries import ITEM_NINE
from intake.screening.findings import find
from intake.screening.flow import is_positive
from intake.screening.items import Answers
from intake.screening.rules import Facts, SafetyTrigger
from intake.screening.standing_flags import bring_flags


def draw_consequences(
    screening: Screening,
    response: ScreeningResponse,
    *,
    before: Answers,
    was_unasked: bool,
    now: dt.datetime,
    by: User | None,
) -> bool:
    """Bring flags up to the answers as they are, and raise what they newly call for. True when somebody is told.

    `was_unasked`: it waited for an interpreter until now, and nobody was told of what was empty in it.
    """
    is_finished = response.status != ScreeningResponse.Status.IN_PROGRESS
    known = find(response, before, finished=is_finished and not was_unasked).triggers
    if any(link_id.endswith(ITEM_NINE) and is_positive(entry) for link_id, entry in response.answers.items()):
        sittings.open_follow_up(screening=screening)
    return _draw(screening, response, known, is_finished=is_finished, now=now, by=by)


def draw_consequences_of_sending(screening: Screening, response: ScreeningResponse, *, now: dt.datetime) -> bool:
    """The same once nothing more is answered: what was left empty counts from now on."""
    known = find(response, response.answers, finished=False).triggers
    return _draw(screening, response, known, is_finished=True, now=now, by=None)


def _draw(
    screening: Screening,
    response: ScreeningResponse,
    known: list[SafetyTrigger],
    *,
    is_finished: bool,
    now: dt.datetime,
    by: User | None,
) -> bool:
    """Who must be called first, then the flags. A rule that cannot be applied stops neither."""
    found = find(response, response.answers, finished=is_finished, facts=facts_of(screening))
    raised = [trigger for trigger in found.triggers if trigger not in known]
    for trigger in raised:
        raise_item(
            patient=screening.patient,
            request=screening.request,
            screening=screening,
            level=int(trigger.level),
            trigger=trigger.code,
            detail={"question": trigger.question, "answer": trigger.answer},
            answered_at=now,
            by=by,
            now=now,
        )
    bring_flags(screening, response, found, now=now)
    return bool(raised)


def facts_of(screening: Screening) -> Facts:
    """What rules may need beside the answers."""
    today = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
    born = sittings.known_date_of_birth(screening)
    return Facts(age=sittings.age_on(today, born) if born else None, on=today)
