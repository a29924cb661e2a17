"""The numbers of the reports, counted by the database. No name, no address, nothing clinical."""

import datetime as dt
import zoneinfo
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, DateTimeField, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from clinic.as_stored import AsStored, instant
from clinic.models import DeskTask
from clinic.subject_names import SubjectId, SubjectName
from intake.models import ConsultationRequest, ContactAttempt
from intake.sources import LABELS
from notifications.models import Channel, Message
from scheduling.desk.plots import Plot, bars
from scheduling.models import Appointment
from scheduling.reminder_messages import REMINDER

Status = Appointment.Status
DAY_BARS, WEEK_BARS = 62, 430  # days: up to here one bar a day, up to there one a week, beyond one a month
VISIT = "scheduling.appointment"
ARRIVED = (Message.State.SENT, Message.State.DELIVERED)
WAITS = {"1 hour": 1, "4 hours": 4, "1 day": 24, "3 days": 72}


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the first to the last day, both counted, in the clinic's zone."""

    first: dt.date
    last: dt.date
    zone: zoneinfo.ZoneInfo

    @property
    def begins(self) -> dt.datetime:
        """The first instant."""
        return dt.datetime.combine(self.first, dt.time(), self.zone)

    @property
    def ends(self) -> dt.datetime:
        """The instant after the last."""
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), self.zone)

    def within(self, column: str) -> Q:
        """Rows of the period."""
        return Q(**{f"{column}__gte": self.begins, f"{column}__lt": self.ends})


@dataclass(frozen=True, kw_only=True)
class Table:
    """One report: what stands in the page, the picture and the file."""

    key: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[object]]
    note: str = ""
    plot: Plot | None = field(default=None)


def requests_by_day(period: Period) -> Table:
    """How many requests came in each day, and from where; one query."""
    rows = (
        ConsultationRequest.objects.filter(period.within("created_at"))
        .order_by()
        .values_list(TruncDate("created_at", tzinfo=period.zone), "source")
        .annotate(count=Count("pk"))
    )
    counts: dict[dt.date, dict[str, int]] = {}
    for day, source, count in rows:
        counts.setdefault(day, {})[source] = count
    sources = sorted({source for day in counts.values() for source in day})
    return Table(
        key="requests",
        title="Requests by day and source",
        columns=["Day", "All", *(LABELS.get(source, source) for source in sources)],
        rows=[[day, sum(one.values()), *(one.get(name, 0) for name in sources)] for day, one in sorted(counts.items())],
        plot=bars("Requests", _in_bars(period, {day: sum(one.values()) for day, one in counts.items()})),
    )


def first_contact(period: Period) -> Table:
    """How long people waited until somebody called, or they had a time; one query.

    The waits are counted here: the database would look up each first contact once for every share.
    """
    told = _contacts(ConsultationRequest.objects.filter(period.within("created_at")).order_by())
    firsts = [(sent, min((one for one in contacts if one), default=None)) for sent, contacts in told]
    waits = sorted(first - sent for sent, first in firsts if first)
    reached, everybody = len(waits), len(firsts)
    median = waits[reached // 2] if waits else None
    counts = {"all": everybody}
    for number, hours in enumerate(WAITS.values()):
        counts[f"within_{number}"] = bisect_right(waits, dt.timedelta(hours=hours))
    rows: list[Sequence[object]] = [
        [f"Within {words}", counts[f"within_{number}"], share(counts[f"within_{number}"], counts["all"])]
        for number, words in enumerate(WAITS)
    ]
    rows += [
        ["Ever", reached, share(reached, counts["all"])],
        ["Not yet", counts["all"] - reached, share(counts["all"] - reached, counts["all"])],
    ]
    half = "" if median is None else f" Half of them within {duration_words(median)}."
    return Table(
        key="first-contact",
        title="Time to first contact",
        columns=["First call, or a time chosen", "Requests", "Share (%)"],
        rows=rows,
        note=f"Of the requests of the period. A call counts when we tried, whether or not we reached them.{half}",
        plot=bars("Share with a first contact", [(str(row[0]), float(str(row[2]))) for row in rows[:5]], unit="%"),
    )


def funnel(period: Period) -> Table:
    """From the request to the visit that was held; one query."""
    visits = Appointment.objects.filter(request=OuterRef("pk"))
    asked = ConsultationRequest.objects.filter(period.within("created_at")).order_by()
    asked = asked.annotate(booked=Exists(visits), held=Exists(visits.filter(status=Status.COMPLETED)))
    came = asked.annotate(came=Exists(visits.filter(status__in=(Status.COMPLETED, Status.ARRIVED))))
    counts = came.aggregate(
        all=Count("pk"),
        with_visit=Count("pk", filter=Q(booked=True)),
        with_coming=Count("pk", filter=Q(came=True)),
        with_holding=Count("pk", filter=Q(held=True)),
    )
    steps = {"Asked": "all", "Had a visit booked": "with_visit", "Came": "with_coming", "Visit held": "with_holding"}
    rows: list[Sequence[object]] = [
        [label, counts[name], share(counts[name], counts["all"])] for label, name in steps.items()
    ]
    return Table(
        key="funnel",
        title="From request to visit",
        columns=["Step", "Requests", "Share (%)"],
        rows=rows,
        plot=bars("Requests that got so far", [(str(row[0]), float(str(row[1]))) for row in rows]),
    )


def visits(period: Period) -> Table:
    """What became of the visits, how many were cancelled late and how many overbooked; one query."""
    rows_of = Appointment.objects.filter(period.within("starts_at")).order_by()
    wanted = {status.value: Count("pk", filter=Q(status=status)) for status in Status}
    counts = rows_of.aggregate(
        all=Count("pk"),
        late=Count("pk", filter=Q(is_late_cancel=True)),
        overbooked=Count("pk", filter=Q(is_overbooked=True)),
        **wanted,
    )
    ended = counts["completed"] + counts["no_show"]
    rows: list[Sequence[object]] = [
        [status.label, counts[status.value], share(counts[status.value], counts["all"])] for status in Status
    ]
    rows += [
        ["Cancelled late", counts["late"], share(counts["late"], counts["all"])],
        ["Overbooked", counts["overbooked"], share(counts["overbooked"], counts["all"])],
    ]
    return Table(
        key="visits",
        title="Visits",
        columns=["What became of them", "Visits", "Share (%)"],
        rows=rows,
        note=f"Did not come: {share(counts['no_show'], ended):g}% of the {ended} visits that were due and not cancelled.",
        plot=bars("Visits", [(str(row[0]), float(str(row[1]))) for row in rows if row[1]]),
    )


def reminder_effect(period: Period) -> Table:
    """Who did not come, with and without a reminder that went out; one query."""
    reminders = Message.objects.filter(kind=REMINDER, state__in=ARRIVED, subject_ref__startswith=f"{VISIT}:")
    told = Q(pk__in=reminders.order_by().values(visit=SubjectId("subject_ref")))  # one list, not a look for each visit
    ended = (Status.COMPLETED, Status.NO_SHOW)
    due = Appointment.objects.filter(period.within("starts_at"), status__in=ended).order_by()
    counts = due.aggregate(
        **{f"all_{status.value}": Count("pk", filter=Q(status=status)) for status in ended},
        **{f"with_{status.value}": Count("pk", filter=Q(told, status=status)) for status in ended},
    )
    counts |= {f"without_{one.value}": counts[f"all_{one.value}"] - counts[f"with_{one.value}"] for one in ended}
    rows: list[Sequence[object]] = []
    for name, label in (("with", "With a reminder"), ("without", "Without one")):
        missed, came = counts[f"{name}_no_show"], counts[f"{name}_completed"]
        rows.append([label, missed + came, missed, share(missed, missed + came)])
    return Table(
        key="reminders",
        title="Reminders",
        columns=["Visits", "Due", "Did not come", "Share (%)"],
        rows=rows,
        note="A reminder counts when the provider took it. Who can be reminded may differ from who cannot.",
        plot=bars("Did not come", [(str(row[0]), float(str(row[3]))) for row in rows], unit="%"),
    )


def messages(period: Period) -> Table:
    """What became of messages to people, by channel; one query."""
    counted = (
        Message.objects.filter(period.within("created_at"))
        .exclude(basis=Message.Basis.STAFF)
        .order_by()
        .values_list("channel", "state")
        .annotate(count=Count("pk"))
    )
    counts = {(channel, state): count for channel, state, count in counted}
    channels = [Channel.SMS, Channel.EMAIL]
    rows: list[Sequence[object]] = [
        [state.label, *(counts.get((channel.value, state.value), 0) for channel in channels)] for state in Message.State
    ]
    went = {
        channel: share(
            sum(counts.get((channel.value, state.value), 0) for state in ARRIVED),
            sum(count for (way, _state), count in counts.items() if way == channel.value),
        )
        for channel in channels
    }
    return Table(
        key="messages",
        title="Messages",
        columns=["What became of them", "Texts", "E-mails"],
        rows=rows,
        plot=bars("Went out", [(f"{channel.label}s", went[channel]) for channel in channels], unit="%"),
    )


REPORTS: dict[str, Callable[[Period], Table]] = {
    "requests": requests_by_day,
    "first-contact": first_contact,
    "funnel": funnel,
    "visits": visits,
    "reminders": reminder_effect,
    "messages": messages,
}


def share(part: int, whole: int) -> float:
    """In percent, one decimal; 0 of nothing is 0."""
    return round(100 * part / whole, 1) if whole else 0.0


def duration_words(span: dt.timedelta) -> str:
    """45 minutes, 3 hours, 2 days."""
    minutes = max(int(span.total_seconds() // 60), 0)
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {word}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _contacts(asked: QuerySet[ConsultationRequest]) -> Iterator[tuple[dt.datetime, list[dt.datetime | None]]]:
    """When it was sent, then three firsts: a call-back was closed, a call was written down, a time was booked."""
    named = asked.annotate(subject=SubjectName("intake.request", "pk"))
    calls = DeskTask.objects.filter(
        subject_ref=OuterRef("subject"), kind=DeskTask.Kind.CALL_BACK, closed_by__isnull=False
    )
    booked = Appointment.objects.filter(request=OuterRef("pk"))
    called_at = calls.order_by().values("subject_ref").annotate(at=Min("closed_at")).values("at")
    booked_at = booked.order_by().values("request").annotate(at=Min("created_at")).values("at")
    tried = ContactAttempt.objects.filter(request=OuterRef("pk"))
    tried_at = tried.order_by().values("request").annotate(at=Min("at")).values("at")
    firsts = named.annotate(
        called_at=Subquery(called_at, output_field=DateTimeField()),
        tried_at=Subquery(tried_at, output_field=DateTimeField()),
        booked_at=Subquery(booked_at, output_field=DateTimeField()),
    )
    columns = map(AsStored, ("created_at", "called_at", "tried_at", "booked_at"))
    for row in firsts.values_list(*columns).iterator():
        sent, *contacts = (instant(one) if one else None for one in row)
        if sent is not None:  # it never is: the type of the column cannot say so
            yield sent, contacts


def _in_bars(period: Period, counts: dict[dt.date, int]) -> list[tuple[str, float]]:
    """The days summed up so that the picture stays readable; days with nothing count, too."""
    days = (period.last - period.first).days + 1
    summed: dict[dt.date, int] = {}
    for number in range(days):
        day = period.first + dt.timedelta(days=number)
        if days > WEEK_BARS:
            begins = day.replace(day=1)
        elif days > DAY_BARS:
            begins = day - dt.timedelta(days=day.weekday())
        else:
            begins = day
        summed[begins] = summed.get(begins, 0) + counts.get(day, 0)
    words = "%b %Y" if days > WEEK_BARS else "%b %-d"
    return [(f"{begins:{words}}", float(count)) for begins, count in summed.items()]
