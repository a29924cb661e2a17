"""What the schedule may know of sittings, to lead a person to them: how many minutes, how far, where. No answers."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from clinic import links
from clinic.models import ClinicProfile
from intake.models import ConsultationRequest, Screening
from intake.screening import flow, sittings

SHOWN = (
    Screening.Status.INVITED,
    Screening.Status.IN_PROGRESS,
    Screening.Status.IN_PERSON,
    Screening.Status.COMPLETED,
)


@dataclass(frozen=True, kw_only=True)
class ScreeningOffer:
    """One sitting as the visit's page offers it. `status` is a value of Screening.Status."""

    status: str
    is_first: bool
    is_held: bool
    minutes: int
    path: str
    copy_path: str


def open_screening(*, request: ConsultationRequest) -> None:
    """Have the first questions ready for somebody who booked; nothing while screening is off. Idempotent."""
    sittings.open_sitting(request=request)


def open_screenings(request_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these requests whose first questions wait for answers."""
    rows = Screening.objects.filter(
        request__in=request_ids,
        pack=Screening.Pack.PRE_VISIT,
        status__in=(Screening.Status.INVITED, Screening.Status.IN_PROGRESS),
    ).exclude(held_at__isnull=False, hold_lifted=False)
    return set(rows.values_list("request", flat=True))


def screening_offers(request: ConsultationRequest) -> list[ScreeningOffer]:
    """The sittings to show on the visit's page, the first one first. Reads only."""
    rows = list(request.screenings.filter(status__in=SHOWN).order_by("created_at", "pk"))
    is_on = bool(rows) and ClinicProfile.current().screening_on
    return [_offer(row) for row in rows if is_on or row.status == Screening.Status.COMPLETED]


def _offer(row: Screening) -> ScreeningOffer:
    path = links.path_for("screening", row.pk)
    is_open = row.status in {Screening.Status.INVITED, Screening.Status.IN_PERSON}
    return ScreeningOffer(
        status=row.status,
        is_first=row.pack == Screening.Pack.PRE_VISIT,
        is_held=row.is_held,
        minutes=flow.minutes_for(row.pack, row.language) if is_open else 0,
        path=path,
        copy_path=f"{path}copy/" if row.started_at else "",
    )
