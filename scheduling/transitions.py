"""The states of a visit and the legal moves between them: one table, for the code and for the database.

    booked ----> confirmed ----> arrived ----> completed
      |  (a move of the time takes confirmed back to booked)
      '--> cancelled by patient --undo--> booked      cancelled by clinic: final
      '--> no_show --came after all--> arrived

Corrections are moves too: a slip at the desk is taken back, and the history shows both. Both engines
refuse every other move by trigger, so the admin, a shell and raw SQL are bound by the same table.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.models import User
from clinic.triggers import Trigger, register
from notifications import outbox
from scheduling import guard, missed, selectors
from scheduling.errors import AlreadyBookedError, IllegalMoveError, SlotTakenError
from scheduling.history import write_event
from scheduling.messages import visit_ref
from scheduling.models import OCCUPYING, Appointment, AppointmentEvent

Status = Appointment.Status
TAKEN_BACK = "taken_back"  # name of an event

_CANCELLED = frozenset({Status.CANCELLED_BY_PATIENT, Status.CANCELLED_BY_CLINIC})
MOVES: dict[Status, frozenset[Status]] = {
    Status.BOOKED: frozenset({Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW}) | _CANCELLED,
    Status.CONFIRMED: frozenset({Status.BOOKED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW}) | _CANCELLED,
    Status.ARRIVED: frozenset({Status.BOOKED, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW}) | _CANCELLED,
    Status.COMPLETED: frozenset({Status.ARRIVED}),
    Status.NO_SHOW: frozenset({Status.ARRIVED}),
    Status.CANCELLED_BY_PATIENT: frozenset({Status.BOOKED}),
    Status.CANCELLED_BY_CLINIC: frozenset(),
}
# A slip of the hand, taken back within this time of it; see `scheduling.undoing`. Later, the table above holds.
UNDOES_WITHIN = dt.timedelta(seconds=60)
SLIPS: dict[Status, frozenset[Status]] = {
    Status.COMPLETED: frozenset({Status.BOOKED, Status.CONFIRMED}),
    Status.NO_SHOW: frozenset({Status.BOOKED, Status.CONFIRMED}),
}
UNDER_WAY_OR_OVER = frozenset({Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW})
TRIGGER = "visit_legal_moves"


def sources_of(to: Status) -> list[Status]:
    """The states from which a visit may go to this one."""
    return [state for state, targets in MOVES.items() if to in targets]


def transition(
    *,
    appointment: Appointment,
    to: Status,
    source: str,
    by: User | None = None,
    reason: str = "",
    now: dt.datetime | None = None,
) -> Appointment:
    """Move a visit to another state and write it into its history. There already: fine, nothing is done.

    Raises IllegalMoveError; SlotTakenError and AlreadyBookedError when a visit that comes back to life
    finds its time or its request's place taken.
    """
    moment = now or timezone.now()
    visit, changed = attempt(appointment=appointment, to=to, source=source, by=by, reason=reason, now=moment)
    if not changed and visit.status != to:
        raise IllegalMoveError(_why_not(visit, to, moment))
    return visit


def attempt(
    *,
    appointment: Appointment,
    to: Status,
    source: str,
    now: dt.datetime,
    by: User | None = None,
    reason: str = "",
    only: Q | None = None,
    also: Mapping[str, Any] | None = None,
    undoes: Status | None = None,
) -> tuple[Appointment, bool]:
    """As `transition()`; says whether the visit moved instead of raising IllegalMoveError.

    `only` narrows the rows that may move, `also` sets more columns in the same UPDATE. `undoes` is the state
    that was a slip: it may be left for what stood before it, and the history says TAKEN_BACK.
    """
    allowed = Q(status__in=[undoes] if undoes else sources_of(to)) & (only or Q())
    if to == Status.NO_SHOW:
        allowed &= Q(starts_at__lte=now)
    with transaction.atomic():
        if to in OCCUPYING and appointment.status not in OCCUPYING:
            guard.hold(appointment.clinician_id, [])
        changed = _update(appointment, allowed, {"held_until": None, **(also or {}), "status": to, "updated_at": now})
        visit = selectors.visit_by_id(appointment.pk)
        if changed:
            slip = _standing_mark(appointment, to)
            write_event(visit, TAKEN_BACK if undoes else to.value, source=source, by=by, reason=reason)
            _post(visit, slip)
            if to == Status.NO_SHOW:
                missed.follow_up(visit, now=now)
            elif to == Status.ARRIVED or undoes == Status.NO_SHOW:
                missed.take_back(visit)
    return visit, bool(changed)


def _standing_mark(appointment: Appointment, to: Status) -> AppointmentEvent | None:
    """The line that says a visit began or is over, when this move says that it is still to come."""
    if to in UNDER_WAY_OR_OVER or appointment.status not in UNDER_WAY_OR_OVER:
        return None
    last = appointment.events.order_by("-id").first()
    return last if last is not None and last.event in UNDER_WAY_OR_OVER else None


def _post(visit: Appointment, slip: AppointmentEvent | None) -> None:
    """Withdraw what waits about a visit that began or is over. When that was a slip, have it wait again.

    The sweep of reminders would make most of it anew, but no confirmation, and the same reminder only once more.
    """
    subject = visit_ref(visit)
    if visit.status in UNDER_WAY_OR_OVER:
        outbox.withdraw(subject_ref=subject, reason=_withdrawn_as(visit.status))
    elif slip is not None and not visit.is_cancelled:
        reason, key = _withdrawn_as(slip.event), f"undone {slip.pk}"
        outbox.bring_back(subject_ref=subject, reason=reason, since=slip.at, key=key)


def _withdrawn_as(status: str) -> str:
    return f"The visit is {Status(status).label.lower()}"


def register_triggers() -> None:
    """Have both engines refuse what the table does not allow."""
    pairs, slips = (
        sorted((state.value, target.value) for state, targets in table.items() for target in targets)
        for table in (MOVES, SLIPS)
    )
    illegal = {
        engine: f"OLD.status <> NEW.status AND NOT ({_any_of(pairs)} OR (({_any_of(slips)}) AND {just_now}))"
        for engine, just_now in _just_now().items()
    }
    sqlite = (
        f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE OF status ON {guard.TABLE} FOR EACH ROW WHEN {illegal['sqlite']} "
        f"BEGIN SELECT RAISE(ABORT, '{TRIGGER}'); END"
    )
    postgresql = (
        "CREATE OR REPLACE FUNCTION scheduling_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{TRIGGER}: % to %', OLD.status, NEW.status "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$; "
        f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE ON {guard.TABLE} FOR EACH ROW WHEN ({illegal['postgresql']}) "
        "EXECUTE FUNCTION scheduling_refuse_move()"
    )
    register(Trigger(name=TRIGGER, table=guard.TABLE, create_sql={"sqlite": sqlite, "postgresql": postgresql}))


def _any_of(pairs: Iterable[tuple[str, str]]) -> str:
    return " OR ".join(f"(OLD.status = '{state}' AND NEW.status = '{target}')" for state, target in pairs)


def _just_now() -> dict[str, str]:
    """The row was written a moment ago, and this write says when it is made."""
    seconds = int(UNDOES_WITHIN.total_seconds())
    return {
        "sqlite": "NEW.updated_at > OLD.updated_at AND "
        f"strftime('%s', NEW.updated_at) - strftime('%s', OLD.updated_at) <= {seconds}",
        "postgresql": "NEW.updated_at > OLD.updated_at AND "
        f"NEW.updated_at - OLD.updated_at <= interval '{seconds} seconds'",
    }


def _update(appointment: Appointment, allowed: Q, values: Mapping[str, Any]) -> int:
    try:
        with transaction.atomic():
            return Appointment.objects.filter(allowed, pk=appointment.pk).update(**values)
    except IntegrityError as error:
        other = selectors.live_visit_of(appointment.request) if appointment.request else None
        if other is not None and other.pk != appointment.pk:
            raise AlreadyBookedError(other) from error
        if guard.is_overlap(error):
            raise SlotTakenError(text="Somebody else has this time now.") from error
        raise


def _why_not(visit: Appointment, to: Status, now: dt.datetime) -> str:
    if to == Status.NO_SHOW and visit.is_live and visit.starts_at > now:
        return "It has not started yet."
    return f"It is marked {Status(visit.status).label.lower()}, so it cannot be marked {to.label.lower()}."
