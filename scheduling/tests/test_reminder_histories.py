"""Whatever happens to visits, in whatever order: no reminder is wrong, doubled, late or at night."""

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.base import ClinicError
from clinic.tests.examples import examples
from notifications import delivery
from notifications.models import Message
from scheduling import reminders
from scheduling.models import Appointment
from scheduling.tests.factories import CHICAGO, another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move, undo
from scheduling.transitions import transition

REMINDED = ("booked", "confirmed")
# Before and after both changes of the clocks, and an ordinary week.
FIRST_DAYS = (dt.date(2026, 10, 30), dt.date(2027, 3, 12), dt.date(2026, 12, 1))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "wait", "book", "move", "cancel", "undo", "missed", "confirm"]),
        st.integers(min_value=0, max_value=90),
    ),
    min_size=4,
    max_size=9,
)


class History:
    """One clinic's days as they pass: acts, sweeps (each twice), deliveries; and what must hold at each delivery."""

    def __init__(self, first_day):
        self.kind = make_type([make_clinician(hours=((dt.time(6), dt.time(22)),))], horizon_days=30)
        self.first_day = first_day
        self.now = at(8, day=first_day)
        self.visits = []

    def start(self, number):
        return at(6 + number % 16, day=self.first_day + dt.timedelta(days=1 + number % 4))

    def act(self, what, number):
        visit = Appointment.objects.get(pk=self.visits[number % len(self.visits)].pk) if self.visits else None
        try:
            if what == "book":
                self.visits.append(book(self.kind, self.start(number), asker=another_request(), now=self.now))
            elif what == "wait":
                self.now += dt.timedelta(minutes=20 * (number + 1))
            elif visit is not None:
                self.change(what, visit, number)
        except ClinicError:
            pass  # refused, as it should be

    def change(self, what, visit, number):
        if what == "move":
            move(visit, self.start(number), now=self.now)
        elif what == "undo":
            undo(visit, now=self.now)
        elif what == "cancel":
            cancel(visit, now=self.now, source="web" if number % 2 else "staff")
        else:
            to = Appointment.Status.NO_SHOW if what == "missed" else Appointment.Status.CONFIRMED
            transition(appointment=visit, to=to, source="staff", now=self.now)

    def sweep_and_deliver(self):
        reminders.remind()
        reminders.remind()
        for row in Message.objects.filter(state="queued", not_before__lte=self.now):
            delivery.deliver(row.pk)
            row.refresh_from_db()
            if row.kind == reminders.reminder_messages.REMINDER and row.attempted_at == self.now:
                self.check(row)

    def check(self, row):
        visit = Appointment.objects.get(pk=row.subject_ref.partition(":")[2])
        assert visit.status in REMINDED
        assert row.occurrence.startswith(f"{visit.starts_at:%Y-%m-%dT%H:%MZ}|")
        assert self.now < visit.starts_at
        local = self.now.astimezone(CHICAGO).time()
        assert row.channel == "email" or dt.time(9) <= local < dt.time(21)


@pytest.mark.django_db
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first_day=st.sampled_from(FIRST_DAYS), steps=STEPS)
def test_no_history_brings_a_wrong_reminder(first_day, steps):
    with transaction.atomic():
        history = History(first_day)
        for what, number in [("book", steps[0][1]), *steps, *[("wait", 60)] * 4]:
            with time_machine.travel(history.now, tick=False):
                history.act(what, number)
            with time_machine.travel(history.now, tick=False):
                history.sweep_and_deliver()
        sent = Message.objects.filter(kind="scheduling.reminder", attempted_at__isnull=False)
        rows = list(sent.values_list("subject_ref", "channel", "occurrence", "attempted_at").order_by("attempted_at"))
        told = [(subject, channel, "|".join(name.split("|")[:2])) for subject, channel, name, _at in rows]
        assert len(told) == len(set(told))
        by_channel = lambda row: (row[0], row[1])  # noqa: E731 - a key
        for _who, group in itertools.groupby(sorted(rows, key=lambda row: (by_channel(row), row[3])), by_channel):
            times = [row[3] for row in group]
            assert all(later - earlier >= dt.timedelta(hours=1) for earlier, later in itertools.pairwise(times))
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_each_reminder_once():
    kind = make_type([make_clinician(f"Dr. {number}", hours=((dt.time(6), dt.time(22)),)) for number in range(4)])
    with time_machine.travel(at(9, day=dt.date(2026, 11, 20)), tick=False):
        visits = [
            book(kind, at(14), asker=another_request(), now=at(9, day=dt.date(2026, 11, 20))) for _each in range(4)
        ]
        Message.objects.update(state="sent", sent_at=at(9, day=dt.date(2026, 11, 20)))

    def swept(_number):
        try:
            return reminders.remind(now=at(14, day=dt.date(2026, 11, 30)))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(swept, range(4)))
    reminders.remind(now=at(14, day=dt.date(2026, 11, 30)))

    rows = Message.objects.filter(kind="scheduling.reminder").values_list("subject_ref", "channel")
    assert (len(rows), len(set(rows))) == (2 * len(visits), 2 * len(visits))
