"""What comes next in a sitting: its parts, its questions one by one, and how far the person is.

The order is fixed by the pack. The follow-up questions of a positive item 9 come right after it.
"""

import hashlib
import logging
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F

from clinic.languages import ENGLISH
from intake.models import Questionnaire, Screening, ScreeningResponse
from intake.screening.cries import ITEM_NINE, NOT_AT_ALL, YES
from intake.screening.items import Entry, Question, asked, questions

Pack = Screening.Pack
PACKS: dict[str, tuple[str, ...]] = {
    Pack.PRE_VISIT: ("PHQ-9", "GAD-7", "STOP-ITEMS", "MEDICINES"),
    Pack.SECOND: ("HISTORY", "PC-PTSD-5", "AUDIT-C", "DRUG-1"),
    Pack.REPEAT: ("PHQ-9", "GAD-7"),
}
FOLLOW_UP = "ASQ"
NOT_SCREENED = ScreeningResponse.Status.NOT_SCREENED
KEY_LENGTH = 12
ENOUGH_TO_MEASURE = 20
NEWEST_MEASURED = 200
SECONDS_A_QUESTION = 12  # until enough sittings of this clinic were measured
OPEN_TAB_MINUTES = 120  # longer than that somebody went away in between
logger = logging.getLogger(__name__)


def is_item_nine(question: Question) -> bool:
    """Whether this is PHQ-9's question about thoughts of death or self-harm."""
    codes = {code.get("code") for code in question.item.get("code", ())}
    return ITEM_NINE in codes or question.link_id.endswith(ITEM_NINE)


def is_positive(entry: Entry | None) -> bool:
    """Any answer to item 9 but "Not at all"."""
    answers = entry.get("answers", ()) if entry else ()
    return any(answer.get("valueCoding", {}).get("code") != NOT_AT_ALL for answer in answers)


def is_yes(entry: Entry | None) -> bool:
    """A yes to one of the follow-up questions."""
    answers = entry.get("answers", ()) if entry else ()
    return any(answer.get("valueCoding", {}).get("code") == YES for answer in answers)


@dataclass(frozen=True)
class Step:
    """One question of one response."""

    response: ScreeningResponse
    question: Question

    @property
    def key(self) -> str:
        """What stands in the address: tells nothing about the question."""
        name = f"{self.response.pk}|{self.question.link_id}"
        return hashlib.sha256(name.encode()).hexdigest()[:KEY_LENGTH]

    @property
    def entry(self) -> Entry | None:
        """What was kept; None when the question was not answered or left empty yet."""
        found: Entry | None = self.response.answers.get(self.question.link_id)
        return found

    @property
    def language(self) -> str:
        """Of the question's words."""
        return str(self.response.questionnaire.language)

    @property
    def is_follow_up(self) -> bool:
        """One of the questions after a positive item 9."""
        return self.response.questionnaire.instrument == FOLLOW_UP


@dataclass(frozen=True)
class Place:
    """Where a question stands. `total` only where no answer can change it."""

    part: int
    parts: int
    number: int
    total: int | None


class Sitting:
    """A screening with its responses, as read from the database now.

    What waits for an interpreter is asked only of who chose English after all; with `by_staff` it is asked too.
    """

    def __init__(self, screening: Screening, *, by_staff: bool = False) -> None:
        self.screening, self.by_staff = screening, by_staff
        order = (*PACKS[screening.pack], FOLLOW_UP)
        found = screening.responses.select_related("questionnaire")
        self.every = sorted(found, key=lambda response: _place(order, response.questionnaire.instrument))
        asks_all = by_staff or screening.asks_english
        self.responses = [one for one in self.every if asks_all or one.status != NOT_SCREENED]

    @property
    def has_unasked(self) -> bool:
        """Whether something waits for an interpreter."""
        return any(one.status == NOT_SCREENED for one in self.every)

    @property
    def needs_choice(self) -> bool:
        """Whether the person is still to say how they want to be asked what exists only in English."""
        return (
            self.has_unasked
            and not self.by_staff
            and not self.screening.english_only
            and not self.screening.asks_english
        )

    @cached_property
    def steps(self) -> list[Step]:
        """Every question asked of this person, given the answers so far, in order."""
        follow_ups = [step for response in self.responses for step in _steps(response) if step.is_follow_up]
        found: list[Step] = []
        for response in self.responses:
            if response.questionnaire.instrument == FOLLOW_UP:
                continue
            for step in _steps(response):
                found.append(step)
                if is_item_nine(step.question) and self.asks_follow_up(step, follow_ups):
                    found += follow_ups
        return found

    @staticmethod
    def asks_follow_up(item_nine: Step, follow_ups: Sequence[Step]) -> bool:
        """After a positive answer; and what was answered once stays, whatever item 9 says later."""
        return is_positive(item_nine.entry) or any(step.entry for step in follow_ups)

    def step(self, key: str) -> Step | None:
        """The question of an address; None when there is none or it is not asked."""
        return next((step for step in self.steps if step.key == key), None)

    def unasked(self, key: str) -> Step | None:
        """A question that another tab's answer took away: what was typed there is kept all the same."""
        return next((step for step in self.every_step() if step.key == key), None)

    def every_step(self) -> Iterator[Step]:
        """Every question of the sitting, whether it is asked of this person or not."""
        for response in self.every:
            for question in questions(response.questionnaire.definition):
                yield Step(response, question)

    def part(self, step: Step) -> list[Step]:
        """The questions of the same questionnaire, for the whole list on one page."""
        return [other for other in self.steps if other.response.pk == step.response.pk]

    def after(self, step: Step) -> Step | None:
        """The question after this one; None when it was the last."""
        place = self.steps.index(step)
        return self.steps[place + 1] if place + 1 < len(self.steps) else None

    def before(self, step: Step) -> Step | None:
        """The question before this one; None when it is the first."""
        place = self.steps.index(step)
        return self.steps[place - 1] if place else None

    def first_open(self, start: int = 0) -> Step | None:
        """The first question that was not seen yet."""
        return next((step for step in self.steps[start:] if step.entry is None), None)

    def place(self, step: Step) -> Place:
        """For "Part 1 of 4, question 3 of 10"."""
        own = self.part(step)
        mains = [r for r in self.responses if r.questionnaire.instrument != FOLLOW_UP]
        leading = next(r for r in self.responses if r.questionnaire.instrument != FOLLOW_UP)
        part = mains.index(leading if step.is_follow_up else step.response) + 1
        is_fixed = not any(q.conditions for q in questions(step.response.questionnaire.definition))
        return Place(part, len(mains), own.index(step) + 1, len(own) if is_fixed else None)


def _place(order: Sequence[str], instrument: str) -> int:
    return order.index(instrument) if instrument in order else len(order)


def is_complete(response: ScreeningResponse) -> bool:
    """Whether every question that is asked of this questionnaire was seen."""
    return all(step.entry is not None for step in _steps(response))


def _steps(response: ScreeningResponse) -> list[Step]:
    found = questions(response.questionnaire.definition)
    try:
        applying = asked(found, response.answers)
    except Exception:  # a condition that cannot be read: one question too many, rather than a page that is gone
        logger.exception("conditions cannot be read", extra={"check": response.questionnaire.instrument})
        applying = found
    return [Step(response, question) for question in applying]


def published(instruments: Sequence[str], language: str) -> list[Questionnaire]:
    """The signed versions in use of these instruments, in this order; English where there is no translation."""
    found: dict[str, Questionnaire] = {}
    rows = Questionnaire.objects.filter(
        status=Questionnaire.Status.PUBLISHED, instrument__in=instruments, language__in={language, ENGLISH}
    )
    for row in rows:
        if row.instrument not in found or row.language == language:
            found[row.instrument] = row
    return [found[name] for name in instruments if name in found]


def is_ready(pack: str, language: str = "en") -> bool:
    """Whether every questionnaire of a pack is signed and in use."""
    wanted = PACKS[pack] + ((FOLLOW_UP,) if "PHQ-9" in PACKS[pack] else ())
    return len(published(wanted, language)) == len(wanted)


def minutes_for(pack: str, language: str = "en") -> int:
    """How long a pack takes: the median of this clinic's newest sittings, else by the number of questions."""
    spans = (
        Screening.objects.filter(pack=pack, mode=Screening.Mode.WEB, status=Screening.Status.COMPLETED)
        .exclude(started_at=None)
        .order_by("-completed_at", "-pk")
        .annotate(span=F("completed_at") - F("started_at"))
        .values_list("span", flat=True)[:NEWEST_MEASURED]
    )
    minutes = [span.total_seconds() / 60 for span in spans]
    minutes = [span for span in minutes if span <= OPEN_TAB_MINUTES]
    if len(minutes) >= ENOUGH_TO_MEASURE:
        return max(1, int(statistics.median(minutes) + 0.5))
    count = sum(len(questions(row.definition)) for row in published(PACKS[pack], language))
    return max(1, round(count * SECONDS_A_QUESTION / 60))
