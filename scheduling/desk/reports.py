"""Reports of any period, with pictures and files. They hold counts, no names and nothing clinical."""

import csv
import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from clinic import footfall
from clinic.models import AccessEvent, ClinicProfile
from intake.desk import ack_times
from intake.sources import FROM_LINKS
from scheduling.desk.pages import DeskPage
from scheduling.desk.plots import bars
from scheduling.desk.report_numbers import REPORTS as OF_REQUESTS
from scheduling.desk.report_numbers import Period, Table, share

SEES, EXPORTS = "scheduling.view_reports", "scheduling.export_reports"
SEES_TIMES = "intake.see_call_needed"
DAYS_SHOWN = 28
LONGEST = 366 * 10
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
PRESETS = {"Last 7 days": 7, "Last 28 days": 28, "Last 90 days": 90, "Last year": 365}


def public_pages(period: Period) -> Table:
    """How far people got on the public pages; one query."""
    steps = footfall.totals(period.first, period.last)
    return Table(
        key="pages",
        title="Public pages",
        columns=["Page or step", "Times", "In Spanish"],
        rows=[[step.label, count, spanish] for step, count, spanish in steps],
        note="Counted as served, by the day in UTC, without cookies: one person who looks twice counts twice.",
        plot=bars("Times served", [(step.label, float(count)) for step, count, _ in steps]),
    )


REPORTS = {"pages": public_pages, **OF_REQUESTS}


class PeriodForm(forms.Form):
    """From when to when."""

    use_required_attribute = False

    first = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the first day", "invalid": "Enter the day as 2026-12-31"},
    )
    last = forms.DateField(
        label="To",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the last day", "invalid": "Enter the day as 2026-12-31"},
    )

    def clean(self) -> dict[str, Any]:
        """In order, and not longer than ten years."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not dt.timedelta() <= last - first <= dt.timedelta(days=LONGEST):
            self.add_error("last", "Enter a day after the first, at most ten years later")
        for name, day in (("first", first), ("last", last)):
            if day and not 1990 <= day.year <= 2200:
                self.add_error(name, "Enter a year between 1990 and 2200")
        return self.cleaned_data


class ReportsDesk(DeskPage):
    """All reports of a period on one page; one of them as a file."""

    permission_required = (SEES,)
    template = "reports.html"
    title = "Reports"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or with `csv` the file, its taking written down first."""
        zone = ClinicProfile.current().zone_info
        today = timezone.now().astimezone(zone).date()
        begin = {"first": today - dt.timedelta(days=DAYS_SHOWN - 1), "last": today}
        is_asked = "first" in request.GET or "last" in request.GET
        form = PeriodForm(request.GET if is_asked else begin)
        if not form.is_valid():
            return self.page({"form": form, "presets": self.presets(today)}, status=422)
        period = Period(first=form.cleaned_data["first"], last=form.cleaned_data["last"], zone=zone)
        if "csv" in request.GET and self.staff.has_perm(EXPORTS):
            return self.file(request.GET["csv"], period)
        tables = [made(period) for made in REPORTS.values()]
        if self.staff.has_perm(SEES_TIMES):
            tables.append(safety_alerts(period))
        context = {
            "form": form,
            "period": period,
            "presets": self.presets(today),
            "tables": tables,
            "may_export": self.staff.has_perm(EXPORTS),
        }
        return self.page(context)

    def presets(self, today: dt.date) -> list[tuple[str, str]]:
        """Links to the usual periods."""
        spans = ((label, today - dt.timedelta(days=days - 1)) for label, days in PRESETS.items())
        return [(label, f"?first={first:%Y-%m-%d}&last={today:%Y-%m-%d}") for label, first in spans]

    def file(self, key: str, period: Period) -> HttpResponse:
        """One report as CSV. What a spreadsheet would take for a formula becomes plain text."""
        makers = {**REPORTS, **({"safety": safety_alerts} if self.staff.has_perm(SEES_TIMES) else {})}
        if key not in makers:
            return self.page({"form": PeriodForm(), "presets": self.presets(period.last)}, status=404)
        self.record(AccessEvent.Action.EXPORT, f"scheduling.reports:{key}")
        table = makers[key](period)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = f"{key}-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        writer = csv.writer(response)
        writer.writerow([plain_cell(cell) for cell in table.columns])
        writer.writerows([[plain_cell(cell) for cell in row] for row in table.rows])
        return response


class FormLinks(DeskPage):
    """Plain links to the form, one for each place that may say where people come from, to copy."""

    permission_required = (SEES,)
    template = "form_links.html"
    title = "Button for your site"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        address = request.build_absolute_uri(reverse("intake:consultation"))
        return self.page({"links": [(label, f"{address}?from={word}") for word, label in FROM_LINKS.items()]})


def safety_alerts(period: Period) -> Table:
    """How long until a clinician acknowledged; no word of what was said."""
    found = ack_times.between(period.begins, period.ends)
    rows: list[Any] = [
        ["Raised", found.raised, ""],
        ["Acknowledged", found.raised - found.waiting, share(found.raised - found.waiting, found.raised)],
        ["Not acknowledged", found.waiting, share(found.waiting, found.raised)],
        ["Median minutes", "" if found.median is None else found.median, ""],
        ["Longest, minutes", "" if found.longest is None else found.longest, ""],
    ]
    points = [(str(row[0]), float(row[1])) for row in rows[:3]]
    return Table(
        key="safety",
        title="Time until a clinician acknowledged a call needed",
        columns=["Calls needed", "Number", "Share (%)"],
        rows=rows,
        plot=bars("Calls needed", points),
    )


def plain_cell(value: object) -> object:
    """A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
