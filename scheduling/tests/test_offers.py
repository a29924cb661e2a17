import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clinic.tests.examples import examples
from intake.models import ConsultationRequest
from scheduling import availability
from scheduling.models import Appointment, Clinician, ScheduleException, WorkingHours
from scheduling.slots import overlaps
from scheduling.tests.factories import (
    CHICAGO,
    NOW,
    TUESDAY,
    another_request,
    at,
    make_type,
    make_visit,
)

MONDAY = dt.date(2026, 11, 30)
WEEK = MONDAY + dt.timedelta(days=6)
NINE_TO_TEN = ((dt.time(9), dt.time(10)),)


def free(kind, first=TUESDAY, last=None, now=NOW, clinician=None):
    return availability.free_starts(
        appointment_type=kind, first_day=first, last_day=last or first, now=now, clinician=clinician
    )


def close(date=TUESDAY, **fields):
    return ScheduleException.objects.create(date=date, **fields)


# --- Property: offered if and only if bookable; nothing offered overlaps --------------------------------

quarter = st.integers(0, 95).map(lambda number: (number // 4, number % 4 * 15))
spans = st.tuples(quarter, quarter).filter(lambda pair: pair[0] < pair[1])
rules = st.fixed_dictionaries(
    {
        "hours": st.lists(st.tuples(st.integers(0, 6), spans), min_size=1, max_size=4),
        "exceptions": st.lists(
            st.tuples(st.integers(-1, 3), st.sampled_from(["open", "closed"]), st.booleans(), spans), max_size=3
        ),
        "visits": st.lists(st.tuples(st.integers(-1, 3), quarter), max_size=4),
        "zone": st.sampled_from(["", "America/Denver", "Asia/Kathmandu", "Pacific/Auckland"]),
        "duration": st.sampled_from([15, 30, 50]),
        "slot_step": st.sampled_from([None, 15, 20]),
        "buffer_before": st.sampled_from([0, 10]),
        "buffer_after": st.sampled_from([0, 20]),
        "minimum_notice": st.sampled_from([0, 600]),
        "daily_cap": st.sampled_from([None, 1]),
        "now": st.sampled_from(
            [NOW, dt.datetime(2026, 10, 31, 3, tzinfo=dt.UTC), dt.datetime(2027, 3, 13, 20, tzinfo=dt.UTC)]
        ),
    }
)


class TestOffers(TestCase):
    """One database transaction for each example."""

    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    @given(rules, st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 24 * 12)), max_size=6))
    def test_offered_if_and_only_if_bookable(self, rule, guesses):
        kind, clinician, first = build(rule)
        last = first + dt.timedelta(days=2)

        offered = free(kind, first, last, now=rule["now"])

        midnight = dt.datetime.combine(first, dt.time(), CHICAGO).astimezone(dt.UTC)
        others = [midnight + dt.timedelta(days=day, minutes=five * 5) for day, five in guesses]
        inside = [start for start in others if first <= start.astimezone(CHICAGO).date() <= last]
        for start in {*list(offered)[:8], *inside}:
            is_bookable = availability.bookable(
                appointment_type=kind, clinician=clinician, start=start, now=rule["now"]
            )
            assert is_bookable == (start in offered)
        for start in offered:
            occupied = (
                start - dt.timedelta(minutes=kind.buffer_before),
                start + dt.timedelta(minutes=kind.duration + kind.buffer_after),
            )
            visits = Appointment.objects.values_list("occupied_from", "occupied_until")
            assert not any(overlaps(occupied, visit) for visit in visits)
            assert start >= rule["now"] + dt.timedelta(minutes=kind.minimum_notice)


def build(rule):
    first = rule["now"].astimezone(CHICAGO).date()
    clinician = Clinician.objects.create(name="Dr. Ann", zone=rule["zone"])
    for weekday, (starts, ends) in rule["hours"]:
        WorkingHours.objects.create(clinician=clinician, weekday=weekday, starts=dt.time(*starts), ends=dt.time(*ends))
    for day, effect, is_all, (starts, ends) in rule["exceptions"]:
        close(
            date=first + dt.timedelta(days=day),
            effect=effect,
            clinician=None if is_all else clinician,
            starts=dt.time(*starts),
            ends=dt.time(*ends),
        )
    names = ("duration", "slot_step", "buffer_before", "buffer_after", "minimum_notice", "daily_cap")
    kind = make_type([clinician], **{name: rule[name] for name in names})
    request = ConsultationRequest.objects.first() or another_request()
    for day, (hour, minute) in rule["visits"]:
        start = at(hour, minute, day=first + dt.timedelta(days=day))
        make_visit(clinician, make_type(), start, request=request, status="completed", is_overbooked=True)
    return kind, clinician, first
