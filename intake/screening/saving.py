"""The one door through which answers are kept: answers, history, flags and alarms in one transaction."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.models import User
from intake.models import ResponseRevision, Review, Screening, ScreeningResponse
from intake.screening.consequences import draw_consequences
from intake.screening.flow import is_complete
from intake.screening.items import Answers, Entry


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What one saving did. `raised` says that somebody is told now; `follow_up` that more is asked next."""

    response: ScreeningResponse
    changed: tuple[str, ...]
    raised: bool


def save_answers(
    *,
    screening: Screening,
    response: ScreeningResponse,
    answers: Mapping[str, Entry],
    actor: User | None = None,
    form_key: uuid.UUID | None = None,
) -> Saved:
    """Keep these entries, by linkId, over what stood there; the last one to come in wins.

    Nothing is removed: earlier versions stay as revisions, earlier flags as superseded ones. A page sent twice
    (the same `form_key` with the same answers) changes nothing. What a trigger raises is committed together
    with the answer. `actor` is the member of staff who enters them; None is the person.
    """
    with transaction.atomic():
        sitting = Screening.objects.select_for_update().get(pk=screening.pk)
        row = ScreeningResponse.objects.select_for_update(of=("self",)).select_related("questionnaire").get(
            pk=response.pk, screening=sitting
        )  # fmt: skip
        earlier = ResponseRevision.objects.filter(form_key=form_key).first() if form_key else None
        if earlier is not None and earlier.response_id == row.pk and _is_same(earlier.answers, answers):
            return Saved(response=row, changed=(), raised=False)
        now = timezone.now()
        before, unasked = row.answers, row.status == ScreeningResponse.Status.NOT_SCREENED
        new = {link_id: entry for link_id, entry in answers.items() if not _is_same(before, {link_id: entry})}
        if new:
            _keep(row, sitting, new, now)
            ResponseRevision.objects.create(
                response=row,
                revision=row.revision,
                answers=row.answers,
                changed=list(new),
                saved_by=actor,
                form_key=None if earlier else form_key,
            )
            Review.objects.filter(request=sitting.request_id, is_current=True).update(is_current=False, updated_at=now)
        sitting.last_saved_at = now
        sitting.save(update_fields=["last_saved_at", "updated_at"])
        raised = bool(new) and draw_consequences(sitting, row, before=before, was_unasked=unasked, now=now, by=actor)
    return Saved(response=row, changed=tuple(new), raised=raised)


def _plain(entry: Entry | None) -> dict[str, Any]:
    """An entry without its time."""
    return {name: _plain_rows(value) for name, value in (entry or {}).items() if name != "at"}


def _plain_rows(value: Any) -> Any:
    return [{name: _plain(cell) for name, cell in row.items()} for row in value] if _is_rows(value) else value


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(
        isinstance(row, dict) and all(isinstance(cell, dict) and "texts" in cell for cell in row.values())
        for row in value
    )  # fmt: skip


def _is_same(kept: Answers, sent: Answers) -> bool:
    return all(link_id in kept and _plain(kept[link_id]) == _plain(sent[link_id]) for link_id in sent)


def _keep(row: ScreeningResponse, sitting: Screening, answers: Mapping[str, Entry], now: dt.datetime) -> None:
    row.answers = {**row.answers, **{link_id: {**entry, "at": now.isoformat()} for link_id, entry in answers.items()}}
    row.revision += 1
    if row.status == ScreeningResponse.Status.NOT_SCREENED:
        row.status = _asked_after_all(row, sitting)
    elif row.status != ScreeningResponse.Status.IN_PROGRESS:
        row.status = ScreeningResponse.Status.AMENDED
    row.save(update_fields=["answers", "revision", "status", "updated_at"])


def _asked_after_all(row: ScreeningResponse, sitting: Screening) -> str:
    """Sending the answers makes what is left empty count. In a sitting that was sent the mark stays to the last answer."""
    if sitting.status != Screening.Status.COMPLETED:
        return ScreeningResponse.Status.IN_PROGRESS
    return ScreeningResponse.Status.AMENDED if is_complete(row) else ScreeningResponse.Status.NOT_SCREENED
