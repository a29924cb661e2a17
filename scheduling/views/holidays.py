"""The year's public holidays, proposed as closures: tick, accept. Visits that stand then are shown and asked about."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.models import ClinicProfile
from clinic.numbers import whole_number
from scheduling import selectors
from scheduling.admin.asking import WouldStrandError, ask_context, check_strands
from scheduling.messages import short_time
from scheduling.public_holidays import accept_closures, proposed_closures
from scheduling.stranding import Stranded, stranded_visits

YEARS_AHEAD = 2


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("scheduling.add_scheduleexception", raise_exception=True)
def holidays(request: HttpRequest) -> HttpResponse:
    """GET shows one year's holidays, what is closed already and who is booked then; POST closes the ticked days."""
    today = timezone.now().astimezone(ClinicProfile.current().zone_info).date()
    year = _year(request, today)
    if request.method != "POST":
        return _page(request, year, today, ticked=None)
    ticked = {date for text in request.POST.getlist("date") if (date := _date(text)) and date >= today}
    if not ticked:
        messages.error(request, "Tick at least one day to close.")
        return _page(request, year, today, ticked=set(), status=422)
    before = stranded_visits(with_kept=True)
    try:
        with transaction.atomic():
            made = accept_closures(year, ticked)
            check_strands(request, before)
    except WouldStrandError as error:
        return _page(request, year, today, ticked=ticked, found=error.found, status=409)
    days = "1 day" if len(made) == 1 else f"{len(made)} days"
    messages.success(request, f"The clinic is closed on {days} more." if made else "These days were closed already.")
    return redirect(f"{reverse('scheduling:holidays')}?year={year}")


def _year(request: HttpRequest, today: dt.date) -> int:
    """The year asked for, kept to this one and the next two."""
    asked = (request.POST if request.method == "POST" else request.GET).get("year", "")
    return min(max(whole_number(asked, digits=4) or today.year, today.year), today.year + YEARS_AHEAD)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _page(
    request: HttpRequest,
    year: int,
    today: dt.date,
    *,
    ticked: set[dt.date] | None,
    found: list[Stranded] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`ticked` None: every day that can still be closed."""
    proposals = proposed_closures(year)
    visits = _visits_by_date({one.holiday.date for one in proposals})
    rows = [
        {
            "date": one.holiday.date,
            "name": one.holiday.name,
            "is_there": one.is_there,
            "is_over": one.holiday.date < today,
            "is_ticked": ticked is None or one.holiday.date in ticked,
            "visits": visits[one.holiday.date],
        }
        for one in proposals
    ]
    context = {
        **admin.site.each_context(request),
        "title": f"Public holidays of {year}",
        "rows": rows,
        "year": year,
        "years": [today.year + offset for offset in range(YEARS_AHEAD + 1)],
        "can_accept": any(not row["is_there"] and not row["is_over"] for row in rows),
        **ask_context(found or []),
    }
    return render(request, "admin/desk/holidays.html", context, status=status)


def _visits_by_date(dates: set[dt.date]) -> dict[dt.date, list[dict[str, Any]]]:
    """Who is booked on these dates of the clinic's zone; two queries."""
    zone = ClinicProfile.current().zone_info
    found: dict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for visit in selectors.live_visits_on(dates, zone):
        day = visit.starts_at.astimezone(zone).date()
        found[day].append({"visit": visit, "when": short_time(visit.starts_at, zone)})
    return found
