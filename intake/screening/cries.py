"""Item 9 and the follow-up questions, read from codes alone: what a cry for help is, whatever else cannot be read.

No rule of a definition, no score, no `enableWhen` is looked at, so that none of them can stand in the way.
The levels are clinical.md 3.2. The rules of a definition may ask for somebody sooner, never later.
"""

from collections.abc import Iterator
from typing import Any

from intake.screening.clauses import Alert, Level
from intake.screening.items import Answers, Entry
from intake.screening.rules import DECLINED, NOT_ANSWERED, FlagFound

ITEM_NINE = "44260-8"  # LOINC
NOT_AT_ALL, SEVERAL_DAYS = "LA6568-5", "LA6569-3"
YES = "LA33-6"
ASQ_ALWAYS, ASQ_NOW = ("asq-1", "asq-2", "asq-3", "asq-4"), "asq-5"
PHQ9, ASQ = "PHQ-9", "ASQ"
ITEM_NINE_TRIGGER, ASQ_TRIGGER = "phq-9.item-9", "asq"
ITEM_NINE_WORDS = "Item 9: thoughts of being better off dead or of self-harm"
SAID = "Counted from the answer itself. A clinician calls."
NOT_SAID = "The safety question was not answered. That is not a no: ask."
SOURCE = "Clinic safety net"


def cries_for(instrument: str, answers: Answers) -> list[FlagFound]:
    """A flag with its alert for each answer that says somebody may be in danger."""
    return list({PHQ9: _item_nine, ASQ: _asq}.get(instrument, _none)(answers))


def silences_for(instrument: str, answers: Answers, *, finished: bool) -> list[FlagFound]:
    """The same for safety questions that were declined or left empty; once `finished`, also for those not seen."""
    if instrument == PHQ9:
        asked = [next((link_id for link_id in answers if _is_item_nine(link_id)), ITEM_NINE)]
    elif instrument == ASQ:
        asked = [*ASQ_ALWAYS, *([ASQ_NOW] if list(_asq(answers)) else [])]
    else:
        return []
    trigger = ITEM_NINE_TRIGGER if instrument == PHQ9 else ASQ_TRIGGER
    empty = [one for one in asked if not _codes(answers.get(one)) and (finished or one in answers)]
    return [_flag(Alert.URGENT_SAME_DAY, trigger, one, answers.get(one)) for one in empty]


def _none(_answers: Answers) -> Iterator[FlagFound]:
    return iter(())


def _item_nine(answers: Answers) -> Iterator[FlagFound]:
    for link_id, entry in answers.items():
        codes = _codes(entry) - {NOT_AT_ALL} if _is_item_nine(link_id) else set()
        if codes:
            alert = Alert.URGENT_SAME_DAY if codes == {SEVERAL_DAYS} else Alert.URGENT
            yield _flag(alert, ITEM_NINE_TRIGGER, link_id, entry)


def _asq(answers: Answers) -> Iterator[FlagFound]:
    for link_id, entry in answers.items():
        if YES in _codes(entry):
            alert = Alert.EMERGENCY if link_id == ASQ_NOW else Alert.URGENT_SAME_DAY
            yield _flag(alert, ASQ_TRIGGER, link_id, entry)


def _is_item_nine(link_id: str) -> bool:
    return link_id.endswith(ITEM_NINE)


def _codes(entry: Entry | None) -> set[str]:
    values: list[Any] = [value for answer in (entry or {}).get("answers", ()) for value in answer.values()]
    return {str(value.get("code", "")) if isinstance(value, dict) else str(value) for value in values}


def _flag(alert: Alert, trigger: str, link_id: str, entry: Entry | None) -> FlagFound:
    is_said = bool(_codes(entry))
    words = str((entry or {}).get("question") or (ITEM_NINE_WORDS if _is_item_nine(link_id) else link_id))
    shown = "; ".join((entry or {}).get("texts", ())) or (DECLINED if (entry or {}).get("absent") else NOT_ANSWERED)
    return FlagFound(
        level=Level.EMERGENCY if alert == Alert.EMERGENCY else Level.URGENT,
        code=f"{trigger}.{'answered' if is_said else 'unanswered'}.safety-net",
        question=words,
        answer=shown,
        reason=SAID if is_said else NOT_SAID,
        source=SOURCE,
        alert=alert,
        trigger=trigger,
    )
