"""How far people get on the public pages, counted on the server: no cookie, no address, no person, only numbers a day.

Each web process adds up in memory and writes once a minute, so that looking at a page costs no write. What a killed
process had not written yet is lost: these are counts, not records.
"""

import datetime as dt
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from clinic.models import PageCount

WRITE_EVERY = 60.0  # seconds
KEEP = dt.timedelta(days=3 * 365)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step of the way. `view`, `method` and `status` say which answers count as it."""

    name: str
    label: str
    view: str
    method: str = "GET"
    status: int = 200


STEPS = (
    Step("home", "Front page", "home"),
    Step("article", "“Is ketamine therapy safe?”", "article"),
    Step("about", "About the consultation", "about_consultation"),
    Step("questions", "Questions people ask", "faq"),
    Step("form", "Form opened", "intake:consultation"),
    Step("form_back", "Form came back with something to mend", "intake:consultation", "POST", 200),
    Step("form_sent", "Form sent", "intake:consultation", "POST", 303),
    Step("times", "Days and times looked at", "scheduling:time"),
    Step("booked", "Time booked", "scheduling:time", "POST", 303),
)
BY_ANSWER = {(step.view, step.method, step.status): step.name for step in STEPS}
Key = tuple[dt.date, str, str]


class Footfall:
    """The counts of one process between two writes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        self._written_at = clock()

    def add(self, step: str, language: str) -> None:
        """Count one, and write when a minute is over."""
        with self._lock:
            self._counts[timezone.now().date(), step, language] += 1
            if self._clock() - self._written_at < WRITE_EVERY:
                return
            self._written_at = self._clock()
            counts, self._counts = self._counts, Counter()
        self._write(counts)

    def write(self) -> None:
        """Write what is there now."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        self._write(counts)

    def _write(self, counts: Counter[Key]) -> None:
        if not counts:
            return
        try:
            with transaction.atomic():
                for key in sorted(counts):  # in one order, so that two processes never wait for each other
                    _increase(key, counts[key])
        except Error:  # also InterfaceError, which is no DatabaseError: whoever booked must read that they did
            logger.warning("page counts not written", extra={"count": counts.total()}, exc_info=True)
            with self._lock:
                self._counts += counts


def _increase(key: Key, by: int) -> None:
    day, step, language = key
    row = PageCount.objects.filter(day=day, step=step, language=language)
    if row.update(count=F("count") + by):
        return
    try:
        with transaction.atomic():
            PageCount.objects.create(day=day, step=step, language=language, count=by)
    except IntegrityError:  # another process was first
        row.update(count=F("count") + by)


def totals(first: dt.date, last: dt.date) -> list[tuple[Step, int, int]]:
    """For each step how often it was served from the first to the last day, both counted, and how often of that in Spanish."""
    rows = PageCount.objects.filter(day__range=(first, last)).order_by().values_list("step", "language")
    found = {(step, language): count for step, language, count in rows.annotate(all=Sum("count"))}
    return [
        (step, sum(count for (name, _), count in found.items() if name == step.name), found.get((step.name, "es"), 0))
        for step in STEPS
    ]


here = Footfall()
