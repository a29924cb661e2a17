"""Who waits for a clinician to read: everyone unread or owed a call, then the coming visits."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from intake.models import ConsultationRequest, FlagLevel, Review, SafetyItem, Screening
from intake.review.sheet import Visit, VisitLines
from intake.selectors import ScreeningState, screening_states

Coming = Callable[..., list[uuid.UUID]]
TO_READ = (Screening.Status.IN_PROGRESS, Screening.Status.COMPLETED, Screening.Status.IN_PERSON)
MOST = 200
COMING = 50


@dataclass(frozen=True, kw_only=True)
class Row:
    """One request on the list."""

    request: ConsultationRequest
    state: ScreeningState
    visit: Visit | None

    @property
    def level(self) -> str:
        """The highest flag in words."""
        highest = self.state.highest_level
        return "" if highest is None else str(FlagLevel(highest).label)

    @property
    def progress(self) -> str:
        """How far the screening is; and that some of it was not asked for want of an interpreter."""
        label = str(Screening.Status(self.state.status).label) if self.state.status else "Not asked"
        return f"{label}. Not screened, interpreter" if self.state.needs_interpreter else label

    @property
    def word(self) -> str:
        """The clinician's word for the desk."""
        return str(Review.Outcome(self.state.review_outcome).label) if self.state.review_outcome else ""


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """Both parts of the page; nobody stands in both."""

    to_read: list[Row]
    coming: list[Row]


def worklist(now: dt.datetime, visits: VisitLines, coming: Coming) -> Worklist:
    """Eight queries, however many wait."""
    sitting = Screening.objects.filter(request=OuterRef("pk"), status__in=TO_READ)
    read = Review.objects.filter(request=OuterRef("pk"), is_current=True)
    owed = SafetyItem.objects.filter(patient=OuterRef("patient")).exclude(state=SafetyItem.State.CLOSED)
    wanted = (Q(Exists(sitting)) & ~Q(Exists(read))) | Q(Exists(owed))
    unread = [
        found.pk for found in ConsultationRequest.objects.filter(wanted).order_by("created_at", "pk").only("pk")[:MOST]
    ]
    ahead = [found for found in coming(now=now, limit=COMING) if found not in set(unread)]
    ids = [*unread, *ahead]
    states, lines = screening_states(ids), visits(ids)
    people = ConsultationRequest.objects.select_related("patient").in_bulk(ids)
    rows = {pk: Row(request=people[pk], state=states[pk], visit=lines.get(pk)) for pk in ids if pk in people}
    return Worklist(
        to_read=sorted((rows[pk] for pk in unread if pk in rows), key=_urgency),
        coming=[rows[pk] for pk in ahead if pk in rows],
    )


def _urgency(row: Row) -> tuple[bool, int, dt.datetime]:
    """Owed a call first, then by the highest flag, then who waits longest."""
    highest = row.state.highest_level
    return (not row.state.call_needed, -(highest if highest is not None else -1), row.request.created_at)
