"""Everything that one page says about one person, in a handful of queries."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from intake.models import ConsultationRequest, Flag, ResponseRevision, Review, SafetyItem, Screening
from intake.review.scores import Answered, Line, Scored, in_order, line_of, scored, with_english
from intake.review.trend import Trend, trend
from intake.reviews import digest_of
from intake.screening.findings import NOT_ASKED

Visit = tuple[dt.datetime, str]  # when it starts; how, with whom, where it stands
VisitLines = Callable[[list[uuid.UUID]], Mapping[uuid.UUID, Visit]]
ORDER = ("PHQ-9", "GAD-7", "PC-PTSD-5", "AUDIT-C", "DRUG-1", "ASQ")
TRENDS = ("PHQ-9", "GAD-7")
SITTING = (
    "pk",
    "request_id",
    "pack",
    "status",
    "mode",
    "language",
    "urgent_phone",
    "whereabouts",
    "emergency_contact",
    "dob_confirmed_at",
    "completed_at",
    "waive_reason",
)
RESPONSE = ("pk", "status", "revision", "answers", "completed_at", "updated_at")
QUESTIONNAIRE = ("instrument", "title", "version", "language", "definition")


@dataclass(frozen=True, kw_only=True)
class Section:
    """What is not scored: history, medicines."""

    answered: Answered
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One answer that changed after the sign-off."""

    question: str
    before: str
    after: str


@dataclass(kw_only=True)
class Sheet:
    """The page."""

    request: Any
    visit: Visit | None
    sittings: list[dict[str, Any]]
    flags: list[Flag]
    safety_items: list[SafetyItem]
    scores: list[Scored] = field(default_factory=list)
    trends: list[Trend] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    digest: str = ""
    unasked: list[Answered] = field(default_factory=list)
    english: dict[str, str] = field(default_factory=dict)  # of words that were shown in another language

    @property
    def age(self) -> int | None:
        """Whole years today; None when no date of birth is on file."""
        born: dt.date | None = self.request.patient.date_of_birth
        if born is None:
            return None
        today = timezone.now().date()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    @property
    def outcome(self) -> str:
        """The newest sign-off's word; empty before one."""
        code = self.request.review_outcome
        return str(Review.Outcome(code).label) if code else ""

    @property
    def newest(self) -> dict[str, Any] | None:
        """The sitting of this request that began last."""
        return next((one for one in self.sittings if one["request_id"] == self.request.pk), None)


def request_to_review(request_id: uuid.UUID) -> ConsultationRequest | None:
    """The request with its person and the newest sign-off, in one query."""
    newest = Review.objects.filter(request=OuterRef("pk")).order_by("-at", "-created_at", "-pk")
    named = {"review_at": "at", "review_outcome": "outcome", "review_note": "note", "review_is_current": "is_current"}
    by = {"review_first": "reviewed_by__first_name", "review_last": "reviewed_by__last_name"}
    return (
        ConsultationRequest.objects.select_related("patient")
        .annotate(**{name: Subquery(newest.values(column)[:1]) for name, column in {**named, **by}.items()})
        .filter(pk=request_id)
        .first()
    )


def sheet_of(request: Any, visit_lines: VisitLines) -> Sheet:
    """Gather. Six queries, one more when answers changed after the sign-off."""
    sittings, answered = _answered(request.patient_id)
    history: dict[str, list[Answered]] = {}
    for one in answered:
        history.setdefault(one.instrument, []).append(one)
    sheet = Sheet(
        request=request,
        visit=visit_lines([request.pk]).get(request.pk),
        sittings=sittings,
        flags=sorted(Flag.objects.filter(screening__patient=request.patient_id, is_live=True), key=_is_asked),
        unasked=[one for one in answered if one.is_unasked],
        english={shown: original for one in answered for shown, original in one.english.items()},
        safety_items=list(SafetyItem.objects.filter(patient=request.patient_id).select_related("owner", "closed_by")),
        scores=[scored(history[name]) for name in ORDER if name in history],
        trends=[trend(history[name]) for name in TRENDS if name in history],
        sections=[_section(found[0]) for name, found in history.items() if name not in ORDER],
        digest=digest_of((one.response_id, one.revision) for one in answered),
    )
    if request.review_at is not None and not request.review_is_current:
        sheet.changes = _changes(request.review_at, answered)
    return sheet


def _answered(patient_id: uuid.UUID) -> tuple[list[dict[str, Any]], list[Answered]]:
    """The sittings and what they answered, newest first: one query for both."""
    names = [
        *SITTING,
        *(f"responses__{name}" for name in RESPONSE),
        *(f"responses__questionnaire__{name}" for name in QUESTIONNAIRE),
    ]
    rows = Screening.objects.filter(patient=patient_id).order_by("-created_at", "responses__created_at").values(*names)
    sittings = {row["pk"]: {name: row[name] for name in SITTING} for row in rows}
    answered = [_read(row) for row in rows if row["responses__pk"] is not None]
    return list(sittings.values()), sorted(answered, key=lambda one: one.at, reverse=True)


def _read(row: Mapping[str, Any]) -> Answered:
    asked = "responses__questionnaire__"
    return Answered(
        response_id=row["responses__pk"],
        request_id=row["request_id"],
        instrument=row[f"{asked}instrument"],
        title=row[f"{asked}title"],
        version=row[f"{asked}version"],
        language=row[f"{asked}language"],
        mode=Screening.Mode(row["mode"]).label,
        status=row["responses__status"],
        revision=row["responses__revision"],
        at=row["responses__completed_at"] or row["responses__updated_at"],
        answers=row["responses__answers"] or {},
        definition=row[f"{asked}definition"] or {},
    )


def _section(answered: Answered) -> Section:
    lines = [with_english(line_of(entry), answered.english) for _link_id, entry in in_order(answered)]
    return Section(answered=answered, lines=lines)


def _is_asked(flag: Flag) -> bool:
    """What was never asked stands before every answer."""
    return bool(flag.code != NOT_ASKED)


def _changes(since: dt.datetime, answered: list[Answered]) -> list[Changed]:
    """What stands differently now from how it was signed."""
    kept = ResponseRevision.objects.filter(response__in=[one.response_id for one in answered]).order_by("revision")
    signed: dict[uuid.UUID, Mapping[str, Any]] = {}
    for row in kept:
        if row.created_at <= since:
            signed[row.response_id] = row.answers
    found = []
    for one in answered:
        before = signed.get(one.response_id, {})
        for link_id, entry in one.answers.items():
            old, new = (_words(before[link_id]) if link_id in before else "Not asked"), _words(entry)
            if old != new:
                found.append(Changed(question=str(entry.get("question", "")), before=old, after=new))
    return found


def _words(entry: Mapping[str, Any]) -> str:
    line = line_of(entry)
    return line.answer or "; ".join(", ".join(filter(None, row)) for row in line.rows)
