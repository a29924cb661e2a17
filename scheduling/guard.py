"""The booking guard: what makes the database itself refuse two visits at one time.

PostgreSQL has exclusion constraints (see `models.Appointment`); SQLite gets triggers that say the
same. Both raise IntegrityError with the constraint's name in its text, whatever wrote the row.

On PostgreSQL `book()` also takes advisory locks, so that a stampede queues up and gets clean answers
where the constraint alone would answer with deadlocks. A transaction holds one clinician's lock at
most, and asks for people's locks only after it, in order of their numbers: no circle can form. The
locks belong to the savepoint in which they were taken and end when it is rolled back. SQLite needs
none: it has one writer at a time.
"""

import hashlib
import uuid
from collections.abc import Iterable

from django.db import IntegrityError, connection

from clinic.triggers import Trigger, register
from intake.models import ConsultationRequest
from scheduling.models import LIVE, OCCUPYING

TABLE = "scheduling_appointment"
GUARDS = {
    # constraint's name: (whose time, from, until, states that hold it, whether a cancelled visit holds it for a while)
    "appointment_no_overlap_for_clinician": ("clinician_id", "occupied_from", "occupied_until", OCCUPYING, True),
    "appointment_no_overlap_for_patient": ("patient_id", "starts_at", "ends_at", LIVE, False),
}
TIMES = ("starts_at", "ends_at", "occupied_from", "occupied_until")
SECONDS = "-".join(["[0-9]" * 4, "[0-9]" * 2, "[0-9]" * 2]) + " " + ":".join(["[0-9]" * 2] * 3)
FORMATS = (SECONDS, f"{SECONDS}.{'[0-9]' * 6}")  # as Django writes UTC; only these sort as text
CLINICIAN_LOCK, PERSON_LOCK = 7101, 7102  # the two kinds of our advisory locks


def register_triggers() -> None:
    """Have SQLite's side of the guard installed after each migrate."""
    for action in ("INSERT", "UPDATE"):
        for name, (owner, starts, ends, states, may_be_held) in GUARDS.items():
            sql = _overlap_sql(owner, starts, ends, _holds_sql(states, may_be_held=may_be_held))
            _register(f"{name}_{action.lower()}", action, name, sql)
        _register(f"appointment_time_format_{action.lower()}", action, "appointment_time_format", _format_sql())


def is_overlap(error: IntegrityError) -> bool:
    """Whether the guard refused the row because the time is taken."""
    return any(name in str(error) for name in GUARDS)


def hold(clinician_id: uuid.UUID, people: Iterable[str]) -> None:
    """Wait until no other booking of this clinician or these people is under way (PostgreSQL)."""
    if connection.vendor != "postgresql":
        return
    locks = [(CLINICIAN_LOCK, _number(str(clinician_id)))]
    locks += [(PERSON_LOCK, number) for number in sorted({_number(person) for person in people})]
    with connection.cursor() as cursor:
        for lock in locks:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", lock)


def people_of(patient_id: uuid.UUID, request: ConsultationRequest | None) -> list[str]:
    """Whose bookings wait for each other: the patient's and those of the same number or address."""
    people = [f"patient:{patient_id}"]
    if request is not None:
        contacts = (("phone", str(request.phone)), ("email", request.email_search))
        people += [f"{kind}:{value}" for kind, value in contacts if value]
    return people


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], signed=True)


def _register(trigger: str, action: str, rule: str, condition: str) -> None:
    create = (
        f"CREATE TRIGGER {trigger} AFTER {action} ON {TABLE} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{rule}'); END"
    )
    register(Trigger(name=trigger, table=TABLE, create_sql={"sqlite": create}))


def _holds_sql(states: tuple[str, ...], *, may_be_held: bool) -> str:
    """When a row, named {row}, holds its time."""
    listed = ", ".join(f"'{state}'" for state in states)
    held = " OR {row}.held_until IS NOT NULL" if may_be_held else ""
    return f"(NOT {{row}}.is_overbooked AND ({{row}}.status IN ({listed}){held}))"


def _overlap_sql(owner: str, starts: str, ends: str, holds: str) -> str:
    return (
        f"{holds.format(row='NEW')} AND EXISTS ("  # noqa: S608 - our own names
        f"SELECT 1 FROM {TABLE} other WHERE other.{owner} = NEW.{owner} AND other.id <> NEW.id "
        f"AND {holds.format(row='other')} "
        f"AND other.{starts} < NEW.{ends} AND other.{ends} > NEW.{starts})"
    )


def _format_sql() -> str:
    return " OR ".join(
        f"NOT (NEW.{column} GLOB '{FORMATS[0]}' OR NEW.{column} GLOB '{FORMATS[1]}')" for column in TIMES
    )
