"""The numbers beside the desk's pages: one query, the same on every page and however much there is."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value

from clinic.desk_tasks import WORKED_ELSEWHERE
from clinic.models import ClinicProfile, DeskTask, User
from intake.models import ConsultationRequest
from intake.selectors import number_of_calls_needed
from scheduling.models import LIVE, Appointment, WaitlistEntry


def desk_counts(profile: ClinicProfile, *, by: User, now: dt.datetime) -> dict[str, str]:
    """In words: `{"today": "3 of 9", "next": "4 due", ...}`; empty where there is nothing, or nothing to know."""
    day = now.astimezone(profile.zone_info).date()
    first, end = (dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), profile.zone_info) for days in (0, 1))
    today = Appointment.objects.filter(starts_at__gte=first, starts_at__lt=end)
    coming = today.filter(status__in=(*LIVE, "completed", "no_show"))
    visits = Appointment.objects.filter(request=OuterRef("pk"), status__in=(*LIVE, "completed"))
    requests = ConsultationRequest.objects.filter(~Exists(visits), status=ConsultationRequest.Status.OPEN)
    due = DeskTask.objects.filter(~Q(kind__in=WORKED_ELSEWHERE), closed_at=None, due_at__lte=now)
    row: dict[str, Any] = dict(
        ClinicProfile.objects.filter(pk=profile.pk)
        .annotate(
            came=_number(coming.filter(status__in=("arrived", "completed"))),
            coming=_number(coming),
            requests=_number(requests),
            due=_number(due),
            waiting=_number(WaitlistEntry.objects.filter(stopped_at=None)),
            calls=number_of_calls_needed(),
        )
        .values("came", "coming", "requests", "due", "waiting", "calls")
        .first()
        or {}
    )
    may_know = by.has_perm("intake.see_call_needed")
    return {
        "next": f"{row['due']} due" if row.get("due") else "",
        "today": f"{row.get('came') or 0} of {row['coming']}" if row.get("coming") else "",
        "requests": str(row.get("requests") or ""),
        "waiting": str(row.get("waiting") or ""),
        "safety": str(row.get("calls") or "") if may_know else "",
    }


def _number(rows: QuerySet[Any]) -> Subquery:
    """How many, as a part of a larger query; NULL for none."""
    return Subquery(rows.order_by().values(every=Value(1)).annotate(number=Count("pk")).values("number"))
