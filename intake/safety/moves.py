"""The life of a safety item: one table, for the code and for the database.

    open <----> acknowledged ----> closed (with a disposition; final)

Acknowledged goes back to open when the item becomes more urgent, is handed over, or its owner's shift
ends: somebody must take it again. Both engines refuse every other move by trigger, and refuse to make
an item less urgent or to change when it was raised and closed, whatever writes the row. (That no row
goes away stands in `intake.guards`.)
"""

from clinic.triggers import Trigger, register
from intake.models import SafetyItem

State = SafetyItem.State
MOVES: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.ACKNOWLEDGED}),
    State.ACKNOWLEDGED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset(),
}
TABLE = "intake_safetyitem"
LEGAL = "safety_legal_moves"


def register_triggers() -> None:
    """Have both engines refuse what the table does not allow, and a change of the item's history."""
    pairs = sorted((state.value, target.value) for state, targets in MOVES.items() for target in targets)
    legal = " OR ".join(f"(OLD.state = '{state}' AND NEW.state = '{target}')" for state, target in pairs)
    illegal = (
        f"(OLD.state <> NEW.state AND NOT ({legal})) OR NEW.level < OLD.level OR NEW.raised_at <> OLD.raised_at "
        "OR (OLD.state = 'closed' AND (NEW.closed_at <> OLD.closed_at OR NEW.closed_by_id <> OLD.closed_by_id))"
    )
    _register(LEGAL, "UPDATE", illegal)
    _register(f"{LEGAL}_insert", "INSERT", "NEW.state <> 'open'")


def _register(name: str, action: str, refused: str) -> None:
    on_table = f"CREATE TRIGGER {name} BEFORE {action} ON {TABLE} FOR EACH ROW WHEN ({refused}) "
    sqlite = f"{on_table}BEGIN SELECT RAISE(ABORT, '{name}'); END"
    function = f"intake_refuse_{name}"
    postgresql = (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation'; END $$; "
        f"{on_table}EXECUTE FUNCTION {function}()"
    )
    register(Trigger(name=name, table=TABLE, create_sql={"sqlite": sqlite, "postgresql": postgresql}))
