"""What answers call for, whatever happens: the rules' flags; and where a rule cannot be applied, item 9 and a flag that says so.

An answer is never lost because of a rule: whoever saves asks here, and this never raises.
"""

import logging
from dataclasses import dataclass

from intake.models import ScreeningResponse
from intake.screening import cries, rules
from intake.screening.clauses import Level
from intake.screening.items import Answers

RULES_BROKEN = "rules.not-applied"
NOT_ASKED = "not-screened.interpreter"
ABOUT_DEATH = (cries.PHQ9, cries.ASQ)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Found:
    """`is_whole` is False when the rules could not be applied: then nothing may be concluded from what lacks."""

    flags: list[rules.FlagFound]
    is_whole: bool

    @property
    def triggers(self) -> list[rules.SafetyTrigger]:
        """Who must be called: one for each reason, the soonest."""
        return rules.soonest_triggers(self.flags)


def find(response: ScreeningResponse, answers: Answers, *, finished: bool, facts: rules.Facts | None = None) -> Found:
    """The flags of these answers to the response's questionnaire. Never raises."""
    instrument = response.questionnaire.instrument
    if response.status == ScreeningResponse.Status.NOT_SCREENED:  # what was not asked is not blank either
        found = _find(response, answers, finished=False, facts=facts)
        return Found(flags=[not_asked(instrument, response.questionnaire.title), *found.flags], is_whole=found.is_whole)
    return _find(response, answers, finished=finished, facts=facts)


def _find(response: ScreeningResponse, answers: Answers, *, finished: bool, facts: rules.Facts | None) -> Found:
    instrument, definition = response.questionnaire.instrument, response.questionnaire.definition
    cried = cries.cries_for(instrument, answers)
    try:
        flags = rules.flags_for(definition, answers, finished=finished, facts=facts)
    except Exception:
        logger.exception("rules cannot be applied to answers", extra={"check": instrument})
        silent = cries.silences_for(instrument, answers, finished=finished)
        return Found(flags=[*cried, *silent, _not_applied(response)], is_whole=False)
    return Found(flags=[*flags, *(one for one in cried if not _is_covered(one, flags))], is_whole=True)


def not_asked(instrument: str, title: str) -> rules.FlagFound:
    """Said of what exists only in English and was not put to somebody who speaks another language."""
    is_about_death = instrument in ABOUT_DEATH
    return rules.FlagFound(
        level=Level.REVIEW_STOP if is_about_death else Level.REVIEW,
        code=NOT_ASKED,
        question=title,
        answer="Not screened, interpreter",
        reason=(
            "NOT ASKED: thoughts of death or of self-harm. Ask that first, with an interpreter."
            if is_about_death
            else "Not asked, or not to the end: it exists only in English. Ask with an interpreter."
        ),
        source=cries.SOURCE,
    )


def _is_covered(cry: rules.FlagFound, flags: list[rules.FlagFound]) -> bool:
    alerts = [flag.alert for flag in flags if flag.trigger == cry.trigger and flag.alert is not None]
    return cry.alert is not None and any(alert >= cry.alert for alert in alerts)


def _not_applied(response: ScreeningResponse) -> rules.FlagFound:
    questionnaire = response.questionnaire
    return rules.FlagFound(
        level=Level.REVIEW,
        code=RULES_BROKEN,
        question=questionnaire.title,
        answer="See the answers",
        reason="The rules could not be applied: read every answer of this part yourself, and tell whoever runs the system.",
        source=f"{questionnaire.instrument} {questionnaire.version}",
    )
